"""``labels filter`` on a table of labels: CSV, TSV or parquet of millions of rows, or COCO's JSON."""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pyarrow as pa

from overpaint import labels
from overpaint.errors import LabelsError, OverpaintWarning
from overpaint.jobs._labels_table_coco import filter_coco
from overpaint.jobs._labels_table_column import Codes, Column, Value, column_of
from overpaint.jobs._labels_table_files import ENDINGS, TableFile, TableWriter, open_table
from overpaint.jobs._labels_table_meaning import Coder, Meaning, blanks, meaning
from overpaint.jobs._labels_table_out import TableFiltered, Tally, beside_files, places, staged
from overpaint.jobs._labels_table_rules import Rules
from overpaint.jobs._runs import Progress
from overpaint.labels import LabelPlan, LabelPolicy, PlanCodes, RowFates
from overpaint.records import shown_key

__all__ = ["filter_table", "is_label_table"]

_WORDS = re.compile(r"(^|[^a-z])(label|class|categor(y|ie)|synset|wnid|tag|target)s?([^a-z]|$)", re.IGNORECASE)
"""What columns of labels are called: as one of these, or with one of them as a word."""


def is_label_table(path: Path | str) -> bool:
    """Whether `filter_table` takes a source: one file that is called like a table, or COCO's JSON."""
    return Path(path).is_file() and str(path).lower().endswith((*ENDINGS, ".json"))


def filter_table(
    source: Path | str,
    dest: Path | str,
    *,
    policy: LabelPolicy | Path | str,
    column: str | None = None,
    separator: str | None = None,
    label_list: str | Path | None = None,
    ratings: Sequence[Path | str] = (),
    taxonomy: Path | str | None = None,
    lists: Sequence[Path | str] = (),
    dry_run: bool = False,
    progress: Progress | None = None,
) -> TableFiltered:
    """Apply a label policy to a table of labels; each row is one image.

    Parameters
    ----------
    source
        ``.parquet``, ``.csv`` or ``.tsv`` with a line of column names (``.gz`` too), or COCO's ``.json``. Only read.
    dest
        A file of the same ending, which does not exist. Beside it come ``DEST.classes.json`` (the new class list),
        ``DEST.label-index.csv`` (old number → new number), ``DEST.label-tombstones.json`` (what went, and why), and
        the folder ``DEST.private`` of mode 0700 with the plan, which names every label, and the rows that wait for
        people.
    policy
        A label policy, its file, or the name of one that comes along.
    column
        Which column holds the labels: text, class numbers, or lists of these. Found by its name unless given.
    separator
        What stands between the labels of one cell, such as ``;``.
    label_list
        What class numbers mean where the file does not say: ``ilsvrc`` and the like, or a names file.
    ratings
        Files of ratings on top of those that are installed.
    taxonomy
        Another hierarchy than WordNet's nouns (CSV or SKOS).
    lists
        Files of further class lists, for clauses that ask for them and for tombstones.
    dry_run
        Count, and write nothing.
    progress
        Told what is going on.

    Raises
    ------
    LabelsError
        The policy, the column, its numbers or the destination; with what to do.
    SourceError
        The table cannot be read.
    """
    source, dest = Path(source), Path(dest)
    if isinstance(policy, Path | str):
        policy = labels.load_label_policy(policy)
    tree = labels.wordnet() if taxonomy is None else labels.read_taxonomy(taxonomy)
    listed = None if label_list is None else labels.class_list(label_list, taxonomy=tree)
    further = tuple(labels.class_list(path, taxonomy=tree) for path in lists)
    rules = Rules(policy, tree, labels.ratings(ratings), (*labels.known_lists(), *further))
    if _ending(source) != _ending(dest) and not dry_run:
        raise LabelsError(f"{dest}: has to end as the source does ({_ending(source)}); tables are not converted")
    if _ending(source) == ".json":
        return filter_coco(source, dest, rules=rules, dry_run=dry_run, progress=progress)
    table = open_table(source)
    found = column_of(table.schema, column, separator, file=str(source))
    _say_what_stays(table, found.name)
    counted = _count(table, found, progress)
    means = meaning(counted, names=table.classes(found.name), listed=listed, taxonomy=tree, file=str(source))
    plan = rules.plan(means.counts, order="kept" if means.numbered else "sorted")
    if not found.listed and separator is None:
        _say_what_is_joined(plan)
    work = _Work(table, found, means, plan, progress)
    if dry_run:
        return TableFiltered(**asdict(work.counted()), plan=plan)
    with staged(dest) as folder:
        tally = work.written(folder, _ending(source))
        for name, content in beside_files(plan, tree).items():
            (folder / name).write_bytes(content)
    return TableFiltered(**asdict(tally), plan=plan, files=places(dest))


