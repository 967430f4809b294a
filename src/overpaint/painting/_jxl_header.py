"""The beginning of a JPEG XL codestream (ISO/IEC 18181-1, annexes C and D): its size and how its samples are coded."""

from __future__ import annotations

from typing import NamedTuple

from overpaint.errors import DecodeError

__all__ = ["JxlHeader", "read_jxl_header"]

_ENUM = ((0, 0), (1, 0), (2, 4), (18, 6))
_RGB, _GREY, _D65, _BT709, _SRGB = 0, 1, 1, 1, 13
_RATIOS = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))


class JxlHeader(NamedTuple):
    """What the header says; ``extra`` counts channels beside the colours.

    ``width`` and ``height`` are as coded; decoders turn the picture by ``orientation`` (EXIF's 1 to 8).
    ``colours`` is ``srgb`` (also its grey), ``icc`` where a profile follows, ``other`` for all that is told by numbers.
    """

    width: int
    height: int
    bits: int
    floats: bool
    extra: int
    animated: bool
    preview: bool
    colours: str
    orientation: int


def read_jxl_header(stream: bytes) -> JxlHeader:
    """Read it.

    Raises
    ------
    DecodeError
        ``damaged-header``.
    """
    if stream[:2] != b"\xff\x0a":
        raise DecodeError("damaged-header", "the JPEG XL's codestream does not begin with its signature")
    bits = _Bits(stream[2:])
    width, height = _size(bits)
    animated = preview = floats = False
    depth, extra, colours, orientation = 8, 0, "srgb", 1
    if not bits.number(1):  # not all default
        if bits.number(1):  # extra fields
            orientation = 1 + bits.number(3)
            if bits.number(1):
                _size(bits)  # intrinsic size
            preview = bool(bits.number(1))
            if preview:
                _preview(bits)
            animated = bool(bits.number(1))
            if animated:
                bits.choice((100, 0), (1000, 0), (1, 10), (1, 30))
                bits.choice((1, 0), (1001, 0), (1, 8), (1, 10))
                bits.choice((0, 0), (0, 3), (0, 16), (0, 32))
                bits.number(1)
        depth, floats = _depth(bits)
        bits.number(1)  # buffers of 16 bits are enough
        extra = bits.choice((0, 0), (1, 0), (2, 4), (1, 12))
        colours = _colours_behind(bits, extra)
    return JxlHeader(width, height, depth, floats, extra, animated, preview, colours, orientation)


def _colours_behind(bits: _Bits, extra: int) -> str:
    """Skip the extra channel and read which colours the numbers stand for; ``other`` where it is not plain alpha."""
    if extra > 1:
        return "other"
    if extra and not bits.number(1):  # not plain alpha of 8 bits
        kind = bits.choice(*_ENUM)
        _depth(bits)
        bits.choice((0, 0), (3, 0), (4, 0), (1, 3))
        length = bits.choice((0, 0), (0, 4), (16, 5), (48, 10))
        bits.number(8 * length)
        if kind:
            return "other"
        bits.number(1)  # premultiplied
    bits.number(1)  # whether coded as XYB
    if bits.number(1):
        return "srgb"
    if bits.number(1):
        return "icc"
    space = bits.choice(*_ENUM)
    if space not in {_RGB, _GREY} or bits.choice(*_ENUM) != _D65 or (space == _RGB and bits.choice(*_ENUM) != _BT709):
        return "other"
    return "other" if bits.number(1) or bits.choice(*_ENUM) != _SRGB else "srgb"


def _size(bits: _Bits) -> tuple[int, int]:
    small = bits.number(1)

    def side() -> int:
        return 8 * (bits.number(5) + 1) if small else bits.choice((1, 9), (1, 13), (1, 18), (1, 30))

    height = side()
    ratio = bits.number(3)
    if not ratio:
        return side(), height
    across, down = _RATIOS[ratio - 1]
    return height * across // down, height


def _preview(bits: _Bits) -> None:
    small = bits.number(1)

    def side() -> None:
        if small:
            bits.choice((16, 0), (32, 0), (1, 5), (33, 9))
        else:
            bits.choice((1, 6), (65, 8), (321, 10), (1345, 12))

    side()
    if not bits.number(3):
        side()


def _depth(bits: _Bits) -> tuple[int, bool]:
    if bits.number(1):
        depth = bits.choice((32, 0), (16, 0), (24, 0), (1, 6))
        bits.number(4)
        return depth, True
    return bits.choice((8, 0), (10, 0), (12, 0), (1, 6)), False


class _Bits:
    """Bits of a stream, the lowest of each byte first."""

    def __init__(self, data: bytes) -> None:
        self._value, self._left = int.from_bytes(data[:512], "little"), 8 * min(len(data), 512)

    def number(self, bits: int) -> int:
        if bits > self._left:
            raise DecodeError("damaged-header", "the JPEG XL's header is cut off")
        value = self._value & ((1 << bits) - 1)
        self._value >>= bits
        self._left -= bits
        return value

    def choice(self, *forms: tuple[int, int]) -> int:
        """One of four forms, told by two bits: a base, and how many bits are added to it."""
        base, more = forms[self.number(2)]
        return base + self.number(more)
