"""``labels audit``: which labels a dataset has, what they mean, what people said of them, and which nobody judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from os import PathLike, fspath
from pathlib import Path

from overpaint import formats, labels
from overpaint.jobs._label_census import Census, take_census
from overpaint.jobs._labels_audit_told import AuditedLabel, LabelAudit, Subtree
from overpaint.jobs._runs import Progress
from overpaint.jobs._verify_beside import scratch_run
from overpaint.rundir import Run

__all__ = ["audit_labels"]

_LISTS = ("ilsvrc", "21k")


def audit_labels(
    source: str | PathLike[str],
    *,
    ratings: Sequence[str | PathLike[str]] | None = None,
    taxonomy: str | PathLike[str] | None = None,
    label_list: str | None = None,
    label_places: Sequence[str] | None = None,
    container: str | None = None,
    show_terms: bool = False,
    progress: Progress | None = None,
) -> LabelAudit:
    """Look at the labels of a dataset; no picture is opened and nothing is written.

    Parameters
    ----------
    source
        A dataset as in `scrub`, or a run directory, whose listing and source are then taken.
    ratings, taxonomy, label_list, label_places, container
        As in `scrub`.
    show_terms
        Print words that are withheld otherwise.
    progress
        Called with what is going on, how many samples are done, and of how many.

    Raises
    ------
    overpaint.errors.OverpaintError
        One line that names what is wrong and the remedy.
    """
    tree = labels.wordnet() if taxonomy is None else labels.read_taxonomy(Path(taxonomy))
    place, kind = _source(fspath(source), container)
    with scratch_run() as run:
        formats.open_source(place, kind=kind).write_listing(run.listing)
        census = take_census(
            run,
            place,
            kind,
            formats.read_shards(run.listing),
            places=tuple(label_places or ()),
            listed=label_list or "",
            taxonomy=tree,
            progress=progress,
        )
    return audited(census, tree, labels.ratings(tuple(Path(name) for name in ratings or ())), show_terms=show_terms)


def _source(source: str, container: str | None) -> tuple[str, str]:
    """The dataset that is meant, and what it is."""
    if not formats.is_url(source) and Run(Path(source)).plan_file.is_file():
        plan = Run(Path(source)).plan()
        return plan.source, plan.container
    return source, formats.open_source(source, kind=container).kind


def audited(census: Census, tree: labels.Taxonomy, ratings: labels.Ratings, *, show_terms: bool = False) -> LabelAudit:
    """What can be said of labels that were counted."""
    known = {name: labels.class_list(name) for name in _LISTS}
    numbers = {name: {one: at for at, one in enumerate(listed.ids) if one} for name, listed in known.items()}

    def look() -> Iterator[AuditedLabel]:
        ordered = sorted(census.counts, key=lambda one: (one.index is None, one.index or 0, one.label))
        beside = len(ordered)
        for place, count in enumerate((*ordered, *census.beside)):
            resolved = labels.resolve_label(count.label, taxonomy=tree)
            meant = count.id
            yield AuditedLabel(
                label=count.label,
                id=meant,
                index=count.index,
                images=count.images,
                how=resolved.how if meant is None or resolved.id == meant else "index",
                candidates=resolved.candidates if meant is None else (),
                person=meant is not None and labels.PERSON in tree and tree.under(meant, labels.PERSON),
                rating=ratings.get(meant or count.label),
                words=len(labels.check_text(count.label)) if meant is None else 0,
                listed={name: where[meant] for name, where in numbers.items() if meant in where},
                beside=place >= beside,
            )

    found = tuple(look())
    return LabelAudit(
        images=census.images,
        unlabelled=census.unlabelled,
        places=tuple(place.place for place in census.places),
        classes=found,
        sources=tuple(source.name for source in ratings.sources),
        subtrees=_subtrees(found, tree),
        terms=labels.Terms(ratings, tree, show=show_terms),
    )


def _subtrees(found: Sequence[AuditedLabel], tree: labels.Taxonomy) -> tuple[Subtree, ...]:
    """What the labels are kinds of, largest first: parts of the taxonomy, none with more than a third of the classes.

    Beginning at the roots, the largest part is taken apart until none is too large or there are too many.
    """
    classes: Counter[str] = Counter()
    images: Counter[str] = Counter()
    for one in found:
        for above in {one.id, *tree.ancestors(one.id)} if one.id is not None else ():
            classes[above] += 1
            images[above] += one.images
    known = sum(one.id is not None for one in found)
    parts = {root for root in classes if not any(parent in classes for parent in tree.parents(root))}
    whole: set[str] = set()  # what cannot be taken apart: it is a class itself
    while parts - whole and classes[largest := max(parts - whole, key=lambda one: (classes[one], one))] * 3 > known:
        below = {child for child in tree.children(largest) if child in classes}
        if len(parts | below) > _MOST or any(one.id == largest for one in found):
            whole.add(largest)
        else:
            parts = (parts - {largest}) | below
    rows = (Subtree(one, classes[one], images[one]) for one in parts)
    return tuple(sorted(rows, key=lambda row: (-row.images, row.id)))


_MOST = 12  # subtrees on a terminal
