"""The no-view lane's own files of a shard: keyed hashes and reason codes, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pyarrow as pa

from overpaint.formats import ShardRef
from overpaint.pipeline._watch import Prints
from overpaint.records import LANE, PRINTS, Sample
from overpaint.rundir import Run, read_table, write_table

__all__ = ["InLane", "prints_file", "read_lane", "read_prints", "write_lane", "write_prints"]


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
    keyed = _keyed(run)
    for key, reason in held.items():
        lane.setdefault(keyed(key), reason)
    rows = sorted(lane.items())  # by hash: the order says nothing of the samples' order
    table = pa.table({"id": [one for one, _ in rows], "reason": [reason for _, reason in rows]}, schema=LANE)
    write_table(run.shard_file("lane", ref.id), table)


class InLane:
    """Who of a shard is in the lane already, since people or an earlier attempt put it there."""

    def __init__(self, run: Run, ref: ShardRef) -> None:
        self._known = read_lane(run, ref.id)
        self._keyed = _keyed(run) if self._known else str

    def reason(self, sample: Sample) -> str | None:
        """The reason code; whoever has one is not even read again."""
        return self._known.get(self._keyed(sample.key)) if self._known else None


def prints_file(run: Run, shard: str) -> Path:
    """Where the hashes lie that a shard's copies are told by."""
    return run.private / "lane" / f"{shard}.prints.parquet"


def read_prints(run: Run, shard: str) -> dict[str, Prints]:
    """What the copies of a shard's samples are told by, by the keyed hash of their keys."""
    path = prints_file(run, shard)
    if not path.exists():
        return {}
    rows = read_table(path).to_pylist()
    return {row["id"]: Prints(row["data"], row["picture"]) for row in rows}


def write_prints(run: Run, ref: ShardRef, prints: Mapping[str, Prints]) -> None:
    """Add what copies are told by, by key; what is known already of a sample in the lane stays, for it is not read."""
    if not prints:
        return
    keyed = _keyed(run)
    rows = sorted((read_prints(run, ref.id) | {keyed(key): one for key, one in prints.items()}).items())
    columns = {
        "id": [one for one, _ in rows],
        "data": [each.data for _, each in rows],
        "picture": [each.picture for _, each in rows],
    }
    write_table(prints_file(run, ref.id), pa.table(columns, schema=PRINTS))


def _keyed(run: Run) -> Callable[[str], str]:
    secret = run.secret()
    return lambda key: run.keyed(key, secret=secret)
