"""What rides along in a file of any codec, judged by the kinds that its walk gave to its parts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from overpaint.checks._contents import Contents, Kind, Part, exif_together
from overpaint.checks._riders import XMP_PICTURES, Policy
from overpaint.checks._verdict import Problem

__all__ = ["carried"]

_REASONS: Final[dict[Kind, str]] = {
    "location": "location-left",
    "maker": "maker-note-left",
    "text": "text-left",
    "technical": "metadata-left",
    "other": "metadata-left",
}
_PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"ftypheic", b"ftypavif", b"WEBPVP8")


def carried(contents: Contents, *, policy: Policy, faces: bool) -> Iterator[Problem]:
    """What is in a written file against the policy; the words are those of `riders`."""
    if policy == "keep" and not faces:
        return
    if contents.trailing:
        yield Problem("trailing-data", f"{contents.trailing} bytes after the end of the image")
    exif = exif_together(contents.parts)
    if exif.preview:
        yield Problem("preview-left", "a picture in EXIF")
    for part in contents.parts:
        problem = _part(part, policy)
        if problem:
            yield problem
    if policy == "keep":
        return
    if exif.location:
        yield Problem("location-left", "GPS tags in EXIF")
    if exif.maker_note:
        yield Problem("maker-note-left", "MakerNote in EXIF")
    if exif.text:
        yield Problem("text-left", "words in EXIF")
    if policy == "strip" and exif.other:
        yield Problem("metadata-left", "EXIF tags beside the orientation")


def _part(part: Part, policy: Policy) -> Problem | None:
    if part.kind in {"picture", "exif"}:
        return None
    if part.kind == "animation":
        return Problem("animation-left", part.name)
    if part.kind == "preview" or any(mark in part.payload for mark in (*_PICTURES, *XMP_PICTURES)):
        return Problem("preview-left", part.name)
    if policy == "keep" or (policy == "keep-safe" and part.kind == "technical"):
        return None
    return Problem(_REASONS[part.kind], part.name)
