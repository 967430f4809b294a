"""One table of a label policy, read word by word: every refusal names the file, the place and the remedy."""

from __future__ import annotations

import datetime as dt
import difflib
import math
import re
from collections.abc import Iterable, Mapping, Sequence

from overpaint.errors import LabelsError

__all__ = ["Table", "suggestion"]

MOST_NAMES = 200_000
"""More names in one list than any class list holds are a mistake."""
MOST_TEXT = 4_000
"""Characters of one text."""


def suggestion(word: str, known: Iterable[str]) -> str:
    """``did you mean 'x'?`` for the nearest known word, or the words there are."""
    words = list(known)
    near = difflib.get_close_matches(word, words, n=1, cutoff=0.6)
    return f"did you mean '{near[0]}'?" if near else f"there are {', '.join(words)}"


class Table:
    """The words of one table, with the place they stand in.

    Parameters
    ----------
    table
        Words and values as TOML gave them.
    file, where
        How errors shall name the file and the place in it; ``where`` is empty for the top.
    known
        Every word this table may have. Another one is refused at once.
    """

    def __init__(self, table: Mapping[str, object], *, file: str, where: str, known: Sequence[str]) -> None:
        self.table = table
        self.file = file
        self.where = where
        for word in table:
            if word not in known:
                raise self.error(f"there is no word '{word}' here; {suggestion(word, known)}")

    def __contains__(self, word: str) -> bool:
        return word in self.table

    def error(self, message: str) -> LabelsError:
        """The error to raise, with file and place before the message."""
        return LabelsError(": ".join(part for part in (self.file, self.where, message) if part))

    def text(self, word: str, default: str = "") -> str:
        """One line of text; runs of white space count as one space."""
        value = self.table.get(word, default)
        if not isinstance(value, str) or len(value) > MOST_TEXT:
            raise self.error(f"'{word}' has to be text in quotes, of at most {MOST_TEXT:,} characters")
        line = " ".join(value.split())
        if not line.isprintable():
            raise self.error(f"'{word}' holds control characters; write plain text")
        return line

    def some_text(self, word: str, remedy: str) -> str:
        """Text that has to be there and not be blank."""
        if word not in self.table:
            raise self.error(f"'{word}' is missing; {remedy}")
        line = self.text(word)
        if not line:
            raise self.error(f"'{word}' is empty; {remedy}")
        return line

    def choice(self, word: str, among: Sequence[str], default: str | None = None) -> str:
        """One of a few words."""
        if word not in self.table and default is None:
            raise self.error(f"'{word}' is missing; write one of {', '.join(among)}")
        value = self.table.get(word, default)
        if not isinstance(value, str) or value not in among:
            raise self.error(f"'{word}' cannot be {str(value)[:40]!r}; {suggestion(str(value)[:40], among)}")
        return value

    def names(self, word: str, *, empty: bool = False) -> tuple[str, ...] | None:
        """A list of names; one text stands for a list of one, None where the word is not given."""
        if word not in self.table:
            return None
        value = self.table[word]
        items = [value] if isinstance(value, str) else value
        if not isinstance(items, list) or not all(isinstance(item, str) and item for item in items):
            raise self.error(f"'{word}' has to be a list of names in quotes, such as ['a', 'b*']")
        if len(items) > MOST_NAMES:
            raise self.error(f"'{word}' holds {len(items):,} names; {MOST_NAMES:,} are the most")
        if not items and not empty:
            raise self.error(f"'{word}' is an empty list, which means nothing; name something or leave it out")
        return tuple(dict.fromkeys(items))

    def choices(self, word: str, among: Sequence[str]) -> tuple[str, ...] | None:
        """A list of which every item is one of a few words; None where the word is not given."""
        names = self.names(word)
        for name in names or ():
            if name not in among:
                raise self.error(f"'{word}' cannot hold {name[:40]!r}; {suggestion(name[:40], among)}")
        return names

    def number(self, word: str) -> float | None:
        """A finite number of at least 0, or None where the word is not given."""
        value = self.table.get(word)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
            raise self.error(f"'{word}' has to be a number of at least 0")
        return float(value)

    def whole(self, word: str) -> int | None:
        """A whole number of at least 0, or None where the word is not given."""
        value = self.table.get(word)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise self.error(f"'{word}' has to be a whole number of at least 0")
        return value

    def true(self, word: str) -> bool:
        """``true``, or False where the word is not given; ``false`` is refused: it could be read as the opposite."""
        if word not in self.table:
            return False
        if self.table[word] is not True:
            raise self.error(f"'{word}' can only be true; leave it out where it is not meant")
        return True

    def date(self, word: str, remedy: str) -> dt.date:
        """A calendar date, TOML's own or text ``YYYY-MM-DD``, without a time of day."""
        value = self.table.get(word)
        if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
            return value
        if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
            try:
                return dt.date.fromisoformat(value)
            except ValueError:
                pass
        raise self.error(f"'{word}' has to be a date YYYY-MM-DD without a time; {remedy}")

    def tables(self, word: str, most: int) -> list[Mapping[str, object]]:
        """A list of tables; none where the word is not given."""
        value = self.table.get(word, [])
        if not isinstance(value, list) or not all(isinstance(table, dict) for table in value):
            raise self.error(f"'{word}' has to be a list of tables; write [[{word}]] before each")
        if len(value) > most:
            raise self.error(f"there are {len(value):,} tables [[{word}]]; {most:,} are the most")
        return value

    def one(self, word: str, known: Sequence[str]) -> Table:
        """A table inside this one; an empty one where the word is not given."""
        table = self.table.get(word, {})
        if not isinstance(table, dict):
            raise self.error(f"'{word}' has to be a table; write [{word}] on a line of its own")
        return Table(table, file=self.file, where=f"[{word}]", known=known)
