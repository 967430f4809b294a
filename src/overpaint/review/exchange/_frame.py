"""Boxes between the stored frame and the picture as a tool shows it, and which of the two a file means."""

from __future__ import annotations

from typing import Literal, Protocol

from overpaint.errors import SampleError
from overpaint.formats import GivenBox
from overpaint.records import Box
from overpaint.review.exchange._model import Left, Pictured

__all__ = ["Frame", "is_upright", "shown_size", "to_shown", "to_stored"]

Frame = Literal["stored", "upright"]


class Framed(Protocol):
    """Anything with a stored frame."""

    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    @property
    def orientation(self) -> int: ...


_BACK = {6: 8, 8: 6}  # a quarter turn is undone by the other one; all else by itself


def shown_size(width: int, height: int, orientation: int) -> tuple[int, int]:
    """Width and height of the picture turned as its EXIF orientation says."""
    return (height, width) if orientation >= 5 else (width, height)


def to_shown(of: Framed, box: Box) -> Box:
    """A box of the stored frame in the picture turned as EXIF says; it lies inside the frame and has an area."""
    if of.orientation == 1:
        return box
    wide, tall = shown_size(of.width, of.height, of.orientation)
    back = _BACK.get(of.orientation, of.orientation)
    return GivenBox(box, upright=True).to_stored(wide, tall, back)


def to_stored(picture: Pictured, box: Box, *, upright: bool) -> Box:
    """A box of a file in pixels of the stored frame, clipped to it; `Left` where nothing of it is in the picture."""
    try:
        return GivenBox(box, upright=upright).to_stored(picture.width, picture.height, picture.orientation)
    except SampleError:
        raise Left("box-outside", "a box has no part in the picture; delete it there") from None


def is_upright(picture: Pictured, stated: tuple[int, int] | None, *, said: Frame | None, usual: Frame | None) -> bool:
    """Whether a file's numbers are about the picture as it is seen.

    Parameters
    ----------
    stated
        Width and height of the picture that the file is about; None where it does not say.
    said
        What the caller says, or the file itself. It decides.
    usual
        What the tool that wrote the file does where nobody says; a size that is stated decides before it, for it tells
        quarter turns of pictures that are not square. None where nothing is known of the tool.

    Raises
    ------
    Left
        ``size-differs``, or ``frame-not-known`` where it cannot be told.
    """
    stored = picture.width, picture.height
    shown = shown_size(*stored, picture.orientation)
    if stated is not None and stated not in (stored, shown):
        words = f"made on {stated[0]}x{stated[1]} pixels, the picture has {shown[0]}x{shown[1]}"
        raise Left("size-differs", f"{words}; give the tool the same pictures")
    if picture.orientation == 1:
        return False
    if said is None and stated is not None and stored != shown:
        return stated == shown
    if (frame := said or usual) is None:
        words = "the picture is turned by EXIF and the file does not tell whether its boxes are"
        raise Left("frame-not-known", f"{words}; say frame='stored' or frame='upright'")
    return frame == "upright"
