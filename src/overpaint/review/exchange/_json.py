"""JSON read one element at a time; a number that is none costs its own entry and not the file."""

from __future__ import annotations

import json
from typing import TextIO

from overpaint.errors import BoxesError
from overpaint.formats._json_stream import JsonStream
from overpaint.review.exchange._model import Left

__all__ = ["Json", "unreadable"]

_MOST_DIGITS = 18


class Json(JsonStream):
    """As `JsonStream`; but ``NaN`` and ``Infinity`` are taken for words, and endless integers for floats.

    Whoever wants a number there finds none, and says so of that entry.
    """

    def __init__(self, file: TextIO) -> None:
        super().__init__(file, "")
        self._decoder = json.JSONDecoder(parse_constant=str, parse_int=_integer)


def _integer(text: str) -> int | float:
    return int(text) if len(text) <= _MOST_DIGITS else float(text)


def unreadable(error: BoxesError | UnicodeDecodeError) -> tuple[str, Left]:
    """Where a file stopped being JSON, and why."""
    if isinstance(error, UnicodeDecodeError):
        return "the beginning", Left("unreadable", "JSON must be UTF-8; export it anew")
    _, _, rest = str(error).partition(": ")
    where, _, what = rest.partition(": ")
    return where, Left("unreadable", f"{what}; what comes after it is not read, so export it anew"[:300])
