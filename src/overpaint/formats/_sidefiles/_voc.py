"""XML: one file an image (Pascal VOC, ILSVRC), or one for many (imglab, CVAT for images)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import BinaryIO
from xml.parsers import expat

from ._stream import BLOCK, Reader, Unreadable, View

__all__ = ["feed", "parser_for", "rewrite_images", "voc_names"]

_MOST_READ = 1 << 20  # bytes of a VOC file looked at for its image's name
_MOST_TEXT = 4096
_LONGEST_TOKEN = 16 << 20  # expat holds a tag whole
_MOST_DEPTH = 256


class _Enough(Exception):
    """What was looked for has been found."""


def voc_names(file: BinaryIO) -> list[str]:
    """``folder/filename`` and ``filename`` of a VOC annotation; the file is read no further than that.

    Raises
    ------
    Unreadable
        No XML, or XML that declares entities.
    """
    path: list[str] = []
    said: dict[str, str] = {}

    def start(name: str, _: object) -> None:
        if path == ["annotation"] and name in ("object", "size", "source") and "filename" in said:
            raise _Enough
        path.append(name)

    def end(_: str) -> None:
        path.pop()

    def text(data: str) -> None:
        if len(path) == 2 and path[0] == "annotation" and path[1] in ("folder", "filename"):
            said[path[1]] = (said.get(path[1], "") + data)[:_MOST_TEXT]

    parser = parser_for(start, end)
    parser.CharacterDataHandler = text
    with suppress(_Enough):
        feed(parser, file, most=_MOST_READ)
    name = said.get("filename", "").strip()
    folder = said.get("folder", "").strip()
    return [f"{folder}/{name}", name] if name and folder else [name] if name else []


def rewrite_images(read: Reader, write: Callable[[bytes], object], view: View) -> None:
    """``<image file="…">`` (imglab) and ``<image name="…">`` (CVAT) elements of images without output go.

    All other bytes stay: an element is cut from its ``<`` to its ``>``, with the spaces before it.
    """
    spans: list[tuple[int, int]] = []
    depth = 0
    open_at: tuple[int, int] | None = None
    after: int | None = None  # an element that ended: its span is known when the next thing begins

    def mark() -> None:
        nonlocal after
        if after is not None:
            spans.append((after, parser.CurrentByteIndex))
            after = None

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth, open_at
        mark()
        depth += 1
        if name == "image" and open_at is None:
            names = [attributes[key] for key in ("file", "name") if attributes.get(key)]
            if names:
                view.entries += 1
                if view.fate(names[:1])[0]:
                    view.removed += 1
                    open_at = depth, parser.CurrentByteIndex

    def end(_: str) -> None:
        nonlocal depth, open_at, after
        mark()
        if open_at is not None and depth == open_at[0]:
            after, open_at = open_at[1], None
        depth -= 1

    parser = parser_for(start, end)
    parser.CharacterDataHandler = parser.CommentHandler = lambda _: mark()
    parser.ProcessingInstructionHandler = lambda *_: mark()
    with read() as file:
        feed(parser, file, most=None)
    with read() as file:
        _without(file, spans, write)


def _without(file: BinaryIO, spans: list[tuple[int, int]], write: Callable[[bytes], object]) -> None:
    at = 0
    for begin, end in [*spans, (1 << 62, 1 << 62)]:
        while at < begin and (block := file.read(min(BLOCK, begin - at))):
            write(block)
            at += len(block)
        while at < end and (block := file.read(min(BLOCK, end - at))):
            at += len(block)


def parser_for(start: Callable[[str, dict[str, str]], object], end: Callable[[str], object]) -> expat.XMLParserType:
    """An expat parser that refuses entities, so that nothing is fetched and nothing grows."""
    parser = expat.ParserCreate()
    depth = 0

    def refuse(*_: object) -> None:
        raise Unreadable("XML with entities")

    def started(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _MOST_DEPTH:
            raise Unreadable("nested too deeply")
        start(name, attributes)

    def ended(name: str) -> None:
        nonlocal depth
        depth -= 1
        end(name)

    parser.EntityDeclHandler = parser.ExternalEntityRefHandler = refuse  # type: ignore[assignment]
    parser.StartElementHandler, parser.EndElementHandler = started, ended
    return parser


def feed(parser: expat.XMLParserType, file: BinaryIO, *, most: int | None) -> None:
    fed = 0
    try:
        while block := file.read(BLOCK if most is None else min(BLOCK, most - fed)):
            parser.Parse(block, False)  # noqa: FBT003 - expat takes it by place
            fed += len(block)
            if fed - parser.CurrentByteIndex > _LONGEST_TOKEN:
                raise Unreadable("a tag is too long")
        if fed != most:
            parser.Parse(b"", True)  # noqa: FBT003
    except (expat.ExpatError, ValueError) as error:
        raise Unreadable(f"no XML: {error}") from None
