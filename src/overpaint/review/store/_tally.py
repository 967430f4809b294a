"""How many questions of each kind, thing and state there are, without counting them.

The counts are kept in the transaction that changes them. Each is spread over several rows, of which a transaction
takes one at random, so that two that settle questions at the same time seldom wait for each other.
"""

from __future__ import annotations

import random
from collections import Counter

import sqlalchemy as sa

from overpaint.review.store._rows import inserting
from overpaint.review.store._schema import tally

__all__ = ["GOLD", "Tally", "totals"]

GOLD = "gold"
"""Gold questions count under this instead of a state: they are no work that is left."""

_SHARDS = 8
_PICK = random.SystemRandom()


class Tally:
    """What one transaction changes of the counts; `flush` it last, for the rows stay locked from then on."""

    def __init__(self) -> None:
        self._changes: Counter[tuple[str, str, str]] = Counter()

    def add(self, kind: str, thing: str, state: str, n: int = 1) -> None:
        """``n`` more of a state."""
        self._changes[kind, thing, state] += n

    def move(self, kind: str, thing: str, old: str, new: str) -> None:
        """One question went from one state to another."""
        self.add(kind, thing, old, -1)
        self.add(kind, thing, new)

    def flush(self, connection: sa.Connection) -> None:
        """Write them, in one order for all, so that no two transactions wait for each other in a ring."""
        shard = _PICK.randrange(_SHARDS)
        rows = [
            {"kind": kind, "thing": thing, "state": state, "shard": shard, "n": n}
            for (kind, thing, state), n in sorted(self._changes.items())
            if n
        ]
        self._changes.clear()
        if rows:
            statement = inserting(connection, tally)
            keys = [tally.c.kind, tally.c.thing, tally.c.state, tally.c.shard]
            connection.execute(
                statement.on_conflict_do_update(index_elements=keys, set_={"n": tally.c.n + statement.excluded.n}), rows
            )


_TOTALS = (
    sa.select(tally.c.kind, tally.c.thing, tally.c.state, sa.func.sum(tally.c.n))
    .group_by(tally.c.kind, tally.c.thing, tally.c.state)
    .having(sa.func.sum(tally.c.n) != 0)
)


def totals(connection: sa.Connection) -> dict[tuple[str, str, str], int]:
    """The counts by kind, thing and state."""
    return {(kind, thing, state): int(n) for kind, thing, state, n in connection.execute(_TOTALS)}
