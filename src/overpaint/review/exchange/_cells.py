"""Cells of a table: none is a formula for a spreadsheet, and none is too many."""

from __future__ import annotations

import csv
import io
import re
from collections import deque
from collections.abc import Iterator
from typing import TextIO

from overpaint.review.exchange._model import Left

__all__ = ["as_line", "defused", "restored", "rows"]

# what spreadsheets take for a formula, full-width forms among them; any apostrophes before it count as written by us
_FORMULA = re.compile("'*\\s*[=+\\-@\uff1d\uff0b\uff0d\uff20\t\r\n]")
_LONGEST_RECORD = 256 << 10  # characters; 500 boxes take 45,000
_MOST_LINES = 32


def defused(cell: str) -> str:
    """A cell as it may be opened in a spreadsheet: an apostrophe before what would be a formula (CWE-1236)."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def restored(cell: str) -> str:
    """The inverse of `defused`; all other cells are as they are."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def as_line(cells: list[str]) -> bytes:
    """Cells as one record of RFC 4180, defused."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow([defused(cell) for cell in cells])
    return text.getvalue().encode()


def rows(file: TextIO, *, delimiter: str) -> Iterator[tuple[int, list[str] | Left]]:
    """Records with the number of their first line, or why there is none; empty lines are passed over.

    A quote that is never closed costs the line that it is in: the lines after it are read again by themselves.
    A record is at most 256 Ki characters and 32 lines.
    """
    waiting: deque[str] = deque()
    number = 1
    while held := _lines(file, waiting):
        record: list[str] | Left | None = None
        if len(held) == 1 and len(held[0]) > _LONGEST_RECORD:
            while (rest := held[0]) and not rest.endswith(("\n", "\r")):
                held = [file.readline(_LONGEST_RECORD)]
            record = Left("no-answer", "a line longer than 256 Ki characters; no answer is so long")
            held = [""]
        else:
            record = _parsed(held, delimiter)
        if record is None:
            waiting.extendleft(reversed(held[1:]))
            held = held[:1]
            record = Left("no-answer", "a quote is not closed, or stands where none may; correct the line")
        if record:
            yield number, record
        number += len(held)


def _lines(file: TextIO, waiting: deque[str]) -> list[str]:
    """The lines of one record: as many as it takes for every quote to be closed."""
    held: list[str] = []
    letters = quotes = 0
    while len(held) < _MOST_LINES and letters <= _LONGEST_RECORD:
        line = waiting.popleft() if waiting else file.readline(_LONGEST_RECORD + 1)
        if not line:
            break
        held.append(line)
        letters += len(line)
        quotes += line.count('"')
        if quotes % 2 == 0:
            break
    return held


def _parsed(held: list[str], delimiter: str) -> list[str] | None:
    """The record in these lines, empty where they are; None where it is none, or more than one."""
    try:
        found = list(csv.reader(held, delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    if len(found) > 1:
        return None
    return [restored(cell) for cell in found[0]] if found else []
