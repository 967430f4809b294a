"""``labels filter``: a copy of a dataset, or of a table of labels, under a label policy; or what that would do."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from overpaint import formats, labels, pipeline
from overpaint.errors import RunError, UsageError
from overpaint.jobs._asked import NOBODY, Ask
from overpaint.jobs._labelling import census_of, plan_of
from overpaint.jobs._labels_table import filter_table, is_label_table
from overpaint.jobs._labels_table_out import TableFiltered
from overpaint.jobs._runs import Progress
from overpaint.jobs._scrub import scrub
from overpaint.jobs._verify_beside import scratch_run
from overpaint.plan import Plan
from overpaint.records import Outcome, Treatment
from overpaint.rundir import Run, read_table, run_beside

__all__ = ["Filtered", "filter_labels"]


@dataclass(frozen=True)
class Filtered(TableFiltered):
    """What a label policy did to a dataset, or, in a dry run, would do; ``rows`` are its images.

    Attributes
    ----------
    failed
        Images that could not be copied, whatever their labels: they are in none of the other numbers but ``rows``.
    run
        The run directory; None in a dry run.
    """

    failed: int = 0
    run: Path | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain values; no label that goes is named, but by its identifier in the files."""
        return super().to_dict() | {"failed": self.failed, "run": None if self.run is None else str(self.run)}

    def lines(self) -> list[str]:
        """A few lines for a terminal."""
        first, *rest = super().lines()
        told = f", {self.failed:,} failed" if self.failed else ""
        return [first + told, *rest, *([] if self.run is None else [f"the run: {self.run}"])]


@dataclass
class _Tally:
    """Images, by what becomes of them."""

    treatments: Counter[str] = field(default_factory=Counter)
    relabelled: int = 0

    def add(self, said: tuple[str, ...], fate: labels.Fate) -> None:
        self.treatments[fate.treatment] += 1
        self.relabelled += fate.treatment == "keep" and fate.labels != said


def filter_labels(
    source: str | PathLike[str],
    dest: str | PathLike[str] | None = None,
    *,
    policy: str | PathLike[str],
    ratings: Sequence[str | PathLike[str]] | None = None,
    taxonomy: str | PathLike[str] | None = None,
    label_list: str | None = None,
    label_places: Sequence[str] | None = None,
    column: str | None = None,
    separator: str | None = None,
    lists: Sequence[str | PathLike[str]] | None = None,
    dry_run: bool = False,
    run: str | PathLike[str] | None = None,
    container: str | None = None,
    to: str | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> TableFiltered:
    """Write a copy of a dataset, or of a table of labels, under a label policy; pictures keep their bytes.

    Nobody looks at any picture: `scrub` with ``labels`` does both in one pass. The copy carries ``classes.json`` (the
    new class list), ``label-index.csv`` (old number → new number) and ``label-tombstones.json`` (what went, and why);
    beside a table they are called after it.

    Parameters
    ----------
    source
        A dataset as in `scrub`, or a file: ``.parquet``, ``.csv``, ``.tsv`` (``.gz`` too) with a column of labels, or
        COCO's ``.json``. A parquet file with pictures is a dataset. Only read.
    dest
        Where the copy goes; not needed in a dry run.
    policy
        A label policy in TOML, or the name of one that comes with overpaint.
    ratings, taxonomy, label_list, label_places
        As in `scrub`.
    column, separator
        Of a table: the column of labels, and what stands between the labels of one cell.
    lists
        Of a table: files of further class lists, for clauses that ask for them and for tombstones.
    dry_run
        Count classes and images that would be touched, and write nothing.
    run, container, to, workers
        Of a dataset: as in `scrub`.
    progress
        Called with what is going on, how many are done, and of how many.

    Raises
    ------
    overpaint.errors.OverpaintError
        One line that names what is wrong and the remedy.
    """
    if dest is None and not dry_run:
        raise UsageError("say where the copy goes with DEST, or --dry-run")
    source = fspath(source)
    if is_label_table(source) and not _pictures(Path(source)):
        _refuse("a dataset, and SOURCE is a table", run=run, container=container, to=to, label_place=label_places)
        return filter_table(
            source,
            source if dest is None else fspath(dest),
            policy=fspath(policy),
            column=column,
            separator=separator,
            label_list=label_list,
            ratings=[Path(name) for name in ratings or ()],
            taxonomy=None if taxonomy is None else Path(taxonomy),
            lists=[Path(name) for name in lists or ()],
            dry_run=dry_run,
            progress=progress,
        )
    _refuse("a table, and SOURCE is a dataset", column=column, separator=separator, list=lists)
    ask = Ask(
        source,
        container=container,
        detectors=NOBODY,
        labels=fspath(policy),
        ratings=tuple(Path(name) for name in ratings or ()),
        label_places=tuple(label_places or ()),
        label_list=label_list,
        taxonomy=None if taxonomy is None else Path(taxonomy),
    )
    if dry_run or dest is None:
        return _foreseen(ask.freeze(today=dt.datetime.now(dt.UTC).date()), progress)
    summary = scrub(
        source,
        dest,
        run=run,
        container=container,
        to=to,
        detectors=NOBODY,
        metadata="keep",
        labels=fspath(policy),
        ratings=ratings,
        label_places=label_places,
        label_list=label_list,
        taxonomy=taxonomy,
        workers=workers,
        progress=progress,
    )
    path = Path(run) if run is not None else run_beside(Path(dest))
    return _done(Run.open(path), summary.conservation.outcomes)


def _pictures(table: Path) -> bool:
    """Whether a table holds the pictures too, and so is a dataset."""
    return formats.holds_images(formats.open_store(table.absolute().parent), table.name)


def _refuse(what: str, **given: object) -> None:
    for name, value in given.items():
        if value:
            raise UsageError(f"--{name.replace('_', '-')} is for {what}")


def _foreseen(plan: Plan, progress: Progress | None) -> Filtered:
    """What would become of every image; nothing is kept."""
    with scratch_run() as run:
        source = formats.open_source(plan.source, kind=plan.container)
        source.write_listing(run.listing)
        refs = formats.read_shards(run.listing)
        census = census_of(run, plan, refs, progress)
        made, _ = plan_of(census, plan)
        tally = _Tally()
        for ref in refs:
            samples = formats.read_shard(run.listing, ref)
            for said in pipeline.labels_of(run, ref, pipeline.as_listed(samples)):
                tally.add(said, made.fate(said))
    return _filtered(made, tally, failed=0, run=None)


def _done(run: Run, outcomes: Mapping[str, int]) -> Filtered:
    """What became of every image."""
    labelling = pipeline.Labelling.of(run, run.generation() or "")
    if labelling is None:
        raise RunError(f"{run.path} has no label plan; choose another --run")
    tally = _Tally()
    for ref in formats.read_shards(run.listing):
        table = read_table(run.shard_file("samples", ref.id), columns=["key", "label", "outcome"])
        for said, outcome in zip(pipeline.labels_of(run, ref, table), table["outcome"].to_pylist(), strict=True):
            if outcome != Outcome.FAILED:
                tally.add(said, labelling.plan.fate(said))
    return _filtered(labelling.plan, tally, failed=outcomes["failed"], run=run.path)


def _filtered(plan: labels.LabelPlan, tally: _Tally, *, failed: int, run: Path | None) -> Filtered:
    counts = tally.treatments
    return Filtered(
        rows=counts.total() + failed,
        kept=counts[Treatment.KEEP],
        relabelled=tally.relabelled,
        removed=counts[Treatment.REMOVE],
        quarantined=counts[Treatment.QUARANTINE],
        plan=plan,
        failed=failed,
        run=run,
    )
