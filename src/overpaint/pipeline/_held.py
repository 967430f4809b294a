"""The no-view lane's own file of a shard: keyed hashes of keys and reason codes, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from overpaint.formats import ShardRef
from overpaint.records import LANE
from overpaint.rundir import Run, read_table, write_table

__all__ = ["read_lane", "write_lane"]


def read_lane(run: Run, shard: str) -> dict[str, str]:
    """Reason codes of a shard's samples in the lane, by the keyed hash of their keys."""
    path = run.shard_file("lane", shard)
    if not path.exists():
        return {}
    table = read_table(path)
    return dict(zip(table.column("id").to_pylist(), table.column("reason").to_pylist(), strict=True))


def write_lane(run: Run, ref: ShardRef, held: Mapping[str, str]) -> None:
    """Add samples, reason codes by key; who is in the lane stays there. A shard without any has no file."""
    if not held:
        return
    lane = read_lane(run, ref.id)
    for key, reason in held.items():
        lane.setdefault(run.keyed(key), reason)
    rows = sorted(lane.items())  # by hash: the order says nothing of the samples' order
    table = pa.table({"id": [one for one, _ in rows], "reason": [reason for _, reason in rows]}, schema=LANE)
    write_table(run.shard_file("lane", ref.id), table)
