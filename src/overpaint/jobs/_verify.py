"""``verify``: check a whole output again, by means that share no code with what wrote it."""

from __future__ import annotations

import dataclasses
import itertools
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import pyarrow as pa

from overpaint import engines, formats, models, pipeline, reports
from overpaint.detectors import open_looker
from overpaint.errors import RunError, UsageError
from overpaint.jobs._places import output_of
from overpaint.jobs._runs import Progress, cut_given_boxes
from overpaint.jobs._verify_beside import NO_SAMPLES, scratch_run, side_file_problems, unexpected
from overpaint.jobs._verify_labels import label_problems
from overpaint.jobs._verify_shard import ShardResult, VerifyConfig
from overpaint.records import Look, MetadataPolicy, shown_key, stored_key
from overpaint.rundir import Run, run_beside, write_bytes, write_table

__all__ = ["Verification", "verify"]

_PROBLEMS = pa.schema([("key", pa.string()), ("reason", pa.string()), ("detail", pa.string())])


@dataclass(frozen=True, slots=True)
class Verification:
    """What verifying found.

    ``checked`` samples of ``samples`` had an output or should not have one; ``faces`` is how many painted boxes were
    checked, ``not_measurable`` of them too smooth for detail to be measured, so that they were compared with the
    expected replacement; ``by_reason`` counts samples. ``first`` names a few failed samples, for the terminal of
    whoever asked.
    """

    mode: str
    detector: str
    samples: int
    absent: int
    faces: int
    not_measurable: int
    failed: int
    by_reason: Mapping[str, int]
    first: tuple[tuple[str, str], ...]

    @property
    def ok(self) -> bool:
        return self.failed == 0

    @property
    def checked(self) -> int:
        """Samples that have an output, or rightly have none."""
        return self.samples - self.absent

    @property
    def passed(self) -> int:
        return self.checked - self.failed + sum(self.by_reason.get(reason, 0) for reason in NO_SAMPLES)

    def to_dict(self) -> dict[str, Any]:
        """Plain values; samples' names are left out, so that this may be shown."""
        values = asdict(self)
        del values["first"]
        values["detector"] = self.detector or None
        values["limits"] = f"faces that {self.detector} missed were not checked" if self.detector else None
        return values | {"ok": self.ok, "checked": self.checked, "passed": self.passed}

    def lines(self) -> list[str]:
        """A few lines for a terminal."""
        faces = f"{self.faces} face{'' if self.faces == 1 else 's'}"
        what = {
            "run": f"{faces} painted, from the run's own decisions",
            "boxes": f"{faces}, from the boxes given",
            "detector": f"{faces}, found in SOURCE by {self.detector}; those it missed were not checked",
        }[self.mode]
        lines = [f"{self.checked} samples checked, {self.failed} failed ({what})"]
        if self.not_measurable:
            lines.append(
                f"detail not measurable in {self.not_measurable} of them: compared with the expected replacement"
            )
        if self.absent:
            lines.append(f"{self.absent} samples of SOURCE have no output and were not checked")
        lines += [f"  {reason}: {count}" for reason, count in self.by_reason.items()]
        return lines + [f"  {reason}: {shown_key(key)}" for key, reason in self.first]


def verify(
    path: str | PathLike[str],
    dest: str | PathLike[str] | None = None,
    *,
    boxes: str | PathLike[str] | None = None,
    detector: str | None = None,
    look: Look = "fill",
    cells: int = 4,
    metadata: MetadataPolicy = "strip",
    workers: int | None = None,
    progress: Progress | None = None,
) -> Verification:
    """Read every source and output file again and check the contract.

    Where the regions come from: the run's decisions (``verify(RUN)`` or ``verify(DEST)`` with ``DEST.run`` beside
    it); ``boxes``, a file; or, with ``verify(SOURCE, DEST)`` alone, faces found in SOURCE by a detector that the scrub
    did not use. Then faces which that detector missed were not checked.

    Parameters
    ----------
    path
        A run directory, or a destination with its run beside it; with ``dest`` the source.
    dest
        The output to check, where there is no run or it shall not be believed.
    boxes
        A file of boxes made elsewhere (docs/reference/boxes.md).
    detector
        Which detector finds the faces; ``centerface`` unless given.
    look, cells, metadata
        What was promised, where no run says it.
    workers
        Processes; one a core unless given.
    progress
        Called with what is going on, how many samples are done, and of how many.
    """
    if dest is None:
        if boxes is not None or detector is not None:
            raise UsageError("with --boxes or --detector say both SOURCE and DEST")
        return _verify_run(*_run_of(Path(path)), workers, progress)
    place = fspath(path)
    for location in (place, fspath(dest)):
        if not formats.is_url(location) and not Path(location).exists():
            raise UsageError(f"{location} is no directory")
    if not formats.is_url(place) and Run(Path(place)).plan_file.is_file():
        raise UsageError(f"{place} is a run directory, not a SOURCE; write `overpaint verify {place}`")
    source = formats.open_source(place)
    output = formats.Output(fspath(dest), formats.open_source(dest).kind)
    mode = "detector" if boxes is None else "boxes"
    chosen = "" if boxes is not None else detector or "centerface"
    if chosen and not formats.is_url(dest):
        _not_used(Path(dest), chosen)
    with scratch_run() as run:
        source.write_listing(run.listing, packs=output.packs)
        refs = formats.read_shards(run.listing)
        if boxes is not None:
            cut_given_boxes(run, refs, Path(boxes))
        config = VerifyConfig(
            mode, run.path, place, source.kind, output, detector=chosen, look=look, cells=cells, metadata=metadata
        )
        result = _result(config, _check(config, refs, workers, progress))
        if result.samples and not result.checked:  # most likely a level too high or too low: nothing failed, of nothing
            raise UsageError(f"none of the {result.samples} samples of {place} is in {dest}; check both places")
        return result


