"""What a published dataset carries about its labels: its class list, and what a label policy made of the old one."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from overpaint import formats, labels, pipeline
from overpaint.errors import LabelsError, SampleError, SourceError
from overpaint.rundir import Run

__all__ = ["CLASSES", "INDEX", "TOMBSTONES", "class_file", "index_table", "label_files"]

CLASSES = "classes.json"
INDEX = "label-index.csv"
TOMBSTONES = "label-tombstones.json"

_COLUMNS = ("old_index", "old_label", "new_index", "new_label", "action")


def label_files(
    run: Run,
    classes: Sequence[str],
    labelling: pipeline.Labelling | None,
    beside: formats.Store | None,
    *,
    taxonomy: labels.Taxonomy | None = None,
) -> Iterator[tuple[str, bytes | None]]:
    """Files at the top of the destination by name; None where there is nothing to say, so that none may lie there.

    Parameters
    ----------
    classes
        Labels in the order of their numbers, where no label policy is in force and paths say them.
    labelling
        The label policy in force.
    beside
        The source's files. One that is called as ours stays, and ours gets a number; a class list of overpaint's own
        making is replaced.
    taxonomy
        What labels mean; WordNet's nouns unless given.
    """
    taken = {key for key, _, _ in formats.read_others(run.listing) if "/" not in key}
    if CLASSES in taken and beside is not None and _ours(beside):
        taken.remove(CLASSES)
    plan = None if labelling is None else labelling.plan
    taxonomy = taxonomy or (labels.wordnet() if classes or plan is not None else None)
    listed = _listed(classes, taxonomy) if plan is None else labels.Classes.of(plan, taxonomy=taxonomy)
    yield (
        _free(CLASSES, taken),
        class_file(listed, taxonomy).to_json().encode("utf-8", "replace") if listed.rows else None,
    )
    yield _free(INDEX, taken), None if plan is None else index_table(plan.index_map())
    stones = None if labelling is None else _tombstones(labelling)
    yield _free(TOMBSTONES, taken), stones.to_json().encode() if stones is not None and stones.rows else None


def _listed(classes: Sequence[str], taxonomy: labels.Taxonomy | None) -> labels.Classes:
    """The class list of a dataset whose labels stay as they are."""
    meant = ((number, label, labels.resolve_label(label, taxonomy=taxonomy).id) for number, label in enumerate(classes))
    return labels.Classes.named(meant, taxonomy=taxonomy)


def class_file(classes: labels.Classes, taxonomy: labels.Taxonomy | None) -> labels.Classes:
    """Without words that are withheld: the file shall not say what the dataset itself does not."""
    if not classes.rows:
        return classes
    terms = labels.Terms(labels.ratings(), taxonomy)
    rows = (
        replace(row, name=row.label) if row.wnid is not None and terms.withholds(row.wnid) else row
        for row in classes.rows
    )
    return replace(classes, rows=tuple(rows))


def index_table(rows: Sequence[labels.IndexRow]) -> bytes:
    """The table from old to new numbers as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    writer.writerows((r.old, r.old_label, r.new, r.new_label, r.action) for r in rows)
    return text.getvalue().encode("utf-8", "replace")


def _tombstones(labelling: pipeline.Labelling) -> labels.Tombstones:
    """Of both class lists: what samples bear, and what only files beside them name."""
    stones = labels.Tombstones.of(labelling.plan)
    if labelling.beside is None:
        return stones
    more = labels.Tombstones.of(labelling.beside).rows
    renamed = (replace(row, label=f"beside-{row.label}") if row.label.startswith("label-") else row for row in more)
    return replace(stones, rows=(*stones.rows, *renamed))


def _free(name: str, taken: Collection[str]) -> str:
    stem, dot, extension = name.rpartition(".")
    number = 1
    while name in taken:
        number += 1
        name = f"{stem}-{number}{dot}{extension}"
    return name


def _ours(beside: formats.Store) -> bool:
    try:
        found = beside.stat(CLASSES)
        if found is None or found[0] > 1 << 30:
            return False
        with beside.open(CLASSES) as file:
            labels.Classes.from_json(file.read().decode("utf-8", "replace"))
    except (LabelsError, SampleError, SourceError, OSError):
        return False
    return True
