"""XML as a tree, bounded, without a document type: no entities of its own, nothing from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from xml.parsers import expat  # a document type is refused below before anything in it is read

__all__ = ["MOST_BYTES", "Node", "Unreadable", "parse"]

MOST_BYTES: Final = 16 << 20
"""Of one document; XMP has a few thousand, a few hundred thousand where pictures are packed into it."""
_DEPTH: Final = 100
_NODES: Final = 200_000
_TEXT: Final = 1 << 20  # characters of one element; what follows is left out
_NOTHING: Final = expat.errors.codes[expat.errors.XML_ERROR_NO_ELEMENTS]
_FORBIDDEN: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML may not hold and writers put there nevertheless."""
_REFERENCE: Final = re.compile("&#(?:x0*(?:[0-8bcef]|1[0-9a-f])|0*(?:[0-8]|1[124-9]|2[0-9]|3[01]));", re.IGNORECASE)


class Unreadable(Exception):
    """The text is no XML that is read here; the message is one sentence without anything of the text."""


class Node:
    """An element: its name and those of its attributes are ``namespace local`` with a blank between them."""

    __slots__ = ("attributes", "children", "name", "text")

    def __init__(self, name: str, attributes: dict[str, str] | None = None, text: str = "") -> None:
        self.name = name
        self.attributes = attributes or {}
        self.children: list[Node] = []
        self.text = text

    def walk(self) -> Iterator[Node]:
        """The element and all inside, in the order of the text."""
        todo = [self]
        while todo:
            node = todo.pop()
            yield node
            todo += reversed(node.children)


def parse(data: bytes) -> Node:
    """The root element, nameless where there is none; what stands behind it is not read.

    Raises
    ------
    Unreadable
        It is no well-formed XML, has a document type, or is too large or too deep.
    """
    if len(data) > MOST_BYTES:
        raise Unreadable("it is too large")
    return _Builder().built(_text_of(data))


def _text_of(data: bytes) -> str:
    """UTF-8, -16 or -32 by the first bytes (XML 1.0, appendix F), without characters that XML does not allow."""
    codec = next((codec for start, codec in _CODECS if data.startswith(start)), "utf-8")
    try:
        text = data.decode(codec)
    except UnicodeDecodeError:
        text = data.decode("cp1252" if codec == "utf-8" else codec, "replace")
    return _REFERENCE.sub(" ", _FORBIDDEN.sub(" ", text.lstrip("\ufeff\0 \t\r\n")))


_CODECS: Final = (
    (b"\xff\xfe\0\0", "utf-32"), (b"\0\0\xfe\xff", "utf-32"), (b"<\0\0\0", "utf-32-le"), (b"\0\0\0<", "utf-32-be"),
    (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"),
)  # fmt: skip


class _Builder:
    """Puts together what the parser reports."""

    def __init__(self) -> None:
        self.root: Node | None = None
        self._open: list[Node] = []
        self._count = 0

    def built(self, text: str) -> Node:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = self._begin
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.StartDoctypeDeclHandler = self._doctype
        try:
            parser.Parse(text, True)  # noqa: FBT003 - its only form
        except expat.ExpatError as error:
            if self._open or (self.root is None and error.code != _NOTHING):
                raise Unreadable("it is not well-formed") from error
        return self.root or Node("")

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1 + len(attributes)
        if self._count > _NODES or len(self._open) >= _DEPTH:
            raise Unreadable("it has too many or too deep elements")
        node = Node(name, attributes)
        if self._open:
            self._open[-1].children.append(node)
        else:
            self.root = node
        self._open.append(node)

    def _end(self, _: str) -> None:
        self._open.pop()

    def _characters(self, text: str) -> None:
        if self._open and len(self._open[-1].text) < _TEXT:
            self._open[-1].text += text

    def _doctype(self, *_: object) -> None:
        raise Unreadable("it has a document type")