def _verify_run(run: Run, copy: Path | None, workers: int | None, progress: Progress | None) -> Verification:
    plan, generation, output = run.plan(), run.generation(), output_of(run)
    if generation is None or output is None:
        raise RunError(f"{run.path} has written nothing yet; there is nothing to verify")
    if copy is not None:  # both may have been copied or moved: what is asked about is what was named
        output = dataclasses.replace(output, place=str(copy))
    if not formats.is_url(output.place) and not Path(output.place).is_dir():
        raise RunError(f"{output.place}, which {run.path} wrote, is not there any more")
    with run.lock():
        refs = formats.read_shards(run.listing)
        config = VerifyConfig("run", run.path, plan.source, plan.container, output, generation=generation)
        results = _check(config, refs, workers, progress)
        with scratch_run(run) as scratch:
            extra = [(key, "unexpected-file", "") for key in unexpected(run, plan, refs, output, scratch)]
            if (labelling := pipeline.Labelling.of(run, generation)) is not None:
                extra += label_problems(output, labelling, scratch)
        extra += side_file_problems(run, output)
        results.append(ShardResult(0, 0, 0, 0, tuple(extra)))
        result = _result(config, results)
        rows = [p for r in results for p in r.problems]
        columns = {
            "key": [stored_key(k) for k, _, _ in rows],
            "reason": [r for _, r, _ in rows],
            "detail": [d for _, _, d in rows],
        }
        write_table(run.private / "verify.parquet", pa.table(columns, schema=_PROBLEMS))
        write_bytes(
            run.private / "verify.json",
            json.dumps(result.to_dict() | {"generation": generation}, sort_keys=True, indent=1).encode(),
        )
        reports.write(run)
        return result


def _check(
    config: VerifyConfig, refs: Sequence[formats.ShardRef], workers: int | None, progress: Progress | None
) -> list[ShardResult]:
    results: dict[int, ShardResult] = {}
    total, done = sum(ref.rows for ref in refs), 0

    def on_rows(new: int) -> None:
        nonlocal done
        done += new
        if progress:
            progress("verifying", done, total)

    job = engines.Job("overpaint.jobs._verify_shard:open_room", config, "overpaint.jobs._verify_shard:verify_shard")
    engines.run_local(
        job, refs, workers=workers or engines.default_workers(), on_rows=on_rows, on_done=results.__setitem__
    )
    return [results[index] for index in sorted(results)]


def _result(config: VerifyConfig, results: Sequence[ShardResult]) -> Verification:
    problems = [p for r in results for p in r.problems]
    first: dict[str, str] = {}
    reasons: dict[str, set[str]] = {}
    for key, reason, _ in problems:
        first.setdefault(key, reason)
        reasons.setdefault(reason, set()).add(key)
    counts = Counter({reason: len(keys) for reason, keys in reasons.items()})
    return Verification(
        config.mode,
        config.detector,
        sum(r.samples for r in results),
        sum(r.absent for r in results),
        sum(r.faces for r in results),
        sum(r.compared for r in results),
        len(first),
        dict(sorted(counts.items(), key=lambda item: (-item[1], item[0]))),
        tuple(itertools.islice(first.items(), 5)),
    )


def _run_of(path: Path) -> tuple[Run, Path | None]:
    """The run meant by a path, and the destination where it is that which was named."""
    beside = run_beside(path)
    if not (path / "plan.toml").is_file() and (beside / "plan.toml").is_file():
        return Run.open(beside), path.resolve()
    return Run.open(path), None


def _not_used(dest: Path, detector: str) -> None:
    """Refuse what the scrub itself looked with, also where a profile or a list of names holds it."""
    run = Run(run_beside(dest))
    used = {d.name for d in run.plan().detectors} if run.plan_file.is_file() else set()
    asked = {d.name for d in open_looker(detector, threads=1).detectors}
    if asked & used:
        others = sorted({entry.name for entry in models.entries() if entry.task == "face-detection"} - used)
        choose = f"choose another with --detector ({', '.join(others)})"
        advice = choose if others else f"use `overpaint verify {dest}`, or --boxes"
        names = ", ".join(sorted(asked & used))
        raise UsageError(f"the scrub itself used {names}, which cannot vouch for it; {advice}")
