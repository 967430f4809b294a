"""One table of a policy file, read field by field: every refusal names the file, the place and the remedy."""

from __future__ import annotations

import datetime as dt
import difflib
import math
import re
from collections.abc import Iterable, Mapping, Sequence

from overpaint.errors import PolicyError
from overpaint.records import Box, stored_key

__all__ = ["Fields", "suggestion", "table_key"]

_LICENCE = re.compile(r"^licen[cs](e|es|ed|ing|or|ee)?($|[_-])", re.IGNORECASE)
_LICENCE_TEXT = re.compile(
    r"\blicen[cs](e|es|ed|ing)\b(?!\s+plate)|creative\s*commons|\bcc[-_ ]?(0|by|zero)\b|public\s+domain", re.IGNORECASE
)
_NEVER = (
    "a licence is never consent: it says what may be done with a photograph's copyright, not what the person in it "
    "agreed to"
)


def suggestion(name: str, known: Iterable[str]) -> str:
    """``; did you mean 'x'?`` for the nearest known name, or the names there are."""
    names = list(known)
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    return f"did you mean '{near[0]}'?" if near else f"there are {', '.join(names)}"


def table_key(text: str) -> str:
    """A key as the tables of a run hold it, from a key as people write it.

    A leading ``./``, as ``find .`` prints it, is dropped.

    Raises
    ------
    ValueError
        When it cannot be a key: empty, or a path that does not start at the source.
    """
    key = text
    while key.startswith("./"):
        key = key[2:].lstrip("/")
    if not key:
        raise ValueError("an empty key")
    if key.startswith("/") or ".." in key.split("/"):
        raise ValueError("a key is a path below the source, with / between its parts; write it relative to the source")
    return stored_key(key)


