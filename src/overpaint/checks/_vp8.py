"""How coarsely a lossy WebP is quantised, read from its frame headers (RFC 6386, sections 7, 9 and 19.2)."""

from __future__ import annotations

from overpaint.checks._contents import Contents

__all__ = ["coarseness"]

_USUAL = 36.0
"""The step of libwebp's default quality, 75, and a little more."""
_MOST_FRAMES = 256


class _Bits:
    """The boolean decoder with even odds, as headers use it."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 2
        self.value = int.from_bytes(data[:2].ljust(2, b"\0"), "big")
        self.range, self.shifted = 255, 0

    def bit(self) -> int:
        split = 1 + ((self.range - 1) * 128 >> 8)
        found = self.value >= split << 8
        self.value -= split << 8 if found else 0
        self.range = self.range - split if found else split
        while self.range < 128:
            self.value, self.range, self.shifted = self.value << 1, self.range << 1, self.shifted + 1
            if self.shifted == 8:
                self.shifted = 0
                self.value |= self.data[self.at] if self.at < len(self.data) else 0
                self.at += 1
        return int(found)

    def number(self, bits: int) -> int:
        value = 0
        for _ in range(bits):
            value = value << 1 | self.bit()
        return value

    def signed(self, bits: int) -> int:
        """A number and its sign behind a bit that says whether they follow."""
        if not self.bit():
            return 0
        value = self.number(bits)
        return -value if self.bit() else value


def coarseness(contents: Contents) -> float:
    """By how much the steps of the coarsest frame are larger than usual; 1 for usual quality and better."""
    frames = [part.payload for part in contents.parts if part.kind == "picture" and part.name == "VP8 "]
    return max([1.0, *(_step(_index(frame)) / _USUAL for frame in frames[:_MOST_FRAMES])])


def _step(index: int) -> float:
    """The quantiser's step of luma's alternating coefficients, to within a level of RFC 6386's table (14.1)."""
    ramps = ((0, 4.0, 1.0), (54, 58.0, 2.0), (84, 119.0, 3.0), (97, 158.0, 4.2))
    start, low, slope = max(ramp for ramp in ramps if ramp[0] <= max(0, index))
    return low + slope * (min(127, max(0, index)) - start)


def _index(frame: bytes) -> int:
    """The coarsest quantiser index of a key frame."""
    bits = _Bits(frame[10:])
    bits.number(2)
    levels, absolute = [0], False
    if bits.bit():
        changes_map = bits.bit()
        if bits.bit():
            absolute = bool(bits.bit())
            levels = [bits.signed(7) for _ in range(4)]
            _ = [bits.signed(6) for _ in range(4)]
        if changes_map:
            _ = [bits.number(8) if bits.bit() else 0 for _ in range(3)]
    bits.number(1 + 6 + 3)
    if bits.bit() and bits.bit():
        _ = [bits.signed(6) for _ in range(8)]
    bits.number(2)
    base = bits.number(7)
    return max(level if absolute else base + level for level in levels)
