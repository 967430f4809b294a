"""A file of any codec taken apart: its frames, and every other thing that lies in it, each with its kind."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from overpaint.checks._apng_frames import Patch
from overpaint.checks._exif import Exif, read_exif
from overpaint.checks._gif_frames import Laid

__all__ = ["MOST_FRAMES", "Contents", "Frame", "Kind", "Part", "exif_together"]

MOST_FRAMES = 4096
"""Frames or pages of one file that are looked at; a file with more cannot be verified."""

Kind = Literal[
    "picture",  # coded picture, and what a decoder needs for it
    "exif",  # a block to walk
    "location",
    "maker",
    "text",  # XMP, IPTC, comments, titles
    "technical",  # of the camera or the file, about nobody
    "other",  # unknown, or private to a maker: it may hold anything
    "preview",  # a second picture of the scene
    "animation",  # frames that no decoder shows here
]


@dataclass(frozen=True, slots=True)
class Part:
    """One thing in a file: what it is, what the format calls it, and its bytes."""

    kind: Kind
    name: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of an animation, one page of a document, or the only picture.

    Attributes
    ----------
    width, height
        As the headers say.
    duration
        How long it is shown, in the format's own unit; 0 where it is not timed.
    depth
        Bits of a sample.
    orientation
        EXIF's 1 to 8: how the stored frame is to be turned.
    icc
        The colour profile; empty where there is none.
    palette
        Red, green, blue of each colour that can be shown, where these are all; else empty.
    reduced
        Whether the file says that it is a smaller copy of another page.
    planes
        Files of grey, one for each component, of a page whose components of 16 bits lie apart; else none.
    coded
        A digest of all that makes a page's picture; equal ones decode to equal pixels. Empty where pages share parts.
    """

    width: int
    height: int
    duration: Fraction = Fraction(0)
    depth: int = 8
    orientation: int = 1
    icc: bytes = b""
    palette: bytes = b""
    reduced: bool = False
    planes: tuple[bytes, ...] = ()
    coded: bytes = b""


@dataclass(frozen=True, slots=True)
class Contents:
    """A file taken apart.

    Attributes
    ----------
    codec
        ``apng``, ``gif``, ``webp``, ``bmp``, ``tiff``, ``avif``, ``heic``, ``jxl``, ``jp2``, ``pnm``, ``tga``
        or ``ico``.
    frames
        What is shown, in order.
    parts
        Everything in the file; equal ``picture`` parts decode to equal pixels.
    loops
        How often an animation is shown (0: without end); -1 where the file does not say.
    trailing
        Bytes after the end.
    complete
        Whether the walk came to the end that the format announces.
    lossy
        Whether a frame is coded with loss.
    patches
        Of an animated PNG: what is laid on the canvas for each frame.
    laid
        The same of a GIF.
    """

    codec: str
    frames: tuple[Frame, ...]
    parts: tuple[Part, ...]
    loops: int = -1
    trailing: int = 0
    complete: bool = True
    lossy: bool = False
    patches: tuple[Patch, ...] = ()
    laid: tuple[Laid, ...] = ()

    @property
    def picture(self) -> tuple[tuple[str, bytes], ...]:
        """What makes the picture, by name."""
        return tuple((part.name, part.payload) for part in self.parts if part.kind == "picture")


def exif_together(parts: tuple[Part, ...]) -> Exif:
    """What all EXIF blocks hold together; the orientation is the first one's."""
    found = [read_exif(part.payload) for part in parts if part.kind == "exif"]
    return Exif(
        orientation=found[0].orientation if found else 1,
        location=any(e.location for e in found),
        maker_note=any(e.maker_note for e in found),
        preview=any(e.preview for e in found),
        text=any(e.text for e in found),
        other=any(e.other for e in found),
    )
