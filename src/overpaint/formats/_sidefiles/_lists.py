"""Lists of text that name an image a line: splits, labels by name, WIDER's boxes; and labels by position."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator

from ._names import image_like
from ._stream import BOM, Reader, Unreadable, View, lines

__all__ = ["Field", "is_wider", "is_wider_name", "list_field", "positional", "rewrite_list", "rewrite_wider", "text_of"]

_LONGEST_LINE = 1 << 20
_MOST_LINES = 1000
_SHARE = 0.9
_MOST_BOXES = 100_000
_TOKENS = 3  # words a line of a positional file has at most
Field = Callable[[str], str]


def _first(line: str) -> str:
    return (line.split(None, 1) or [""])[0]


def _last(line: str) -> str:
    return (line.rsplit(None, 1) or [""])[-1]


def _before_last(line: str) -> str:
    return (line.rsplit(None, 1) or [""])[0]


def _numbered(line: str) -> str:
    return _first(line).partition("#")[0]  # x.jpg#2 of Flickr's captions


def _comma(line: str) -> str:
    return line.split(",", 1)[0].strip().strip('"')


def _last_comma(line: str) -> str:
    return line.rsplit(",", 1)[-1].strip().strip('"')


def _whole(line: str) -> str:
    return line.strip()


_FIELDS: tuple[Field, ...] = (_whole, _first, _before_last, _numbered, _comma, _last, _last_comma)


def list_field(head: bytes, view: View, *, digits: bool = True) -> Field | None:
    """Where the lines of a text name an image: whole, their first or their last field; None where they do not.

    They do if nine in ten of the first lines name a sample, or a path that ends as images do. Numbers alone look like
    the stems of ``1.jpg``, ``2.jpg`` … and may be numbers of classes: they count with `digits` and in some forms only.
    """
    texts = [text_of(line) for line in _head_lines(head) if line.strip()]
    if not texts:
        return None
    best: tuple[int, int] = 0, 0
    found: Field | None = None
    for field in _FIELDS:
        names = [field(text) for text in texts]
        if _numbers_only(names) and (not digits or not _stems(names, whole=field is _whole)):
            continue
        known = [view.samples.known(name, near=view.folder) for name in names]
        named = sum(yes or image_like(name) for yes, name in zip(known, names, strict=True))
        if named >= _SHARE * len(names) and (sum(known), named) > best:
            best, found = (sum(known), named), field
    return found


def _numbers_only(names: list[str]) -> bool:
    return sum(name.isdigit() for name in names) > (1 - _SHARE) * len(names)


def _stems(names: list[str], *, whole: bool) -> bool:
    """Whether numbers may be stems and no classes: of one length, with zeros before them; or alone, each another."""
    padded = len(set(map(len, names))) == 1 and len(names[0]) > 2 and any(name.startswith("0") for name in names)
    return padded or (whole and len(set(names)) == len(names))


def rewrite_list(field: Field) -> Callable[[Reader, Callable[[bytes], object], View], None]:
    """Lines that name an image without output go; the others keep their bytes.

    A first line that is the number of images (CelebA) becomes the number that is left.
    """

    def rewrite(read: Reader, write: Callable[[bytes], object], view: View) -> None:
        announced = _announced(read, field, view)
        with read() as file:
            for number, line in enumerate(lines(file, _LONGEST_LINE)):
                name = field(text_of(line))
                if number == 0 and announced is not None:
                    write(line.replace(b"%d" % announced[0], b"%d" % announced[1]))
                    continue
                view.entries += bool(name)
                if name and view.fate([name])[0]:
                    view.removed += 1
                    if number == 0 and line.startswith(BOM):
                        write(BOM)
                else:
                    write(line)

    return rewrite


def _announced(read: Reader, field: Field, view: View) -> tuple[int, int] | None:
    """The number in the first line and what it becomes, where it is the number of lines that name an image."""
    samples, folder = view.samples, view.folder
    with read() as file:
        rest = lines(file, _LONGEST_LINE)
        first = text_of(next(rest, b"")).strip()
        if not first.isdigit() or len(first) > 12:
            return None
        named = left = 0
        for line in rest:
            name = field(text_of(line))
            if image_like(name) or samples.known(name, near=folder):
                named += 1
                left += not samples.gone(name, near=folder)
    return (named, left) if int(first) == named and str(named) == first else None


def is_wider(head: bytes, view: View) -> bool:
    """Whether a text has WIDER FACE's form: a name, a number, and so many lines of numbers."""
    first = [text_of(line).strip() for line in _head_lines(head)[:3]]
    if len(first) < 3 or not first[1].isdigit():
        return False
    return is_wider_name(first[0], view) and len(_numbers(first[2])) >= 4


def is_wider_name(text: str, view: View) -> bool:
    """Whether a line of such a text names an image."""
    return image_like(text) or view.samples.known(text, near=view.folder)


def rewrite_wider(read: Reader, write: Callable[[bytes], object], view: View) -> None:
    """Blocks of images without output go. A count of 0 is followed by one line of zeros, or by none."""
    with read() as file:
        rest = lines(file, _LONGEST_LINE)
        line = next(rest, None)
        while line is not None:
            if not line.strip():
                write(line)
                line = next(rest, None)
                continue
            count = next(rest, b"")
            if not count.strip().isdigit() or int(count[:9]) > _MOST_BOXES:
                raise Unreadable("a number of boxes is expected")
            boxes, following = _boxes(rest, int(count))
            view.entries += 1
            if view.fate([text_of(line).strip()])[0]:
                view.removed += 1
            else:
                write(b"".join([line, count, *boxes]))
            line = following


def positional(read: Reader, head: bytes, view: View) -> bool:
    """Whether line N may be about the N-th image, and an image is gone whose line cannot be told.

    The lines are as many as all samples, or as many as the samples below one folder and some of them are the same
    (so that it is no list of classes).
    """
    texts = [text_of(line) for line in _head_lines(head) if line.strip()]
    if not texts or not view.samples.removed or max(len(text.split()) for text in texts) > _TOKENS:
        return False
    with read() as file:
        number = sum(1 for line in lines(file, _LONGEST_LINE) if line.strip())
    hit = {folder for folder, lost in view.samples.counted(number) if lost}
    return "" in hit or (bool(hit) and _repeats(read))


def _repeats(read: Reader) -> bool:
    seen: set[bytes] = set()
    with read() as file:
        for line in lines(file, _LONGEST_LINE):
            digest = hashlib.blake2b(line.strip(), digest_size=8).digest()
            if line.strip() and digest in seen:
                return True
            seen.add(digest)
    return False


def _boxes(rest: Iterator[bytes], count: int) -> tuple[list[bytes], bytes | None]:
    boxes = []
    for _ in range(count):
        boxes.append(next(rest, b""))
        if len(_numbers(text_of(boxes[-1]))) < 4:
            raise Unreadable("a line of box numbers is expected")
    following = next(rest, None)
    if count == 0 and following is not None and len(_numbers(text_of(following))) >= 4:
        boxes.append(following)
        following = next(rest, None)
    return boxes, following


def _numbers(text: str) -> list[str]:
    words = text.split()
    return words if all(word.lstrip("-").replace(".", "", 1).isdigit() for word in words) else []


def _head_lines(head: bytes) -> list[bytes]:
    """The first whole lines of a text."""
    whole, end, cut = head.rpartition(b"\n")
    return (whole + end or cut).splitlines(keepends=True)[:_MOST_LINES]


def text_of(line: bytes) -> str:
    return os.fsdecode(line.removeprefix(BOM).rstrip(b"\r\n"))
