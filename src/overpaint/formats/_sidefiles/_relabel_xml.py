"""Other labels in XML of one image: Pascal VOC, ILSVRC. All bytes stay but those of names and of objects that go."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from ._relabel import Labels
from ._stream import Reader, Rewrite, Unreadable, View
from ._voc import feed, parser_for

__all__ = ["relabel_voc", "voc_objects"]

_MOST = 16 << 20  # bytes of an annotation
_MOST_EDITS = 1 << 20
_PLACES = {
    ("annotation", "folder"): "folder",
    ("annotation", "filename"): "file",
    ("annotation", "path"): "path",
    ("annotation", "object", "name"): "name",
}


def voc_objects(read: Reader) -> list[str]:
    """The names of an annotation's objects.

    Raises
    ------
    Unreadable
        No XML, or XML that declares entities.
    """
    found = _Found()
    with read() as file:
        _look(found, file)
    return [text.strip() for kind, _, _, text in found.texts if kind == "name" and text.strip()]


def relabel_voc(labels: Labels) -> Rewrite:
    """``<object><name>``, the object with it where its label goes; ``<folder>``, ``<filename>`` and ``<path>``."""

    def rewrite(read: Reader, write: Callable[[bytes], object], view: View) -> None:
        with read() as file:
            data = file.read(_MOST + 1)
        if len(data) > _MOST or b"\0" in data or b"<![CDATA[" in data:
            raise Unreadable("an annotation of more than 16 MiB, of two bytes a letter, or with CDATA")
        found = _Found()
        with read() as file:
            _look(found, file)
        at = 0
        for begin, end, new in sorted(_edits(found, data, labels, view)):
            if begin >= at:  # what lies in an object that goes has gone
                write(data[at:begin] + new)
                at = end
        write(data[at:])

    return rewrite


@dataclass
class _Found:
    """Spans of texts with the kind of each, and of objects."""

    texts: list[tuple[str, int, int, str]] = field(default_factory=list)  # kind, span, text
    objects: list[tuple[int, int]] = field(default_factory=list)


def _edits(found: _Found, data: bytes, labels: Labels, view: View) -> list[tuple[int, int, bytes]]:
    edits: list[tuple[int, int, bytes]] = []
    told = {kind: text.strip() for kind, _, _, text in found.texts}
    for kind, begin, end, text in found.texts:
        word = text.strip()
        if not word:
            continue
        if kind == "name":
            view.entry()
            told_name = labels.name(word)
            if told_name is None:
                start, stop = found.objects[bisect_right(found.objects, (begin, begin)) - 1]
                while data[start - 1 : start].isspace():
                    start -= 1
                view.removed += 1
                edits.append((start, stop, b""))
                continue
            new = told_name
        elif kind == "folder":
            new = (labels.relabelling.names.get(word, word) if labels.relabelling.by_path else word) or ""
        elif kind == "file":
            folder = told.get("folder", "")
            way = f"{folder}/{word}" if folder else word
            new = labels.follow(way, view).rpartition("/")[2]
        else:
            new = labels.follow(word, view)
        if new != word:
            view.relabelled += 1
            edits.append((begin, end, escape(text.replace(word, new)).encode("ascii", "xmlcharrefreplace")))
    return edits


def _look(found: _Found, file: object) -> None:
    path: list[str] = []
    open_at: list[int] = []
    parts: list[str] = []
    begin = -1

    def start(name: str, _: object) -> None:
        nonlocal begin
        close(parser.CurrentByteIndex)
        path.append(name)
        open_at.append(parser.CurrentByteIndex)
        parts.clear()
        begin = -1

    def close(at: int) -> None:
        """An object that ended is known to its last byte when the next thing begins."""
        if pending:
            found.objects.append((pending.pop(), at))

    pending: list[int] = []

    def end(_: str) -> None:
        nonlocal begin
        close(parser.CurrentByteIndex)
        if begin >= 0 and (kind := _PLACES.get(tuple(path))) is not None:
            if len(found.texts) >= _MOST_EDITS:
                raise Unreadable("too many objects")
            found.texts.append((kind, begin, parser.CurrentByteIndex, "".join(parts)))
        begin = -1
        if path == ["annotation", "object"]:
            pending.append(open_at[-1])
        path.pop()
        open_at.pop()

    def text(data: str) -> None:
        nonlocal begin
        close(parser.CurrentByteIndex)
        if tuple(path) in _PLACES:
            if begin < 0:
                begin = parser.CurrentByteIndex
            parts.append(data)

    def other(*_: object) -> None:
        close(parser.CurrentByteIndex)

    parser = parser_for(start, end)
    parser.CharacterDataHandler = text
    parser.CommentHandler = parser.ProcessingInstructionHandler = other
    feed(parser, file, most=None)  # type: ignore[arg-type]
