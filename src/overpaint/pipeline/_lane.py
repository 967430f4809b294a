"""Samples of a scanned shard that go into the no-view lane: what is known of them leaves the run's other files."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from overpaint.formats import ShardRef
from overpaint.pipeline._held import read_lane, read_prints, write_lane, write_prints
from overpaint.pipeline._rows import Row, rows_of, samples_table
from overpaint.pipeline._watch import COPY, Prints, keyed_bytes
from overpaint.records import stored_key
from overpaint.rundir import Run, read_table, write_table

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
    write_table(path, samples_table(rows))
    write_lane(run, ref, reasons)
    _forget(run, ref, {stored_key(key) for key in reasons})
    return moved


def _forget(run: Run, ref: ShardRef, keys: Collection[str]) -> None:
    """Take samples out of every file of the run that speaks of single ones."""
    files = [run.shard_file("findings", ref.id), *(run.private / "decisions").glob(f"*/{ref.id}.parquet")]
    for path in [*files, run.private / "objects.parquet", run.private / "verify.parquet"]:
        if path.exists():
            table = read_table(path)
            kept = table.filter(pc.invert(pc.is_in(table.column("key"), value_set=pa.array(list(keys), pa.string()))))
            if len(kept) < len(table):
                write_table(path, kept)


def inherit(run: Run, refs: Sequence[ShardRef]) -> list[ShardRef]:
    """Put copies of what is in the lane into it too; return the shards in which any were found.

    A copy has the same bytes, or a first picture with the very same PDQ. What the run keeps of the lane are keyed
    hashes, which are equal or not: that a picture is nearly one of the lane cannot be told.
    """
    scanned = [ref for ref in refs if run.marker(ref.id).get("scanned")]
    touched: dict[str, ShardRef] = {}
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
