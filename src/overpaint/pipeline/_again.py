"""What could not be read once may be there again: a share that was not mounted, a file that was put back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from overpaint.formats import ShardRef
from overpaint.pipeline._look import Looked
from overpaint.pipeline._rows import Row, findings_by_key, findings_table, rows_of, samples_table
from overpaint.pipeline._tally import Tally
from overpaint.records import Outcome, Sample
from overpaint.rundir import Run, read_table, write_table

__all__ = ["Again", "unread", "unread_rows"]

_FOR_GOOD = frozenset({"too-large", "refused-key", "no-bytes"})
_SOURCE = frozenset({"changed", "vanished", "unreadable"})


def unread(row: Row) -> bool:
    """Whether a sample could not be read, which may be repaired; nothing is known then of one that is removed, too."""
    if row.stage == "read":
        return row.reason not in _FOR_GOOD
    if row.outcome != Outcome.FAILED.value:
        return False
    if row.stage == "write":  # a container that broke off between reading the image and what travels with it
        return row.reason in _SOURCE
    return row.stage == "read-again" and row.reason not in _FOR_GOOD


def unread_rows(rows: Iterable[Row]) -> int:
    """How many are `unread`."""
    return sum(map(unread, rows))


@dataclass(frozen=True, slots=True)
class Again:
    """The samples of a scanned shard that could not be read, looked at once more.

    Attributes
    ----------
    run, ref
        Of the shard.
    forget
        Called before anything is written: whoever comes after a death from there on must not believe the rows.
    tally
        Filled while they are looked at.
    """

    run: Run
    ref: ShardRef
    forget: Callable[[], None]
    tally: Tally = field(default_factory=Tally)

    def look(self, samples: Sequence[Sample], look: Callable[[int, Sample], Looked]) -> bool:
        """Look at what failed at reading; True where any of it could be read, and then the shard's tables are new."""
        rows = rows_of(read_table(self.run.shard_file("samples", self.ref.id)))
        found: dict[str, Looked] = {}
        for index, (row, sample) in enumerate(zip(rows, samples, strict=True)):
            if row.stage == "read" and unread(row):
                looked = look(index, sample)
                if looked.row.stage != "read":
                    rows[index] = looked.row
                    found[sample.key] = looked
        if found:
            self.forget()
            self._write(rows, found)
        return bool(found)

    def _write(self, rows: Sequence[Row], found: dict[str, Looked]) -> None:
        for decided in (self.run.private / "decisions").glob(f"*/{self.ref.id}.parquet"):
            decided.unlink()  # they know nothing of what is found now; act decides anew
        self.tally.write(self.run, self.ref)
        path = self.run.shard_file("findings", self.ref.id)
        by_key = findings_by_key(read_table(path))
        by_key |= {key: list(looked.findings) for key, looked in found.items()}
        write_table(path, findings_table(f for row in rows for f in by_key.get(row.key, ())))
        write_table(self.run.shard_file("samples", self.ref.id), samples_table(rows))
