"""Whether two labels can both be right of one picture, because one is a kind of the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from overpaint.labels import resolve_label, wordnet

__all__ = ["Related", "related_labels"]

Related = Callable[[str, str], bool]


def related_labels(labels: Iterable[str]) -> Related:
    """Whether two of these labels are the same or, where WordNet knows both, one is an ancestor of the other."""
    ids = {label: resolve_label(label).id for label in labels}
    tree = wordnet()

    def related(one: str, other: str) -> bool:
        if one == other:
            return True
        first, second = ids.get(one), ids.get(other)
        if first is None or second is None:
            return False
        return tree.under(first, second) or tree.under(second, first)

    return related
