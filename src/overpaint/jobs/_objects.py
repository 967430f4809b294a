"""``objects``: how much of each labelled object was painted over, and whether a classifier still knows the label."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import pyarrow as pa

from overpaint import engines, formats, measures, models, reports
from overpaint.errors import BoxesError, RunError, SampleError, UsageError
from overpaint.jobs._objects_count import counted
from overpaint.jobs._objects_shard import OBJECTS, ROWS, ObjectsConfig, ShardObjects
from overpaint.jobs._places import output_of
from overpaint.jobs._runs import Progress
from overpaint.records import stored_key
from overpaint.rundir import Run, write_bytes, write_table

__all__ = ["Objects", "objects"]


@dataclass(frozen=True, slots=True)
class Objects:
    """What was measured: aggregates, as they are in ``private/objects.json``; the rows are in ``rows``."""

    counts: Mapping[str, Any]
    rows: Path

    def to_dict(self) -> dict[str, Any]:
        """Plain values without the classes, whose names may be people's."""
        return {name: value for name, value in self.counts.items() if name != "classes"}

    def lines(self) -> list[str]:
        """A few lines for a terminal."""
        c = self.counts
        lines = [
            f"{c['objects']} labelled objects in {c['images_with_objects']} images; {c['touched']} of them painted"
        ]
        if c["shares"]:
            lines[0] += f" (median share {c['shares']['median']:.1%}, of one in ten {c['shares']['p90']:.1%} or more)"
        lines.append(f"{c['scored']} of {c['painted']} painted images have a label that the classifier knows")
        if c["scored"]:
            lines.append(
                f"  score of the label: {c['before']:.3f} before, {c['after']:.3f} after; "
                f"first class right: {c['right_before']} before, {c['right_after']} after; changed: {c['changed']}"
            )
        lines.append(f"to be looked at by people: {c['flagged']['rows']} in {c['flagged']['images']} images")
        lines += [f"  {reason}: {count}" for reason, count in c["flagged"]["by_reason"].items()]
        lines += [f"not measured: {count} ({reason})" for reason, count in c["unusable"].items()]
        return [*lines, f"which ones: {self.rows}"]


def objects(
    run: str | PathLike[str],
    *,
    annotations: str | PathLike[str] | None = None,
    cover: float = 0.5,
    drop: float = 0.25,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Objects:
    """Measure what painting did to the objects that a dataset is about, and flag what people should look at.

    Parameters
    ----------
    run
        A run with decisions. Shares are of the decisions in force; scores of the outputs that carry them out.
    annotations
        Objects with boxes: a directory of VOC or ILSVRC XML or of YOLO text, or a COCO file. Without it only classes
        are asked about: samples whose label is a WordNet offset of the 1,000 ImageNet classes.
    cover
        The share of an object that is painted from which on it is flagged.
    drop
        How much the classifier's score of the label falls for it to be flagged.
    workers
        Processes; one a core unless given.
    progress
        Called with what is going on, how many samples are done, and of how many.

    Raises
    ------
    BoxesError
        The annotations cannot be read, or none of them belongs to a sample.
    ModelError
        The classifier is needed and is not on this machine.
    """
    for name, value in (("--cover", cover), ("--drop", drop)):
        if not 0 < value <= 1:
            raise UsageError(f"{name} {value:g} must lie above 0 and not above 1")
    the_run = Run.open(Path(run))
    generation, plan = the_run.generation(), the_run.plan()
    if generation is None or not the_run.listed:
        raise RunError(f"{the_run.path} has no decisions yet; run `overpaint scrub`, or `scan` and `decide`")
    read = None if annotations is None else formats.read_objects(annotations)
    with the_run.lock():
        refs = formats.read_shards(the_run.listing)
        if any(not the_run.marker(ref.id).get("scanned") for ref in refs):
            raise UsageError(f"{the_run.path} is not scanned to the end; run the scan again to finish it")
        with _cut(the_run, refs, read, progress) as (place, unusable):
            config = ObjectsConfig(
                the_run.path, plan.source, plan.container, output_of(the_run), generation, place, cover, drop
            )
            shards = _measure(config, refs, workers, progress)
        rows = pa.concat_tables([ROWS.empty_table(), *(shard.rows for shard in shards)])
        facts = {
            "generation": generation,
            "annotations": None if read is None else read.format,
            "classifier": measures.CLASSIFIER,
            "weights": models.entry(measures.CLASSIFIER).tensors_sha256,
            "cover": cover,
            "drop": drop,
            "painted": sum(shard.painted for shard in shards),
            "unusable": dict(sorted(sum((shard.unusable for shard in shards), unusable).items())),
        }
        counts = facts | counted(rows)
        write_table(the_run.private / "objects.parquet", rows)
        text = json.dumps(counts, sort_keys=True, indent=1) + "\n"
        write_bytes(the_run.private / "objects.json", text.encode())
        reports.write(the_run)
    return Objects(counts, the_run.private / "objects.parquet")


@contextmanager
def _cut(
    run: Run, refs: Sequence[formats.ShardRef], read: formats.Annotations | None, progress: Progress | None
) -> Iterator[tuple[Path | None, Counter[str]]]:
    """The objects of each shard in a file of its own, so that a worker holds only its own; gone afterwards."""
    unusable = Counter[str]()
    if read is None:
        yield None, unusable
        return
    place = Path(tempfile.mkdtemp(prefix=".objects-", dir=run.private))
    try:
        found, done, total = 0, 0, sum(ref.rows for ref in refs)
        for ref in refs:
            rows: list[dict[str, Any]] = []
            for sample in formats.read_shard(run.listing, ref):
                try:
                    mine = read.lookup(sample.key)
                except SampleError as error:
                    unusable[error.reason] += 1
                    continue
                found += mine is not None
                rows += [_row(sample.key, each) for each in mine or ()]
            write_table(place / f"{ref.id}.parquet", pa.Table.from_pylist(rows, schema=OBJECTS))
            done += ref.rows
            if progress:
                progress("reading annotations", done, total)
        if total and not found and not unusable:
            raise BoxesError(
                f"--annotations: none of the {total} samples is named there; names must be those below the source "
                "(docs/how-to/is-the-object-still-there.md)"
            )
        yield place, unusable
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _row(key: str, each: formats.LabelledObject) -> dict[str, Any]:
    width, height = each.size or (None, None)
    sides = {side: getattr(each.box, side) for side in ("x0", "y0", "x1", "y1")}
    flags = {"relative": each.relative, "upright": each.upright, "width": width, "height": height}
    return {"key": stored_key(key), "label": each.label, **sides, **flags}


def _measure(
    config: ObjectsConfig, refs: Sequence[formats.ShardRef], workers: int | None, progress: Progress | None
) -> list[ShardObjects]:
    results: dict[int, ShardObjects] = {}
    total, done = sum(ref.rows for ref in refs), 0

    def on_rows(new: int) -> None:
        nonlocal done
        done += new
        if progress:
            progress("measuring", done, total)

    job = engines.Job("overpaint.jobs._objects_shard:open_room", config, "overpaint.jobs._objects_shard:measure_shard")
    engines.run_local(
        job, refs, workers=workers or engines.default_workers(), on_rows=on_rows, on_done=results.__setitem__
    )
    return [results[index] for index in sorted(results)]
