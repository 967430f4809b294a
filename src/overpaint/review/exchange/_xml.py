"""XML read one element at a time, by a parser that lets nothing grow: no definitions, no depth, no endless tag."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import BinaryIO
from xml.etree.ElementTree import Element
from xml.parsers import expat

from overpaint.review.exchange._model import Left

__all__ = ["XmlStream"]

_BLOCK = 64 << 10
_LONGEST_TAG = 1 << 20
_LONGEST_TEXT = 64 << 10
_MOST_DEPTH = 32
_MOST_NODES = 50_000  # below one child of the root


class XmlStream:
    """The children of a document's root, each as a small tree.

    Parameters
    ----------
    file
        Opened for bytes.
    block
        So many are read at once.

    Raises
    ------
    Left
        ``unreadable``, from `root` and `children`: no XML, or XML that defines things, nests beyond 32 levels, has a
        tag of more than a megabyte or an entry of more than 50,000 elements.
    """

    def __init__(self, file: BinaryIO, *, block: int = _BLOCK) -> None:
        self._file, self._block = file, block
        self._path: list[Element] = []
        self._nodes = self._letters = self._fed = 0
        self._done: deque[Element] = deque()
        self._root: Element | None = None
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._parser.StartDoctypeDeclHandler = self._refuse
        self._parser.EntityDeclHandler = self._refuse
        self._parser.ExternalEntityRefHandler = self._refuse  # type: ignore[assignment]

    def root(self) -> Element:
        """The root element by itself, with its attributes; reads no further than needed."""
        while self._root is None and self._feed():
            pass
        if self._root is None:
            raise Left("unreadable", "no XML: it holds no element")
        return self._root

    def children(self) -> Iterator[Element]:
        """The root's children in order; each is complete, and forgotten once the next is asked for."""
        while True:
            while self._done:
                yield self._done.popleft()
            if not self._feed():
                yield from self._done
                return

    def _feed(self) -> bool:
        block = self._file.read(self._block)
        try:
            self._parser.Parse(block, not block)
        except (expat.ExpatError, ValueError, LookupError) as error:
            raise Left("unreadable", f"no XML from here on: {error}"[:120]) from None
        self._fed += len(block)
        if self._fed - max(0, self._parser.CurrentByteIndex) > _LONGEST_TAG and block:
            raise Left("unreadable", "a tag or text is longer than a megabyte")
        return bool(block)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        element = Element(name, attributes)
        if self._root is None:
            self._root = element
        if len(self._path) > 1:
            self._path[-1].append(element)
        self._path.append(element)
        self._nodes += 1
        if len(self._path) > _MOST_DEPTH or self._nodes > _MOST_NODES:
            raise Left("unreadable", "it is nested too deeply, or an entry is too large; export fewer pictures at once")

    def _end(self, _: str) -> None:
        element = self._path.pop()
        if len(self._path) == 1:
            self._done.append(element)
            self._nodes = self._letters = 0

    def _text(self, text: str) -> None:
        self._letters += len(text)
        if len(self._path) > 1 and self._letters <= _LONGEST_TEXT:
            self._path[-1].text = (self._path[-1].text or "") + text

    def _refuse(self, *_: object) -> None:
        raise Left("unreadable", "its XML defines things, which annotations do not; export it anew")
