"""The end of a shard: what was published is settled, its rows are written, its marker last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from overpaint.formats import ShardRef, Shelved
from overpaint.pipeline._again import unread_rows
from overpaint.pipeline._rows import Row, samples_table
from overpaint.rundir import write_bytes, write_table

if TYPE_CHECKING:
    from overpaint.pipeline._shard import Room

__all__ = ["finish", "mark"]

_TOLD = ("fields", "unread", "broken", "costs", "held", "labels")
"""What a marker says beyond how far its shard is, where there is anything to say."""


def finish(
    room: Room, ref: ShardRef, rows: Sequence[Row], shelved: Shelved, *, costs: Mapping[str, Any] | None
) -> None:
    """What was published is published: say so, the marker last."""
    assert room.dest is not None
    room.dest.settle()
    write_table(room.run.shard_file("samples", ref.id), samples_table(rows))
    parts = room.run.private / "parts" / f"{ref.id}.jsonl"
    if shelved.lines:
        write_bytes(parts, b"".join(shelved.lines))
    else:
        parts.unlink(missing_ok=True)
    fields = [[*names, count] for names, count in sorted(shelved.fields.items())]
    unread_now, broken = unread_rows(rows), not shelved.whole
    told: dict[str, Any] = {"fields": fields, "unread": unread_now, "broken": broken, "costs": costs}
    mark(room, ref, acted=room.generation, labels=room.labels, **told)


def mark(room: Room, ref: ShardRef, *, acted: str | None, was: Mapping[str, Any] | None = None, **now: object) -> None:
    """Say what is done of a shard; of what is not said, what the marker said before."""
    more = {
        name: {**(was or {}), **now}.get(name) for name in ("fields", "unread", "broken", "costs", "held", "labels")
    }
    marker = {"shard": ref.id, "rows": ref.rows, "scanned": True, "generation": acted}
    room.run.write_marker(ref.id, marker | {name: value for name, value in more.items() if value})
