"""The store as one object."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from overpaint.review.store._answers import Answers
from overpaint.review.store._check import check
from overpaint.review.store._database import Database, connect
from overpaint.review.store._direct import Direct
from overpaint.review.store._erasing import Erasing
from overpaint.review.store._glances import Glances
from overpaint.review.store._leases import Leases
from overpaint.review.store._migrate import upgrade
from overpaint.review.store._people import People
from overpaint.review.store._questions import Questions
from overpaint.review.store._records import Records
from overpaint.review.store._retention import Retention
from overpaint.review.store._verdicts import Verdicts

__all__ = ["Store"]


class Store(Questions, Leases, Answers, Verdicts, People, Records, Retention, Glances, Direct, Erasing):
    """A review's questions, answers and people, in SQLite or PostgreSQL. Make one with `Store.open`.

    Every call is one transaction (`add` and `expire`: one a batch), so that a process that dies leaves nothing
    half done. Any number of threads and processes may use one review at the same time; a process opens its own.
    The store reads no clock: callers say what time it is (seconds since the epoch).
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @classmethod
    def open(cls, url: str, *, create: bool = False) -> Self:
        """Open the store at ``url`` and bring its tables to this version.

        Parameters
        ----------
        url
            ``sqlite:///FILE`` or ``postgresql+psycopg://USER:PASSWORD@HOST/DATABASE``.
        create
            Make it where there is none: the file (mode 0600), or the tables in an empty database.

        Raises
        ------
        ReviewError
            There is no store, it is not to be reached, or a newer overpaint made it; the message says what to do.
        """
        database = connect(url, create=create)
        try:
            upgrade(database, create=create)
        except BaseException:
            database.close()
            raise
        return cls(database)

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def check(self) -> list[str]:
        """What disagrees in the store, one sentence each; empty when all adds up.

        It counts everything anew: seconds at a million questions.
        """
        return self._database.read(check)