def _say_what_stays(table: TableFile, column: str) -> None:
    """Only one column is rewritten: another one that is called as labels are may go on naming what went."""
    others = [name for name in table.schema.names if name != column and (_WORDS.search(name) or table.classes(name))]
    if others:
        told = ", ".join(shown_key(name[:80]) for name in others[:8])
        warnings.warn(
            f"columns that may say labels too, and stay as they are: {told}; take them out before you publish, or "
            "filter the copy once more with --column",
            OverpaintWarning,
            stacklevel=3,
        )


def _say_what_is_joined(plan: LabelPlan) -> None:
    """Labels that stay and have one within them that does not: most likely, cells hold several."""
    for mark in (";", "|", ","):
        joined = sum(any(plan.names.get(one.strip(), "") is None for one in name.split(mark)) for name in plan.after)
        if joined:
            warnings.warn(
                f"{joined:,} labels that stay have one that goes within them, beside {mark!r}: if cells hold several "
                f"labels, say --separator {mark!r}",
                OverpaintWarning,
                stacklevel=3,
            )


def _ending(path: Path) -> str:
    name = path.name.lower()
    return next((ending for ending in (*ENDINGS, ".json") if name.endswith(ending)), path.suffix)


def _count(table: TableFile, column: Column, progress: Progress | None) -> dict[Value, int]:
    """How many rows bear each value."""
    coder = Coder()
    rows = 0
    for chunk in table.labels(column.name):
        values, local, offsets = column.parts(chunk)
        coder.count(coder.codes(values, local), offsets)
        rows += len(chunk)
        if progress:
            progress("counting labels", rows, 0)
    return coder.counted


class _Work:
    """The second reading: every row gets its fate, and is written or only counted."""

    def __init__(
        self, table: TableFile, column: Column, means: Meaning, plan: LabelPlan, progress: Progress | None
    ) -> None:
        self._table, self._column, self._progress = table, column, progress
        self._coder, self._codes = Coder.of_plan(plan, means), PlanCodes.of(plan)
        self._blank = blanks(means)
        self._classes = len(plan.classes)
        new: list[Value] = [one.index if means.numbered else one.label for one in plan.classes]
        text = pa.types.is_string(column.value_type) or pa.types.is_large_string(column.value_type)
        values = [str(value) if text else value for value in [*new, *self._blank]]
        self._values = pa.array(values, column.value_type)
        self._names = plan.after if means.numbered and table.classes(column.name) is not None else None
        self._tally = Tally()

    def counted(self) -> Tally:
        """Only count."""
        for chunk in self._table.labels(self._column.name):
            self._fates(chunk)
        return self._tally

    def written(self, folder: Path, ending: str) -> Tally:
        """Write ``table`` and, where rows wait for people, ``.private/quarantined.*``."""
        name = self._column.name
        kept = self._table.write_to(folder / "table", column=name, classes=self._names)
        apart: TableWriter | None = None
        try:
            for batch in self._table.rows(name):
                at = batch.schema.get_field_index(name)
                old = batch.column(at)
                fates, codes = self._fates(old)
                new = self._column.built(old, codes, fates.offsets, self._values)
                stays = batch.set_column(at, name, new)
                kept.write(stays if fates.kept.all() else stays.filter(pa.array(fates.kept)))
                if fates.quarantined.any():
                    if apart is None:
                        place = folder / ".private" / f"quarantined{ending}"
                        apart = self._table.write_to(place, column=name, classes=None)
                    waits = batch.set_column(at, name, old.cast(self._column.type))
                    apart.write(waits.filter(pa.array(fates.quarantined)))
        finally:
            kept.close()
            if apart is not None:
                apart.close()
        return self._tally

    def _fates(self, chunk: pa.Array) -> tuple[RowFates, Codes]:
        """What becomes of rows, and the places of their new labels in the values to write."""
        values, local, offsets = self._column.parts(chunk)
        coded = self._coder.codes(values, local)
        if offsets is None:
            fates = self._codes.one(coded.clip(min=-1))
            codes = np.where(coded < -1, self._classes - 2 - coded, fates.codes).astype(np.int32)
        else:
            fates = self._codes.several(coded.clip(min=-1), offsets)
            codes = fates.codes
        tally = self._tally
        tally.rows += len(chunk)
        tally.kept += int(fates.kept.sum())
        tally.relabelled += int((fates.kept & fates.changed).sum())
        tally.quarantined += int(fates.quarantined.sum())
        tally.removed = tally.rows - tally.kept - tally.quarantined
        if self._progress:
            self._progress("filtering rows", tally.rows, 0)
        return fates, codes
