"""Handing questions out, and taking them back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

import sqlalchemy as sa

from overpaint.errors import ReviewError
from overpaint.review._words import KINDS, Kind
from overpaint.review.store._database import Database
from overpaint.review.store._facts import Lease
from overpaint.review.store._holding import HELD, active, give_back, hold, lock_questions, release
from overpaint.review.store._queue import Wish, find_gold, find_open
from overpaint.review.store._rows import WHOLE, digest, new_token, stored
from overpaint.review.store._schema import lease, question, token
from overpaint.review.store._types import Line

__all__ = ["Leases", "leased"]

_RECLAIM = 256
_MOST_TOKENS = 16
_MOST_EXCLUDED = 5000

_LEASE_COLUMNS = [
    lease.c.id.label("lease"),
    lease.c.worker,
    lease.c.state.label("lease_state"),
    lease.c.taken_at,
    lease.c.expires,
]
_OWN = sa.select(lease.c.id, lease.c.worker, lease.c.question, lease.c.state, lease.c.expires).join(
    token, token.c.lease == lease.c.id
)
_BY_TOKEN = _OWN.where(token.c.hash == sa.bindparam("hash"))
_BY_TOKEN_WHOLE = (
    WHOLE.add_columns(*_LEASE_COLUMNS)
    .select_from(token)
    .join(lease, lease.c.id == token.c.lease)
    .join(question, question.c.id == lease.c.question)
    .where(token.c.hash == sa.bindparam("hash"))
)
_OF_WORKER = (
    WHOLE.add_columns(*_LEASE_COLUMNS)
    .select_from(lease)
    .join(question, question.c.id == lease.c.question)
    .where(lease.c.worker == sa.bindparam("worker"), HELD, lease.c.expires > sa.bindparam("now"))
    .order_by(lease.c.id)
)
_EXPIRED = (
    sa.select(lease.c.question)
    .where(HELD, lease.c.expires <= sa.bindparam("now"))
    .order_by(lease.c.expires)
    .limit(sa.literal_column(str(_RECLAIM)))
)
_RENEW = (
    sa.update(lease)
    .where(lease.c.id == sa.bindparam("one"), HELD)
    .values(expires=sa.case((lease.c.expires > sa.bindparam("to"), lease.c.expires), else_=sa.bindparam("to")))
)


def leased(connection: sa.Connection, text: str) -> Line | None:
    """The lease that has this token: id, worker, question, state, expires."""
    return connection.execute(_BY_TOKEN, {"hash": digest(text)}).one_or_none()


class Leases:
    """The part of the store that hands questions out."""

    _database: Database

    def take(
        self,
        worker: int,
        *,
        now: float,
        lease_seconds: float,
        count: int = 1,
        kinds: Collection[Kind] | None = None,
        gold: bool | None = False,
        gold_visible: bool = False,
        sensitive: bool = True,
        exclude_samples: Collection[str] = (),
    ) -> list[Lease]:
        """Up to ``count`` questions for a worker, those of the highest harm first, then the oldest.

        Never one that this worker answered, skipped or holds, and never more than are wanted. A worker who is not
        active, or whose link is revoked, gets nothing. Leases that ran out are taken back when nothing else is left.

        Parameters
        ----------
        lease_seconds
            How long the worker has each.
        kinds
            Of these kinds only.
        gold
            True: a gold question (``gold_visible`` ones or hidden ones) instead, picked at random; it counts
            towards nothing. None: gold when there is no other.
        sensitive
            False: only such as are not.
        exclude_samples
            None of these samples.
        """
        if len(exclude_samples) > _MOST_EXCLUDED:
            raise ReviewError(f"no more than {_MOST_EXCLUDED:,} samples can be excluded at a time")
        asked = KINDS if kinds is None else kinds
        wish = Wish(
            worker, tuple(sorted({Kind(one).value for one in asked})), sensitive, tuple(sorted(set(exclude_samples)))
        )

        def work(connection: sa.Connection) -> list[Lease]:
            taken: list[Lease] = []
            if not wish.kinds or not active(connection, worker):
                return taken
            swept = False
            while len(taken) < count:
                row = None if gold else find_open(connection, wish)
                if row is None and not gold and not swept:
                    swept = True
                    if _reclaim(connection, now, busy=False):
                        continue
                if row is None and gold is not False:
                    row = find_gold(connection, wish, visible=gold_visible)
                if row is None:
                    break
                taken.append(hold(connection, row, worker, now=now, until=now + lease_seconds))
            return taken

        return self._database.write(work)

    def leases(self, worker: int, *, now: float) -> list[Lease]:
        """What a worker still has in hand, each under a new token; the ones they had go on to work."""

        def work(connection: sa.Connection) -> list[Lease]:
            found = []
            for row in connection.execute(_OF_WORKER, {"worker": worker, "now": now}).all():
                text = new_token()
                _forget_old_tokens(connection, row.lease)
                connection.execute(sa.insert(token), {"hash": digest(text), "lease": row.lease})
                found.append(Lease(text, stored(row), worker, row.taken_at, row.expires))
            return found

        return self._database.write(work)

    def lease(self, token: str) -> Lease | None:
        """The lease that has this token, whatever became of it: see its ``state``."""
        row = self._database.read(
            lambda connection: connection.execute(_BY_TOKEN_WHOLE, {"hash": digest(token)}).one_or_none()
        )
        return (
            None if row is None else Lease(token, stored(row), row.worker, row.taken_at, row.expires, row.lease_state)
        )

    def renew(self, token: str, *, now: float, lease_seconds: float) -> bool:
        """Give a worker more time; False when the question is no longer theirs."""

        def work(connection: sa.Connection) -> bool:
            own = leased(connection, token)
            if own is None or not active(connection, own.worker):
                return False
            return connection.execute(_RENEW, {"one": own.id, "to": now + lease_seconds}).rowcount == 1

        return self._database.write(work)

    def skip(self, token: str, *, now: float, reason: str = "") -> bool:
        """Put a question back for others; this worker is not offered it again. True, too, when it was so before."""

        def work(connection: sa.Connection) -> bool:
            own = leased(connection, token)
            if own is None:
                return False
            active(connection, own.worker)
            lock_questions(connection, [own.question])
            own = leased(connection, token)
            if own is None or own.state in {"answered", "revoked"}:
                return False
            if own.state == "skipped" or (own.state == "expired" and _barred(connection, own)):
                return True
            if own.state == "held":
                give_back(connection, Counter([own.question]))
            changed = {"state": "skipped", "bars": 1, "ended_at": now, "reason": reason[:200]}
            connection.execute(sa.update(lease).where(lease.c.id == own.id).values(changed))
            return True

        return self._database.write(work)

    def expire(self, *, now: float) -> int:
        """Take back what ran out; how many. To be called now and then: `take` does so only when all else is out."""
        total = 0
        while ended := self._database.write(lambda connection: _reclaim(connection, now, busy=True)):
            total += ended
        return total


def _reclaim(connection: sa.Connection, now: float, *, busy: bool) -> int:
    found = list(connection.execute(_EXPIRED, {"now": now}).scalars())
    return release(connection, found, state="expired", now=now, only=lease.c.expires <= now, busy=busy)


def _barred(connection: sa.Connection, own: Line) -> bool:
    """Whether the worker has, or had, the question under another lease that counts."""
    found = connection.execute(
        sa.select(lease.c.id).where(
            lease.c.worker == own.worker, lease.c.question == own.question, sa.text("lease.bars = 1")
        )
    )
    return found.first() is not None


def _forget_old_tokens(connection: sa.Connection, which: int) -> None:
    hashes = list(connection.execute(sa.select(token.c.hash).where(token.c.lease == which)).scalars())
    if len(hashes) >= _MOST_TOKENS:
        connection.execute(sa.delete(token).where(token.c.hash.in_(hashes[: 1 - _MOST_TOKENS])))
