"""The metadata policy on a JPEG: which segments stay, which are reduced, which go."""

from __future__ import annotations

from dataclasses import dataclass, field

from overpaint.painting._metadata import _exif, _photoshop
from overpaint.painting._metadata._pictures import picture_in, whole_jpeg_at, xmp_shows_picture
from overpaint.painting._metadata._segments import COM, STRAY, Part, Walk, walk
from overpaint.painting._metadata._tiff import byte_order
from overpaint.painting._metadata._words import Policy, Stripped, checked, stripped

__all__ = ["jpeg_orientation", "strip_jpeg"]

_APP0, _APP1, _APP2, _APP11, _APP12, _APP13, _APP14, _APP15 = 0xE0, 0xE1, 0xE2, 0xEB, 0xEC, 0xED, 0xEE, 0xEF
_EXIF = b"Exif\0\0"
_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_XMP_EXTENDED = b"http://ns.adobe.com/xmp/extension/\0"
_ICC = b"ICC_PROFILE\0"

_PICTURE_CARRIERS = (
    (_APP0, b"JFXX\0", "jfxx"),
    (_APP1, _XMP_EXTENDED, "xmp-extended"),
    (_APP1, b"FLIR\0", "flir"),
    (_APP2, b"MPF\0", "mpf"),
    (_APP2, b"FPXR\0", "fpxr"),
    (_APP11, b"JP", "jumbf"),
)
"""Segments that are pictures, or indexes of pictures: none outlives painting, under any policy."""

_MOST = 65533
"""The most bytes a segment can hold."""


def strip_jpeg(data: bytes, *, policy: str, painted: bool) -> Stripped:
    """A JPEG after the metadata policy; its entropy-coded scans are never changed.

    Parameters
    ----------
    data
        The file.
    policy
        ``strip``: what is not needed to show the picture goes. ``keep-safe``: technical EXIF stays. ``keep``:
        everything stays unless the picture was painted.
    painted
        Whether the picture was painted: then every other picture of the scene goes, under any policy.

    Raises
    ------
    DecodeError
        The header cannot be read to the first scan.
    UsageError
        There is no such policy.
    """
    known = checked(policy)
    if known == "keep" and not painted:
        return Stripped(data, ())
    return _Edit(data, walk(data), known).result()


def jpeg_orientation(data: bytes) -> int:
    """The EXIF orientation, 1 to 8; 1 where the file says none.

    Raises
    ------
    DecodeError
        The header cannot be read to the first scan.
    """
    blocks = _exif_blocks(data, walk(data).parts)
    return _exif.orientation(blocks[0][1]) if blocks else 1


