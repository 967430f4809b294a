"""Samples of a scanned shard that go into the no-view lane: what is known of them leaves the run's other files."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from overpaint.formats import ShardRef
from overpaint.pipeline._held import read_lane, read_prints, write_lane, write_prints
from overpaint.pipeline._rows import Row, rows_of, samples_table
from overpaint.pipeline._watch import COPY, Prints, keyed_bytes
from overpaint.records import stored_key
from overpaint.rundir import Run, disk_errors, read_table, write_table

__all__ = ["inherit", "move_to_lane"]


def move_to_lane(run: Run, ref: ShardRef, reasons: Mapping[str, str]) -> int:
    """Put samples of a shard into the lane, reason codes by key; return how many were not in it before.

    Once the row says so, nothing shows, exports or publishes the sample any more, whatever is cut short. A shard that
    is not scanned yet gets the lane's file alone, and its scan does not look at them. What lies in a destination is not
    touched here; the marker says that there is something to take back.
    """
    marker = run.marker(ref.id)
    if not marker.get("scanned"):
        before = read_lane(run, ref.id)
        write_lane(run, ref, reasons)
        return len(read_lane(run, ref.id)) - len(before)
    if marker.get("generation") is not None:
        run.write_marker(ref.id, marker | {"held": True})
    path = run.shard_file("samples", ref.id)
    rows = rows_of(read_table(path))
    secret, prints, moved = run.secret(), dict[str, Prints](), 0
    for index, row in enumerate(rows):
        if row.key in reasons and not row.lane:
            moved += 1
            if row.sha256 is not None:
                prints[row.key] = Prints(keyed_bytes(row.sha256, secret=secret))
            rows[index] = Row(row.key, row.label, row.split, row.size, looked=True, lane=True)
    known = read_prints(run, ref.id)
    write_prints(run, ref, {key: one for key, one in prints.items() if run.keyed(key, secret=secret) not in known})
    write_lane(run, ref, reasons)  # before the rows: who dies here has it found again as a copy of itself
    if moved:
        _without_experiments(run)  # before them too: once they say so, nobody comes here again
    write_table(path, samples_table(rows))
    keys = {stored_key(key) for key in reasons}
    _without(_of_shard(run, ref), keys)
    _without(_of_run(run), keys)
    return moved


def _of_shard(run: Run, ref: ShardRef) -> list[Path]:
    """The files that speak of single samples of a shard, but for its rows."""
    marks = (run.private / "duplicates/marks").glob(f"*-{ref.id}.parquet")
    decisions = (run.private / "decisions").glob(f"*/{ref.id}.parquet")
    kinds = ("findings", "boxes", "answers")
    return [*(run.shard_file(kind, ref.id) for kind in kinds), *decisions, *marks]


def _of_run(run: Run) -> list[Path]:
    """Those that speak of samples of all shards."""
    names = ("objects.parquet", "verify.parquet", "duplicates/clusters.parquet", "label-errors.parquet")
    return [run.private / name for name in names]


def _without(files: Iterable[Path], keys: Collection[str]) -> None:
    """Take samples out of files."""
    for path in files:
        if path.exists():
            table = read_table(path)
            kept = table.filter(pc.invert(pc.is_in(table.column("key"), value_set=pa.array(list(keys), pa.string()))))
            if len(kept) < len(table):
                write_table(path, kept)


def _without_experiments(run: Run) -> None:
    """Take away what `overpaint measure utility` made: pictures, tables of keys, and networks that may have learned it.

    With other samples everything there is made anew anyway. An experiment that goes on meanwhile loses its files, and
    stops; renamed first, so that it adds none while they go.
    """
    for kind in ("pictures", "trained"):
        place = run.private / "utility" / kind
        gone = place.with_name(f".{kind}-gone")
        with disk_errors(place):
            if gone.exists():  # somebody died here
                shutil.rmtree(gone)
            if place.exists():
                place.rename(gone)
                shutil.rmtree(gone)


def _finish_moves(run: Run, refs: Sequence[ShardRef]) -> None:
    """Forget what is in the lane where an earlier move was cut short before it came to that."""
    every: set[str] = set()
    for ref in refs:
        if run.shard_file("lane", ref.id).exists():
            table = read_table(run.shard_file("samples", ref.id), columns=["key", "lane"])
            held = set(table.filter(pc.fill_null(table.column("lane"), fill_value=False)).column("key").to_pylist())
            _without(_of_shard(run, ref), held)
            every |= held
    if every:
        _without(_of_run(run), every)


def inherit(run: Run, refs: Sequence[ShardRef]) -> list[ShardRef]:
    """Put copies of what is in the lane into it too; return the shards from which something is to be taken back.

    They are those in which copies were found, now or by whoever was cut short before taking back what was published.

    A copy has the same bytes, or a first picture with the very same PDQ. What the run keeps of the lane are keyed
    hashes, which are equal or not: that a picture is nearly one of the lane cannot be told.
    """
    scanned = [ref for ref in refs if run.marker(ref.id).get("scanned")]
    _finish_moves(run, scanned)
    touched = {ref.id: ref for ref in scanned if run.marker(ref.id).get("held")}
    sought: set[str] = set()
    while True:
        new = {one for ref in scanned for one in _of_lane(run, ref)} - sought
        if not new:
            return list(touched.values())
        sought |= new
        for ref in scanned:
            copies = _copies(run, ref, sought)
            if copies and move_to_lane(run, ref, dict.fromkeys(copies, COPY)):
                touched[ref.id] = ref


def _of_lane(run: Run, ref: ShardRef) -> set[str]:
    """All that copies of the shard's samples in the lane are told by."""
    lane = read_lane(run, ref.id)
    prints = read_prints(run, ref.id) if lane else {}
    return {one for key in lane if key in prints for one in _both(prints[key])}


def _copies(run: Run, ref: ShardRef, sought: Collection[str]) -> list[str]:
    prints, secret = read_prints(run, ref.id), run.secret()
    found = []
    for row in rows_of(read_table(run.shard_file("samples", ref.id))):
        if not row.lane:
            told = _both(prints.get(run.keyed(row.key, secret=secret)))
            if row.sha256 is not None:
                told.add(keyed_bytes(row.sha256, secret=secret))
            if not told.isdisjoint(sought):
                found.append(row.key)
    return found


def _both(prints: Prints | None) -> set[str]:
    return set() if prints is None else {one for one in (prints.data, prints.picture) if one is not None}
