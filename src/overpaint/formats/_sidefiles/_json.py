"""JSON in elements with their own text, so that what stays is written as it was."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, BinaryIO, NamedTuple

from overpaint.errors import BoxesError
from overpaint.formats._json_stream import JsonStream

from ._stream import Unreadable

__all__ = ["DROP", "DROP_MEMBER", "KEEP", "Element", "Raw", "dumped", "elements", "filtered"]

KEEP, DROP, DROP_MEMBER = object(), object(), object()


class Raw(str):
    """JSON text to stand in an element's place as it is."""

    __slots__ = ()


class Element(NamedTuple):
    """One element of an outer list or one member of the outer object, or an element of a list among its members.

    Attributes
    ----------
    name
        Of the member of the outer object; None in an outer list.
    place
        In its list; None for a member that is no list, -1 for one that is an empty list.
    value, raw
        What it says, and the text that says it.
    """

    name: str | None
    place: int | None
    value: Any
    raw: str


class _Raw(JsonStream):
    """A stream that also keeps the text of the value it read last."""

    def __init__(self, file: io.TextIOBase) -> None:
        super().__init__(file, "")  # type: ignore[arg-type]
        self._decoder = (
            json.JSONDecoder()
        )  # NaN is no JSON, but Python's writers leave it, and it is passed on as it is
        self._moved = False
        self.raw = ""

    def value(self) -> Any:
        self.peek()
        start, self._moved = self._at, False
        found = super().value()
        self.raw = self._text[0 if self._moved else start : self._at]
        return found

    def _more(self) -> bool:
        self._moved = self._moved or not self._ended
        return super()._more()


def elements(file: BinaryIO) -> Iterator[Element]:
    """The elements of one JSON document.

    Raises
    ------
    Unreadable
        No JSON in UTF-8, nested too deeply, or an element of more than 64 M characters.
    """
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    try:
        stream = _Raw(text)
        if stream.peek() not in ("[", "{"):
            raise Unreadable("neither a list nor an object")
        for name, index, value in stream.events():
            yield Element(name, -1 if index is None and value == [] else index, value, stream.raw)
    except (BoxesError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable(str(error)) from None
    finally:
        with suppress(ValueError):  # closed already, where the reader stopped before the end
            text.detach()


def filtered(
    file: BinaryIO, write: Callable[[bytes], object], decide: Callable[[Element], object], *, outer_list: bool
) -> None:
    """Write the document again without spaces between its elements.

    Parameters
    ----------
    decide
        `KEEP`, `DROP`, `DROP_MEMBER` (for every element of a list, if for one) or another value to stand in an
        element's place. A list that loses its elements by `DROP` stays as an empty one.
    outer_list
        Whether the document is a list.
    """
    skeleton = _Skeleton(write)
    write(b"[" if outer_list else b"{")
    for element in elements(file):
        verdict = decide(element)
        if verdict is DROP_MEMBER:
            continue
        if element.place == -1:
            skeleton.member(element, b"[]")
        elif element.place is None:
            if verdict is not DROP:
                skeleton.member(element, _text(element, verdict))
        else:
            skeleton.item(element, None if verdict is DROP else _text(element, verdict))
    skeleton.close()
    write(b"]" if outer_list else b"}")
    write(b"\n")


class _Skeleton:
    """Commas, brackets and names between elements."""

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._write = write
        self._open = self._members = self._items = False

    def member(self, element: Element, text: bytes) -> None:
        self.close()
        self._write((b"," if self._members else b"") + dumped(element.name) + b":" + text)
        self._members = True

    def item(self, element: Element, text: bytes | None) -> None:
        if element.place == 0:
            self.close()
            self._items = False
            if element.name is not None:
                self._write((b"," if self._members else b"") + dumped(element.name) + b":[")
                self._members = self._open = True
        if text is not None:
            self._write((b",\n" if self._items else b"") + text)
            self._items = True

    def close(self) -> None:
        if self._open:
            self._write(b"]")
            self._open = False


def dumped(value: object) -> bytes:
    """Compact JSON in ASCII."""
    return json.dumps(value, separators=(",", ":")).encode()


def _text(element: Element, verdict: object) -> bytes:
    if isinstance(verdict, Raw):
        return verdict.encode("utf-8", "surrogatepass")
    return element.raw.encode("utf-8") if verdict is KEEP else dumped(verdict)
