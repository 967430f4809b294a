"""The search for names: what is read, who says it, and what is kept of it."""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from overpaint.detectors._file_view import FileView, Told
from overpaint.detectors._names._carriers import carried
from overpaint.detectors._names._iptc import CAPTIONS, MAKERS, datasets
from overpaint.detectors._names._mail import addresses, addresses_in_key
from overpaint.detectors._names._place import placed
from overpaint.detectors._names._xml import Node, Unreadable, parse
from overpaint.detectors._names._xmp import people, texts
from overpaint.detectors._protocol import Detection, Fault, Seen
from overpaint.detectors._view import LookOptions
from overpaint.detectors._words._plain import folded
from overpaint.records import Box

__all__ = ["NamesInFiles", "open_names"]

_VERSION: Final = "1"
_REGIONS, _PEOPLE, _MAKERS, _ADDRESSES = (
    Told(name, _VERSION) for name in ("name-regions", "name-lists", "name-makers", "name-addresses")
)
_MADE_IT: Final = 0.5
"""Of those who made a picture: they are named, but need not be in it."""
_SAME: Final = 0.3  # IoU from which two boxes with one name are of one person
_MOST: Final = 500


@dataclass(frozen=True, slots=True)
class _Found:
    told: Told
    kind: str
    text: str
    score: float = 1.0
    box: Box | None = None


class NamesInFiles:
    """Reads who is named in a file's metadata, and which e-mail addresses stand in its name and captions.

    Parameters
    ----------
    options
        ``keep_text`` and ``secret`` say what is kept of a name.
    """

    name = "names"
    kinds = ("name-caption", "name-iptc", "name-key", "name-xmp")
    detectors = (_REGIONS, _PEOPLE, _MAKERS, _ADDRESSES)

    def __init__(self, options: LookOptions) -> None:
        self._secret, self._keep = options.secret, options.keep_text

    def read(self, file: FileView) -> Sequence[Seen]:
        """Every name once: with its box where a region tells one, by falling score.

        What cannot be read is told in ``file.faults``; more than 500 names are not kept.
        """
        found = dict[tuple[str, str, str, Box | None], _Found]()
        for one in _all(file):
            if len(found) >= _MOST:
                file.faults.append(Fault(self.name, f"found more than {_MOST} names; the rest were left out"))
                break
            normal = folded(one.text)
            if normal:
                found.setdefault((one.told.name, one.kind, normal, one.box), one)
        seen = list[Seen]()
        for number, members in enumerate(_subjects(found)):
            confidence = max(one.score for one, _ in members)
            for one, normal in members:
                detection = Detection(one.kind, one.score, one.box, self._kept(one.text, normal))
                seen.append(Seen(detection, one.told.name, one.told.version, one.told.weights, number, confidence))
        return seen

    def _kept(self, text: str, normal: str) -> str:
        if self._keep:
            return " ".join(text.split())
        return hmac.digest(self._secret, normal.encode("utf-8", "surrogateescape"), "sha256").hex()[:32]


def open_names(options: LookOptions) -> NamesInFiles:
    """Open the search for names; it needs no model."""
    return NamesInFiles(options)


def _all(file: FileView) -> Iterator[_Found]:
    held = carried(file.data)
    for packet, first_page in held.xmp.items():
        try:
            yield from _of_xmp(parse(packet), file, first_page=first_page)
        except Unreadable as error:
            file.faults.append(Fault(NamesInFiles.name, f"could not read the file's XMP: {error}"))
    for block in held.iim:
        yield from _of_iptc(block)
    for text in (*held.comments, *file.texts.values()):
        yield from (_Found(_ADDRESSES, "name-caption", found) for found in addresses(text))
    yield from (_Found(_ADDRESSES, "name-key", found) for found in addresses_in_key(file.key))


def _of_xmp(root: Node, file: FileView, *, first_page: bool) -> Iterator[_Found]:
    for person in people(root):
        if person.maker:
            yield _Found(_MAKERS, person.kind, person.name, _MADE_IT)
        elif person.area is None or not (file.width and file.height and first_page):
            yield _Found(_PEOPLE, person.kind, person.name)
        else:
            box = placed(person.area, width=file.width, height=file.height, orientation=file.orientation)
            yield _Found(_REGIONS, person.kind, person.name, box=box)
    for kind, text in texts(root):
        yield from (_Found(_ADDRESSES, kind, found) for found in addresses(text))


def _of_iptc(block: bytes) -> Iterator[_Found]:
    for number, text in datasets(block):
        if number in MAKERS:
            yield _Found(_MAKERS, "name-iptc", text, _MADE_IT)
        kind = "name-caption" if number in CAPTIONS else "name-iptc"
        yield from (_Found(_ADDRESSES, kind, found) for found in addresses(text))


def _subjects(found: dict[tuple[str, str, str, Box | None], _Found]) -> list[list[tuple[_Found, str]]]:
    """Findings of one kind and name, whose boxes lie on one another or that have none, are of one person."""
    subjects = dict[tuple[str, str], list[list[tuple[_Found, str]]]]()
    for (_, kind, normal, box), one in found.items():
        mine = subjects.setdefault((kind, normal), [])
        home = next((members for members in mine if _one_person(members, box)), None)
        if home is None:
            mine.append([(one, normal)])
        else:
            home.append((one, normal))
    every = [members for group in subjects.values() for members in group]
    return sorted(every, key=lambda members: -max(one.score for one, _ in members))


def _one_person(members: list[tuple[_Found, str]], box: Box | None) -> bool:
    boxes = [one.box for one, _ in members if one.box is not None]
    return box is None or not boxes or any(box.iou(other) >= _SAME for other in boxes)
