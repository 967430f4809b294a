"""What a check found, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Problem", "once_each", "raise_for"]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that overpaint relies on and that is not so.

    Attributes
    ----------
    check
        Which check found it: one of `overpaint.testing.CHECKS` or `SEARCH_CHECKS`.
    sentence
        What is wrong.
    remedy
        What to do.
    """

    check: str
    sentence: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.check}: {self.sentence}; {self.remedy}"


def once_each(problems: Iterable[Problem]) -> list[Problem]:
    """The first problem of each check and remedy: one mistake shows in many pictures."""
    first: dict[tuple[str, str], Problem] = {}
    for problem in problems:
        first.setdefault((problem.check, problem.remedy), problem)
    return list(first.values())


def raise_for(problems: list[Problem]) -> None:
    """Raise `AssertionError` with all of them, for pytest."""
    if problems:
        raise AssertionError("\n".join(["", *map(str, problems)]))