@dataclass(slots=True)
class _Edit:
    """One file on its way: what replaces which part, and the names of what went."""

    data: bytes
    walk: Walk
    policy: Policy
    removed: set[str] = field(default_factory=set)
    fresh: dict[int, bytes] = field(default_factory=dict)
    handled: set[int] = field(default_factory=set)

    def result(self) -> Stripped:
        parts = self.walk.parts
        self._edit_exif()
        self._edit_photoshop()
        for index, part in enumerate(parts):
            if index not in self.handled and not _structural(part.marker):
                self._edit_part(index, part)
        if self.walk.end < len(self.data):
            self.removed.add("data-after-eoi")
        if not self.removed:
            return Stripped(self.data, ())
        return stripped(self._joined(), self.removed)

    def _joined(self) -> bytes:
        """The kept runs of the file, each copied once, with the fresh segments between them."""
        view = memoryview(self.data)
        pieces: list[bytes | memoryview] = []
        start = 0
        for index in sorted(self.fresh):
            part = self.walk.parts[index]
            pieces += (view[start : part.start], self.fresh[index])
            start = part.end
        pieces.append(view[start : self.walk.end])
        cut = self.walk.end < len(self.data) or self.fresh.get(len(self.walk.parts) - 1) == b""
        if cut and not self.walk.closed:
            pieces.append(b"\xff\xd9")  # a decoder that looked for more data now stops here, as it did at what was cut
        return b"".join(pieces)

    def _drop(self, index: int, *names: str) -> None:
        self.fresh[index] = b""
        self.removed.update(names)

    def _rewrite(self, index: int, payload: bytes, *names: str) -> None:
        part = self.walk.parts[index]
        if payload == self.data[part.body : part.end]:
            return
        self.fresh[index] = _segment(part.marker, payload) if payload else b""
        self.removed.update(names)

    def _edit_part(self, index: int, part: Part) -> None:
        marker, body = part.marker, part.body
        payload = self.data[body : part.end]
        if marker == STRAY:
            self._drop(index, "stray-bytes")
        elif marker == _APP0 and payload[:5] == b"JFIF\0" and len(payload) >= 14:
            name = "jfif-thumbnail" if payload[12] and payload[13] else "stray-bytes"
            self._rewrite(index, payload[:12] + b"\0\0", name)
        elif marker == _APP2 and payload[:12] == _ICC:
            self._edit_profile(index, payload)
        elif marker == _APP14 and payload[:5] == b"Adobe" and len(payload) >= 12:
            self._rewrite(index, payload[:12], "stray-bytes")
        elif name := next((n for m, prefix, n in _PICTURE_CARRIERS if m == marker and payload.startswith(prefix)), ""):
            self._drop(index, name)
        elif marker == _APP1 and payload.startswith(_XMP):
            picture = xmp_shows_picture(payload)
            if picture or self.policy != "keep":
                self._drop(index, *(("xmp", "xmp-image") if picture else ("xmp",)))
        else:
            self._edit_other(index, marker, payload)

    def _edit_other(self, index: int, marker: int, payload: bytes) -> None:
        """A comment, or a segment of a maker not known here, which may hold a picture of the scene in its own form."""
        picture = picture_in(payload)
        readable = marker == COM or (marker == _APP12 and payload.startswith(b"Ducky"))
        if self.policy != "keep" or picture or not readable:
            name = "comment" if marker == COM else "vendor-segment"
            self._drop(index, *((name, picture) if picture else (name,)))

    def _edit_profile(self, index: int, payload: bytes) -> None:
        """A colour profile stays; a whole JPEG hidden in one is overwritten where it lies."""
        at = payload.find(b"\xff\xd8\xff")
        while at >= 0:
            if whole_jpeg_at(payload, at):
                self._rewrite(index, payload[:at] + bytes(len(payload) - at), "nested-jpeg")
                return
            at = payload.find(b"\xff\xd8\xff", at + 1)

    def _edit_exif(self) -> None:
        """The first block tells the orientation; readers disagree about further ones, and only `keep` keeps them."""
        for number, (indexes, block) in enumerate(_exif_blocks(self.data, self.walk.parts)):
            if self.policy == "keep":
                fresh, names = _exif.without_pictures(block)
            elif number:
                fresh, names = b"", _exif.contents(block)
            elif self.policy == "strip":
                fresh, names = _exif.minimal(block), _exif.contents(block)
            else:
                fresh, names = _exif.technical(block)
            self._spread(indexes, _EXIF, block, fresh, names)

    def _edit_photoshop(self) -> None:
        indexes = [i for i, p in enumerate(self.walk.parts) if _starts(self.data, p, _APP13, _photoshop.SIGNATURE)]
        if not indexes:
            return
        block = b"".join(self._payload(index, _photoshop.SIGNATURE) for index in indexes)
        if self.policy == "keep":
            fresh, names = _photoshop.without_pictures(block)
        else:
            fresh, names = b"", _photoshop.contents(block)
        self._spread(indexes, _photoshop.SIGNATURE, block, fresh, names)

    def _payload(self, index: int, head: bytes) -> bytes:
        part = self.walk.parts[index]
        return self.data[part.body + len(head) : part.end]

    def _spread(self, indexes: list[int], head: bytes, block: bytes, fresh: bytes, names: set[str]) -> None:
        """Write a block back over the segments it came from, each as long as it was where the block is."""
        self.handled.update(indexes)
        if fresh == block and (block or not names):
            return
        same, at = len(fresh) == len(block), 0
        for index in indexes:
            room = len(self._payload(index, head)) if same else _MOST - len(head)
            share = fresh[at : at + room]
            at += room
            self._rewrite(index, head + share if share or (same and block) else b"", *names)
        self.removed.update(names)


def _structural(marker: int) -> bool:
    """Scans and what a decoder needs to read them: everything but application segments, comments and stray bytes."""
    return marker not in {COM, STRAY} and not _APP0 <= marker <= _APP15


def _segment(marker: int, payload: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(payload) + 2).to_bytes(2, "big") + payload


def _starts(data: bytes, part: Part, marker: int, prefix: bytes) -> bool:
    return part.marker == marker and data.startswith(prefix, part.body, part.end)


def _exif_blocks(data: bytes, parts: list[Part]) -> list[tuple[list[int], bytes]]:
    """Each EXIF block with the segments it lies in; one without a TIFF header of its own goes on with the last."""
    blocks: list[tuple[list[int], list[bytes]]] = []
    for index, part in enumerate(parts):
        if not _starts(data, part, _APP1, _EXIF):
            continue
        block = data[part.body + len(_EXIF) : part.end]
        if blocks and byte_order(block) is None:
            blocks[-1][0].append(index)
            blocks[-1][1].append(block)
        else:
            blocks.append(([index], [block]))
    return [(indexes, b"".join(pieces)) for indexes, pieces in blocks]
