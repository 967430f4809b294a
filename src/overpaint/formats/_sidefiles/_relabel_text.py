"""Other labels in plain text: lists of images with or without numbers, YOLO's label files."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from ._lists import Field, is_wider_name, text_of
from ._relabel import Labels, Unsure
from ._stream import BOM, Reader, Rewrite, Unreadable, View, lines

__all__ = ["encoded", "lines_of", "numbers_only", "relabel_list", "relabel_wider", "relabel_yolo"]

_LONGEST_LINE = 1 << 20
_MOST_CLASSES = 1 << 20
_SIGNS = frozenset({"-1", "0", "1"})


def lines_of(read: Reader) -> Iterator[bytes]:
    with read() as file:
        yield from lines(file, _LONGEST_LINE)


def relabel_yolo(labels: Labels, key: str) -> Rewrite:
    """``labels/…/x.txt``: a line a thing, its class number first; lines of classes that go, go."""

    def rewrite(read: Reader, write: Callable[[bytes], object], view: View) -> None:
        numbers: Mapping[int, int | None] | None = None
        for line in lines_of(read):
            word = line.split(None, 1)[0] if line.strip() else b""
            if not word:
                write(line)
                continue
            numbers = labels.numbers_near(key) if numbers is None else numbers
            if not word.isdigit() or len(word) > 9 or int(word) not in numbers:
                raise Unsure("a number that no class has")
            view.entry()
            new = numbers[int(word)]
            if new is None:
                view.removed += 1
                continue
            view.relabelled += new != int(word)
            write(line if new == int(word) else line.replace(word, b"%d" % new, 1))

    return rewrite


def numbers_only(head: bytes) -> bool:
    """Whether a text is nothing but numbers, one a line: labels by position, most likely."""
    told = [line.strip() for line in head.splitlines()[:1000] if line.strip()]
    return len(told) > 1 and all(word.isdigit() for word in told)


def relabel_list(labels: Labels, field: Field, key: str) -> Rewrite:
    """A list that names an image a line; the path follows the image, and a class number behind it its class."""

    def rewrite(read: Reader, write: Callable[[bytes], object], view: View) -> None:
        numbers = _numbers(labels, read, field, key)
        for place, line in enumerate(lines_of(read)):
            text = text_of(line)
            name = field(text)
            if not name or (place == 0 and text.strip().isdigit()):
                write(line)
                continue
            view.entry()
            at = text.rindex(name) if text.endswith(name) else text.index(name)
            front, back = text[:at], text[at + len(name) :]
            told = _rest(front, back)
            if told is not None:
                new = _label(told, numbers, labels)
                if new is None:
                    view.removed += 1
                    continue
                front, back = (front.replace(told, new, 1), back) if front else (front, _last(back, told, new))
            path = labels.follow(name, view)
            after = front + path + back
            view.relabelled += after != text
            mark = BOM if line.startswith(BOM) else b""
            end = line[len(mark + encoded(text)) :]
            write(line if after == text else mark + encoded(after) + end)

    return rewrite


def _rest(front: str, back: str) -> str | None:
    """What one word stands beside a path; None where there is none, or more."""
    words = re.split(r"[\s,]+", (front + " " + back).strip().strip(","))
    return words[0].strip('"') or None if len(words) == 1 else None


def _last(text: str, old: str, new: str) -> str:
    at = text.rindex(old)
    return text[:at] + new + text[at + len(old) :]


def _label(told: str, numbers: Mapping[int, int | None] | None, labels: Labels) -> str | None:
    if told.isdigit() and numbers is not None:
        new = numbers[int(told)]
        return None if new is None else told if new == int(told) else str(new)
    return labels.name(told) if labels.knows(told) else told


def _numbers(labels: Labels, read: Reader, field: Field, key: str) -> Mapping[int, int | None] | None:
    """What becomes of the numbers behind paths; None where there are none, or they are no classes (VOC's -1 and 1).

    They are sure where every path says the label that its number has in the class list near the file or in the
    dataset's own, or where paths say no label and the numbers begin at 0 and fit the list near the file.
    """
    seen: dict[int, set[str | None]] = {}
    signs = False
    for line in lines_of(read):
        text = text_of(line)
        name = field(text)
        at = text.rfind(name) if name else -1
        told = _rest(text[:at], text[at + len(name) :]) if at >= 0 else None
        signs = signs or told == "-1"
        if told is not None and told.isdigit() and len(told) < 10:
            seen.setdefault(int(told), set()).add(labels.label_in(name))
            if len(seen) > _MOST_CLASSES:
                raise Unreadable("too many classes")
    if not seen or (signs and set(map(str, seen)) <= _SIGNS):
        return None
    told_by_path = all(None not in said and len(said) == 1 for said in seen.values())
    pairs = {number: next(iter(said)) or "" for number, said in seen.items()} if told_by_path else None
    names = labels.names_near(key)
    fits = names is not None and 0 in seen and max(seen) < len(names)
    if names is not None and fits and all(names[number] == label for number, label in (pairs or {}).items()):
        return labels.numbers_of(names)
    if pairs is not None and labels.agree(pairs):
        return {number: labels.relabelling.numbers[number] for number in pairs}
    raise Unsure("numbers whose classes cannot be told")


def relabel_wider(labels: Labels) -> Rewrite:
    """WIDER FACE's text: the lines that name images."""

    def rewrite(read: Reader, write: Callable[[bytes], object], view: View) -> None:
        for line in lines_of(read):
            text = text_of(line).strip()
            if not is_wider_name(text, view):
                write(line)
                continue
            view.entry()
            new = labels.follow(text, view)
            view.relabelled += new != text
            write(line if new == text else line.replace(encoded(text), encoded(new), 1))

    return rewrite


def encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
