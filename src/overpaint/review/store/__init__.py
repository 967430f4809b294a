"""Where a review is kept: questions, leases, answers and people, in SQLite or PostgreSQL (SQLAlchemy Core, Alembic).

Neighbours use `Store` (`Store.open`), and the facts that it tells: `Stored`, `Lease`, `Receipt`, `Answer`, `Added`,
`Gold`, `Link`, `Worker`, `Session`, `Grant`, `Event`, `Forgotten`; `STATES` of questions, `LEASE_STATES`,
`WORKER_STATES` and `ROLES` list their words. `HEAD` is the revision of its tables.

What holds, whoever asks at the same time and whatever dies: nobody gets a question twice; no more people have it or
have answered it than are wanted; what ran out comes back; an answer that is sent again is kept once.
"""

from overpaint.review.store._facts import (
    LEASE_STATES,
    ROLES,
    STATES,
    WORKER_STATES,
    Added,
    Answer,
    Event,
    Forgotten,
    Gold,
    Grant,
    Lease,
    Link,
    Receipt,
    Session,
    Stored,
    Worker,
)
from overpaint.review.store._migrate import HEAD
from overpaint.review.store._store import Store

__all__ = [
    "HEAD",
    "LEASE_STATES",
    "ROLES",
    "STATES",
    "WORKER_STATES",
    "Added",
    "Answer",
    "Event",
    "Forgotten",
    "Gold",
    "Grant",
    "Lease",
    "Link",
    "Receipt",
    "Session",
    "Store",
    "Stored",
    "Worker",
]