class Fields:
    """The fields of one table, with the place they stand in.

    Parameters
    ----------
    table
        Field names and values as TOML (or a row of a list) gave them.
    file
        The file, as errors shall name it.
    where
        The place in the file, such as ``rule 'small faces'``; empty for the top.
    known
        Every field this table may have. Another one is refused at once.
    """

    def __init__(self, table: Mapping[str, object], *, file: str, where: str, known: Sequence[str]) -> None:
        self.table = table
        self.file = file
        self.where = where
        for name in table:
            if name in known:
                continue
            if _LICENCE.match(name):
                raise self.error(f"the field '{name}' is refused: {_NEVER}; remove the field")
            raise self.error(f"there is no field '{name}'; {suggestion(name, known)}")

    def error(self, message: str) -> PolicyError:
        """The error to raise, with file and place before the message."""
        return PolicyError(": ".join(part for part in (self.file, self.where, message) if part))

    def __contains__(self, name: str) -> bool:
        return name in self.table

    def need(self, name: str, remedy: str) -> object:
        """The value of a field that has to be there."""
        if name not in self.table:
            raise self.error(f"'{name}' is missing; {remedy}")
        return self.table[name]

    def text(self, name: str, default: str = "") -> str:
        """One line of text; runs of white space count as one space."""
        value = self.table.get(name, default)
        if not isinstance(value, str):
            raise self.error(f"'{name}' has to be text in quotes, not {value!r}")
        line = " ".join(value.split())
        if not line.isprintable():
            raise self.error(f"'{name}' holds control characters; write plain text")
        return line

    def some_text(self, name: str, remedy: str) -> str:
        """Text that has to be there and not be blank."""
        self.need(name, remedy)
        line = self.text(name)
        if not line:
            raise self.error(f"'{name}' is empty; {remedy}")
        return line

    def choice(self, name: str, among: Sequence[str], default: str | None = None) -> str:
        """One of a few words."""
        value = (
            self.need(name, f"write one of {', '.join(among)}") if default is None else self.table.get(name, default)
        )
        if not isinstance(value, str) or value not in among:
            raise self.error(f"'{name}' cannot be {value!r}; {suggestion(str(value), among)}")
        return value

    def names(self, name: str, default: tuple[str, ...] | None = None) -> tuple[str, ...] | None:
        """A list of names or globs; one string stands for a list of one. An empty list is refused."""
        value = self.table.get(name)
        if value is None:
            return default
        items = [value] if isinstance(value, str) else value
        if not isinstance(items, list) or not items or not all(isinstance(item, str) and item for item in items):
            raise self.error(f"'{name}' has to be a list of names, such as ['a', 'b*'], and not an empty one")
        return tuple(items)

    def tables(self, name: str) -> list[Mapping[str, object]]:
        """A list of tables; none where the field is not given."""
        value = self.table.get(name, [])
        if not isinstance(value, list) or not all(isinstance(table, dict) for table in value):
            raise self.error(f"'{name}' has to be a list of tables; write [[{name}]] before each")
        return value

    def number(self, name: str, *, low: float = 0.0, high: float = math.inf) -> float | None:
        """A number in a range, or None where the field is not given."""
        value = self.table.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            bounds = f"from {low:g} to {high:g}" if high < math.inf else f"of at least {low:g}"
            raise self.error(f"'{name}' has to be a number {bounds}, not {value!r}")
        if not math.isfinite(value):
            raise self.error(f"'{name}' has to be a finite number; leave it out for no bound")
        return float(value)

    def whole(self, name: str, *, low: int, high: int, default: int) -> int:
        """A whole number in a range."""
        value = self.table.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise self.error(f"'{name}' has to be a whole number from {low} to {high}, not {value!r}")
        return value

    def flag(self, name: str) -> bool:
        """True or false; false where the field is not given."""
        value = self.table.get(name, False)
        if not isinstance(value, bool):
            raise self.error(f"'{name}' has to be true or false, not {value!r}")
        return value

    def key(self, name: str) -> str:
        """A sample's key, as the tables of a run hold it."""
        value = self.need(name, "write the sample's key: its path below the source")
        return self.as_key(name, value)

    def as_key(self, name: str, value: object) -> str:
        """One key out of a field that holds several."""
        if not isinstance(value, str):
            raise self.error(f"'{name}' has to hold keys in quotes, not {value!r}")
        try:
            return table_key(value)
        except ValueError as wrong:
            raise self.error(f"'{name}' holds {value!r}: {wrong}") from None

    def box(self, name: str) -> Box | None:
        """Four numbers ``[x0, y0, x1, y1]`` in pixels of the stored frame, or None where the field is not given."""
        value = self.table.get(name)
        if value is None:
            return None
        corners = value if isinstance(value, list) else []
        if len(corners) != 4 or not all(isinstance(v, int | float) and not isinstance(v, bool) for v in corners):
            raise self.error(f"'{name}' has to be [x0, y0, x1, y1] in pixels, not {value!r}")
        x0, y0, x1, y1 = map(float, corners)
        box = Box(x0, y0, x1, y1)
        if not all(math.isfinite(v) for v in (box.x0, box.y0, box.x1, box.y1)) or box.width <= 0 or box.height <= 0:
            raise self.error(f"'{name}' {value!r} is empty; corners are x0, y0, x1, y1 with x1 > x0 and y1 > y0")
        return box

    def date(self, name: str) -> dt.date | None:
        """A calendar date (TOML's own or text ``YYYY-MM-DD``), or None where the field is not given.

        A time of day is refused: what zone it was meant in would decide whether a consent counts.
        """
        value = self.table.get(name)
        if value is None:
            return None
        if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
            return value
        if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
            try:
                return dt.date.fromisoformat(value)
            except ValueError:
                pass
        raise self.error(f"'{name}' has to be a date YYYY-MM-DD without a time, not {value!s}")

    def not_licence(self, name: str, value: str) -> str:
        """The value, unless it offers a licence where a person's agreement is wanted."""
        if _LICENCE_TEXT.search(value):
            raise self.error(f"'{name}' reads '{value}', but {_NEVER}; name the record of the person's own agreement")
        return value
