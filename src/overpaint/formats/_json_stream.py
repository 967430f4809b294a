"""Reading JSON one element at a time, so that a file of a million entries is never in memory whole."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NoReturn, TextIO

from overpaint.errors import BoxesError

__all__ = ["Event", "JsonStream"]

Event = tuple[str | None, int | None, Any]  # member of the outer object, index in its list, value
_BLOCK = 1 << 20
_AFTER = tuple(" \t\r\n,:]}")
_MOST = 64 << 20  # characters of one element


def _refuse(name: str) -> NoReturn:
    raise _NotANumber(name)


class _NotANumber(ValueError):
    pass


class JsonStream:
    """One or more JSON documents of a text stream.

    Parameters
    ----------
    file
        Opened as UTF-8.
    path
        For messages.

    Raises
    ------
    BoxesError
        From every method: what is read is no JSON, is nested too deeply, or one element is larger than 64 M characters.
    """

    def __init__(self, file: TextIO, path: str) -> None:
        self._file, self._path = file, path
        self._decoder = json.JSONDecoder(parse_constant=_refuse)
        self._text, self._at, self._ended = "", 0, False
        self.entry = "the beginning"

    def events(self) -> Iterator[Event]:
        """The elements of the outer list, or the members of the outer object, lists among them element by element."""
        if self.peek() == "[":
            yield from ((None, index, value) for index, value in self._list("the list"))
        else:
            yield from self._members()
        if self.peek():
            raise self.error("something follows the end of the outer value")

    def documents(self) -> Iterator[Any]:
        """Values one after another, as in JSON Lines."""
        number = 0
        while self.peek():
            number += 1
            self.entry = f"record {number}"
            yield self.value()

    def peek(self) -> str:
        """The next character that is no space; empty at the end."""
        while True:
            while self._at < len(self._text):
                letter = self._text[self._at]
                if letter not in " \t\r\n":
                    return letter
                self._at += 1
            if not self._more():
                return ""

    def value(self) -> Any:
        """The next whole value."""
        self.peek()
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                if self._more():
                    continue
                raise self.error(f"no JSON: {error.msg}") from None
            except _NotANumber as error:
                raise self.error(f"{error} is no number") from None
            except ValueError:
                raise self.error("a number has too many digits") from None
            except RecursionError:
                raise self.error("nested too deeply") from None
            if self._text[end : end + 1] not in _AFTER and self._more():
                continue  # a number may go on beyond what was read
            self._at = end
            return value

    def error(self, what: str) -> BoxesError:
        return BoxesError(f"--boxes {self._path!a}: {self.entry}: {what}")

    def _members(self) -> Iterator[Event]:
        self._expect("{")
        while self.peek() != "}":
            name = self.value()
            if not isinstance(name, str):
                raise self.error("a member's name is expected")
            self._expect(":")
            if self.peek() == "[":
                empty = True
                for index, value in self._list(name[:80]):
                    empty = False
                    yield name, index, value
                if empty:
                    yield name, None, []
            else:
                self.entry = ascii(name[:80])
                yield name, None, self.value()
            if self.peek() != "}":
                self._expect(",")
        self._expect("}")

    def _list(self, name: str) -> Iterator[tuple[int, Any]]:
        self._expect("[")
        index = 0
        while self.peek() != "]":
            self.entry = f"entry {index} of {name}"
            yield index, self.value()
            index += 1
            if self.peek() != "]":
                self._expect(",")
        self._expect("]")

    def _expect(self, letter: str) -> None:
        found = self.peek()
        if found != letter:
            raise self.error(f"no JSON: {letter!r} is expected, not {found!a}" if found else "the file ends too early")
        self._at += 1

    def _more(self) -> bool:
        """Read on, twice as much while one element stays incomplete; False at the end of the file."""
        if self._ended:
            return False
        rest = self._text[self._at :]
        if len(rest) > _MOST:
            raise self.error("no JSON, or larger than 64 M characters")
        try:
            block = self._file.read(max(_BLOCK, len(rest)))
        except UnicodeDecodeError as error:
            raise self.error(f"no UTF-8: {error.reason}") from None
        self._ended = not block
        self._text, self._at = rest + block, 0
        return bool(block)
