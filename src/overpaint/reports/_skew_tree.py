"""Classes rolled up a taxonomy: which subtrees there are, what each holds, and in which order they are told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from overpaint.errors import LabelsError

__all__ = ["Above", "Hierarchy", "order", "worth_telling"]


class Hierarchy(Protocol):
    """What is asked of a taxonomy."""

    def __contains__(self, key: object) -> bool: ...
    def ancestors(self, id: str) -> tuple[str, ...]:  # noqa: A002
        """All above it, the nearest first."""


class Above:
    """What is above a class, itself included; only what is ``root`` or below it, where one is given."""

    def __init__(self, taxonomy: Hierarchy | None, root: str | None) -> None:
        if root is not None and (taxonomy is None or root not in taxonomy):
            raise LabelsError(f"--root {root}: the taxonomy has no such identifier; `overpaint labels search` finds it")
        self._taxonomy, self._root = taxonomy, root
        self._known: dict[str, tuple[str, ...]] = {}

    def of(self, id: str | None) -> tuple[str, ...]:  # noqa: A002
        """The class first, then the nearest; nothing where it is not in the taxonomy or not below the root."""
        if id is None or self._taxonomy is None or id not in self._taxonomy:
            return ()
        if id not in self._known:
            chain = (id, *self._taxonomy.ancestors(id))
            if self._root is not None:
                chain = tuple(one for one in chain if one == self._root or self._root in self._taxonomy.ancestors(one))
            self._known[id] = chain
        return self._known[id]


def worth_telling(members: Mapping[str, frozenset[str]], above: Above) -> list[str]:
    """Subtrees with two classes or more; of several that hold the same classes, the lowest.

    Parameters
    ----------
    members
        The classes below each node.
    """
    lowest: dict[frozenset[str], tuple[int, str]] = {}
    for node, classes in members.items():
        if len(classes) > 1:
            rank = (-len(above.of(node)), node)
            lowest[classes] = min(lowest.get(classes, rank), rank)
    return [node for _, node in lowest.values()]


def order(nodes: Iterable[str], above: Above, weight: Mapping[str, int]) -> list[tuple[str, int]]:
    """Each node after the nearest one above it, heavier ones first, with its depth."""
    kept = set(nodes)
    below: dict[str | None, list[str]] = {}
    for node in kept:
        parent = next((one for one in above.of(node)[1:] if one in kept), None)
        below.setdefault(parent, []).append(node)

    def first(names: Sequence[str]) -> list[str]:
        return sorted(names, key=lambda node: (weight.get(node, 0), node))

    told: list[tuple[str, int]] = []
    waiting = [(node, 0) for node in first(below.get(None, []))]
    while waiting:
        node, depth = waiting.pop()
        told.append((node, depth))
        waiting += [(one, depth + 1) for one in first(below.get(node, []))]
    return told
