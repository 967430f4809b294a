"""The first bits of a JPEG XL codestream: size, orientation, preview, animation (ISO/IEC 18181-1, 9.2 and D.2)."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Header", "header_of"]

_RATIOS = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))


@dataclass(frozen=True, slots=True)
class Header:
    """What a codestream's header says; ``lossy`` when the picture is coded in XYB, as lossy encoders do."""

    size: tuple[int, int]
    orientation: int
    bits: int
    preview: bool
    animated: bool
    lossy: bool


class _Bits:
    """Bits from the least significant on."""

    def __init__(self, data: bytes) -> None:
        self.value, self.at, self.size = int.from_bytes(data, "little"), 0, 8 * len(data)

    def read(self, count: int) -> int:
        if self.at + count > self.size:
            raise ValueError("the header ends too early")
        found = self.value >> self.at & ((1 << count) - 1)
        self.at += count
        return found

    def choice(self, *options: tuple[int, int]) -> int:
        """One of four: bits to read, and what to add to them."""
        count, base = options[self.read(2)]
        return base + self.read(count)


def header_of(stream: bytes) -> Header | None:
    """Read a codestream's header; None where there is none."""
    if stream[:2] != b"\xff\x0a":
        return None
    try:
        return _header(_Bits(stream[2:66]))
    except ValueError:
        return None


def _size(bits: _Bits) -> tuple[int, int]:
    small = bits.read(1)
    long = ((9, 1), (13, 1), (18, 1), (30, 1))
    high = (bits.read(5) + 1) * 8 if small else bits.choice(*long)
    ratio = bits.read(3)
    if ratio:
        above, below = _RATIOS[ratio - 1]
        return high * above // below, high
    return ((bits.read(5) + 1) * 8 if small else bits.choice(*long)), high


def _depth(bits: _Bits) -> int:
    if bits.read(1):  # floating point
        depth = bits.choice((0, 32), (0, 16), (0, 24), (6, 1))
        bits.read(4)
        return depth
    return bits.choice((0, 8), (0, 10), (0, 12), (6, 1))


def _header(bits: _Bits) -> Header:
    size = _size(bits)
    orientation, preview, animated, depth = 1, False, False, 8
    if bits.read(1):  # all as usual
        return Header(size, 1, 8, preview=False, animated=False, lossy=True)
    if bits.read(1):  # extra fields
        orientation = bits.read(3) + 1
        if bits.read(1):
            _size(bits)  # the intrinsic size
        preview = bool(bits.read(1))
        if preview:
            _preview(bits)
        animated = bool(bits.read(1))
        if animated:
            bits.choice((0, 100), (0, 1000), (10, 1), (30, 1))
            bits.choice((0, 1), (0, 1001), (8, 1), (10, 1))
            bits.choice((0, 0), (3, 0), (16, 0), (32, 0))
            bits.read(1)
    depth = _depth(bits)
    bits.read(1)  # whether 16 bits are enough while decoding modular pictures
    extra = bits.choice((0, 0), (0, 1), (4, 2), (12, 1))
    # Extra channels' own headers follow; where there are none the next bit says whether colours are XYB.
    lossy = bool(bits.read(1)) if not extra else _xyb_behind(bits, extra)
    return Header(size, orientation, depth, preview, animated, lossy)


def _xyb_behind(bits: _Bits, extra: int) -> bool:
    """The XYB bit behind the usual alpha channel; other extra channels are taken for lossy."""
    return bool(bits.read(1)) if extra == 1 and bits.read(1) else True


def _preview(bits: _Bits) -> None:
    eighths = bits.read(1)
    high = ((0, 16), (0, 32), (5, 1), (9, 33)) if eighths else ((6, 1), (8, 65), (10, 321), (12, 1345))
    bits.choice(*high)
    if not bits.read(3):
        bits.choice(*high)
