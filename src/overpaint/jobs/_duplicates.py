"""``duplicates``: which samples are copies of each other, within a run and across runs, and what that means."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from overpaint import engines, formats, models
from overpaint import policy as policies
from overpaint.errors import RunError, UsageError
from overpaint.fingerprints import Look
from overpaint.jobs._duplicates_find import Marks, Proposed, cluster, propose
from overpaint.jobs._duplicates_shard import Dataset, MarksConfig, MarkTask, marks_file
from overpaint.jobs._duplicates_told import counted, members, offered, write_offer
from overpaint.jobs._runs import Progress
from overpaint.measures import CLASSIFIER
from overpaint.records import Outcome
from overpaint.rundir import Run, disk_errors, read_table, write_bytes, write_table

__all__ = ["Duplicates", "duplicates"]

_SHARD = "overpaint.jobs._duplicates_shard"
_WAYS = {
    "bytes": "have a copy of the same bytes",
    "pixels": "have a copy of the same pixels, of other bytes",
    "near": "have a near copy only",
}


@dataclass(frozen=True, slots=True)
class Duplicates:
    """What was found: counts, as they are in ``private/duplicates/counts.json``, and where the clusters are.

    ``offered`` is how many keys were written to ``--offer``; None where none was asked for.
    """

    counts: Mapping[str, Any]
    clusters: Path
    offered: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {**self.counts, "offered": self.offered}

    def lines(self) -> list[str]:
        """A few lines for a terminal."""
        c, pairs, offer = self.counts, self.counts["pairs"], self.counts["offer"]
        lines = [
            f"{c['samples']} samples of {c['datasets']} dataset(s) compared",
            f"{c['samples_in_clusters']} are in {c['clusters']} clusters of copies, the largest of {c['largest']}",
        ]
        lines += [f"  {count} {_WAYS[what]}" for what, count in c["signals"].items()]
        lines.append(
            f"  {pairs['proposed']} pairs were looked at again, {pairs['confirmed']} confirmed; "
            f"{pairs['kept_apart']} of those joined nothing, for the clusters are not alike"
        )
        if pairs["left_out"] or pairs["not_seen_again"]:
            lines.append(
                f"  not compared: {pairs['left_out']} pairs among too many that are alike, "
                f"{pairs['not_seen_again']} of which one could not be read again"
            )
        if c["labels_differ"]:
            lines.append(f"  clusters whose samples have different labels: {c['labels_differ']}")
        for leak in c["leaks"]:
            between = " and ".join(self._part(leak[side]) for side in ("one", "other"))
            lines.append(f"between {between}: {leak['exact']} exact and {leak['near']} near pairs")
        if offer["gone"]:
            lines.append(
                f"{offer['gone']} removed or quarantined samples have {offer['copies_of_gone']} copies that are not"
            )
        if offer["painted"]:
            lines.append(f"{offer['painted']} painted samples have {offer['copies_of_painted']} copies that are kept")
        if self.offered is not None:
            lines.append(
                f"keys of such copies in RUN that were written for `overpaint decide --remove`: {self.offered}"
            )
        lines += [f"not compared: {count} ({reason})" for reason, count in c["not_compared"].items()]
        if c["failed"]:
            lines.append(f"not compared: {c['failed']} (failed in the scan)")
        return [*lines, f"which ones: {self.clusters}"]

    def _part(self, part: Mapping[str, Any]) -> str:
        split = part["split"] or "no split"
        return split if self.counts["datasets"] == 1 else f"{split} of dataset {part['dataset'] + 1}"


def duplicates(
    run: str | PathLike[str],
    others: Sequence[str | PathLike[str]] = (),
    *,
    no_features: bool = False,
    offer: str | PathLike[str] | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Duplicates:
    """Find copies among the samples of a run, and between them and those of other runs; the sources are read again.

    Copies have the same bytes, or the same pixels, or are near: their PDQ hashes (mirrored ones too) or a network's
    features propose them, and small grey pictures of both, one perhaps a part of the other, confirm them. What is in
    the no-view lane is not read, and what failed in the scan is not compared.

    Parameters
    ----------
    run
        A run that is scanned to the end; clusters are written there, below ``private/duplicates``.
    others
        Other runs, likewise; nothing is written there.
    no_features
        Propose pairs by PDQ alone, without a network: cropped copies are mostly not found.
    offer
        A new file for the keys of samples of ``run`` that are published and have a copy, in any of the runs, that is
        removed or quarantined: what `overpaint decide --remove` takes.
    workers
        Processes; one a core unless given.
    progress
        Called with what is going on, how many samples are done, and of how many.

    Raises
    ------
    UsageError
        A run is not scanned to the end or given twice, or ``offer`` exists.
    ModelError
        The network is needed and is not on this machine.
    """
    runs = [Run.open(Path(path)) for path in (run, *others)]
    if len({each.path.resolve() for each in runs}) < len(runs):
        raise UsageError("a run is given twice; its own copies are found anyway")
    target = None if offer is None else Path(offer)
    if target is not None and (target.exists() or not target.absolute().parent.is_dir()):
        raise UsageError(f"--offer {target}: it exists, or its directory does not; choose a new file")
    if target is not None and target.suffix.lower() == ".csv":
        raise UsageError(f"--offer {target}: keys are written one a line, or as Parquet; call it .txt or .parquet")
    features = not no_features
    if features:
        models.read(CLASSIFIER)  # say now that it is missing
    home, count = runs[0].private / "duplicates", workers or engines.default_workers()
    with ExitStack() as locks:
        for each in runs:
            locks.enter_context(each.lock())
        datasets = tuple(_dataset(each) for each in runs)
        tasks = [MarkTask(number, ref) for number, each in enumerate(runs) for ref in _scanned(each)]
        with disk_errors(home):
            (home / "marks").mkdir(parents=True, exist_ok=True)
        config = MarksConfig(home / "marks", datasets, features)
        _forget_others(config, tasks)
        _send("mark_shard", config, tasks, count, progress, "hashing")
        marks = Marks.of([(task.dataset, read_table(marks_file(config, task))) for task in tasks], features=features)
        told = progress or _nothing
        proposed = propose(marks, threads=count, beat=told)
        looks = _looks(marks, proposed, config, tasks, count, progress)
        found = cluster(proposed, looks, threads=count, beat=told)
        treatments = list(_treatments(runs, tasks))
        table, places = members(marks, proposed, found, looks, treatments)
        write_table(home / "clusters.parquet", table)
        facts: dict[str, Any] = {"datasets": len(runs), "features": features, "failed": _failed(runs, tasks)}
        facts |= counted(table, places, marks, proposed, found)
        write_bytes(home / "counts.json", (json.dumps(facts, sort_keys=True, indent=1) + "\n").encode())
        write_bytes(runs[0].public / "duplicates.json", (json.dumps(_public(facts), sort_keys=True) + "\n").encode())
    keys = None if target is None else offered(table)
    if target is not None and keys is not None:
        write_offer(target, keys)
    return Duplicates(facts, home / "clusters.parquet", None if keys is None else len(keys))


def _nothing(what: str, done: int, of: int) -> None:
    """Nobody wants to know."""
    del what, done, of


def _dataset(run: Run) -> Dataset:
    plan = run.plan()
    return Dataset(run.path, plan.source, plan.container, plan.max_pixels)


def _scanned(run: Run) -> Sequence[formats.ShardRef]:
    if not run.listed:
        raise RunError(f"{run.path} has no listing yet; run `overpaint scan` or `overpaint scrub` first")
    refs = formats.read_shards(run.listing)
    if any(not run.marker(ref.id).get("scanned") for ref in refs):
        raise UsageError(f"{run.path} is not scanned to the end; run the scan again to finish it")
    return refs


def _forget_others(config: MarksConfig, tasks: Sequence[MarkTask]) -> None:
    """Take away marks of what is compared no more: they speak of samples that nobody asks about."""
    keep = {marks_file(config, task) for task in tasks}
    with disk_errors(config.home):
        for path in config.home.iterdir():
            if path not in keep:
                path.unlink()


def _send(
    work: str, config: MarksConfig, tasks: Sequence[MarkTask], workers: int, progress: Progress | None, verb: str
) -> list[Any]:
    results: dict[int, Any] = {}
    total, done = sum(task.ref.rows for task in tasks), 0

    def on_rows(new: int) -> None:
        nonlocal done
        done += new
        if progress:
            progress(verb, done, total)

    job = engines.Job(f"{_SHARD}:open_room", config, f"{_SHARD}:{work}")
    engines.run_local(job, tasks, workers=workers, on_rows=on_rows, on_done=results.__setitem__)
    return [results[index] for index in sorted(results)]


def _looks(
    marks: Marks,
    proposed: Proposed,
    config: MarksConfig,
    tasks: Sequence[MarkTask],
    workers: int,
    progress: Progress | None,
) -> dict[int, Look]:
    """Small pictures of all that is in a pair, by place: read again, so that none is ever kept in the run."""
    places = np.union1d(proposed.one, proposed.other)
    asked: dict[int, list[int]] = {}
    for place in places.tolist():
        asked.setdefault(int(marks.file[place]), []).append(place)
    numbers = sorted(asked)
    some = [replace(tasks[number], rows=tuple(marks.row[asked[number]].tolist())) for number in numbers]
    found = _send("look_shard", config, some, workers, progress, "looking again") if some else []
    looks = {}
    for number, seen in zip(numbers, found, strict=True):
        looks.update({place: seen[row] for place in asked[number] if (row := int(marks.row[place])) in seen})
    return looks


def _treatments(runs: Sequence[Run], tasks: Sequence[MarkTask]) -> Iterator[list[str | None]]:
    """What shall happen to each sample of each shard; None where nothing is decided yet."""
    known: dict[int, tuple[str, policies.Policy] | None] = {}
    for task in tasks:
        run = runs[task.dataset]
        if task.dataset not in known:
            generation = run.generation()
            known[task.dataset] = None if generation is None else (generation, policies.of_run(run, generation))
        decided = known[task.dataset]
        samples = read_table(run.shard_file("samples", task.ref.id))
        if decided is None:
            yield [None] * len(samples)
            continue
        generation, policy = decided
        path = run.decisions_dir(generation) / f"{task.ref.id}.parquet"
        yield [effect.treatment.value for effect in policies.effective(samples, read_table(path), policy)]


def _failed(runs: Sequence[Run], tasks: Sequence[MarkTask]) -> int:
    tables: Iterator[pa.Table] = (
        read_table(runs[task.dataset].shard_file("samples", task.ref.id), columns=["outcome", "lane"]) for task in tasks
    )
    return sum(
        outcome == Outcome.FAILED and not lane
        for table in tables
        for outcome, lane in zip(table.column("outcome").to_pylist(), table.column("lane").to_pylist(), strict=True)
    )


def _public(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The counts without names of splits."""
    leaks = facts["leaks"]
    apart = [leak for leak in leaks if leak["one"]["dataset"] != leak["other"]["dataset"]]
    within = [leak for leak in leaks if leak["one"]["dataset"] == leak["other"]["dataset"]]
    sums = {
        name: {kind: sum(leak[kind] for leak in some) for kind in ("exact", "near")}
        for name, some in (("between_datasets", apart), ("between_splits", within))
    }
    return {**facts, "leaks": sums}
