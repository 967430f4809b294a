"""What `sniff` says of some bytes."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Sniffed", "size_of"]


@dataclass(frozen=True, slots=True)
class Sniffed:
    """What the first bytes and the headers of a file say; None where they do not.

    Parameters
    ----------
    codec
        ``jpeg``, ``png``, ``gif``, ``webp``, ``bmp``, ``tiff``, ``avif``, ``heic``, ``jxl``,
        ``pnm``, ``tga``, ``jp2``, ``ico``, or ``other``: an image of a kind that is not handled;
        None: no image known here.
    width, height
        Pixels of the stored (unrotated) frame; both or none.
    orientation
        EXIF orientation, 1 to 8; 1 where none is stated or what is stated is broken.
    animated
        The file holds more than one picture: frames, pages or an alternative default image.
    frames
        How many, where that is cheap to tell; a hint that the file makes about itself.
    bits, channels
        Bits a sample and samples a pixel as stored (a palette index is one sample).
    """

    codec: str | None = None
    width: int | None = None
    height: int | None = None
    orientation: int = 1
    animated: bool = False
    frames: int | None = None
    bits: int | None = None
    channels: int | None = None


def size_of(width: int, height: int) -> tuple[int, int] | tuple[None, None]:
    """Both sides where both are possible, else neither."""
    return (width, height) if 0 < width < 2**31 and 0 < height < 2**31 else (None, None)
