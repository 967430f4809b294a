"""With which quality a lossy WebP was written, told by its quantiser (RFC 6386, section 9)."""

from __future__ import annotations

from overpaint.errors import DecodeError

__all__ = ["vp8_quality"]


def vp8_quality(frame: bytes) -> int:
    """The quality, 0 to 100, at which libwebp's encoder chooses this key frame's quantiser.

    libwebp takes the quality q as c = q / 100, bends it to 2 c / 3 below 0.75 and to 2 c - 1 above, and sets the
    quantiser's index to 127 (1 - the cube root of that); this is the way back, from the average of the segments.

    Parameters
    ----------
    frame
        The payload of a ``VP8`` chunk.

    Raises
    ------
    DecodeError
        ``damaged-header``: not a key frame, or cut off.
    """
    if len(frame) < 11 or frame[0] & 1 or frame[3:6] != b"\x9d\x01\x2a":
        raise DecodeError("damaged-header", "the WebP's picture is not a key frame of VP8")
    bits = _Bits(frame[10:2058])
    bits.number(2)  # colour space, clamping
    changes, absolute = [0], False
    if bits.number(1):
        own_map, changes, absolute = _segments(bits)
        if own_map:
            for _ in range(3):
                bits.optional(8)
    bits.number(10)  # loop filter
    if bits.number(1) and bits.number(1):
        for _ in range(8):
            bits.signed(6)
    bits.number(2)  # partitions
    base = bits.number(7)
    indices = [change if absolute else base + change for change in changes]
    index = min(127.0, max(0.0, sum(indices) / len(indices)))
    linear = float((1 - index / 127) ** 3)
    share = linear * 1.5 if linear < 0.5 else (linear + 1) / 2
    return round(100 * share)


def _segments(bits: _Bits) -> tuple[bool, list[int], bool]:
    """Whether a map follows, each segment's quantiser or change of it, and whether it is no change."""
    own_map, own_data = bits.number(1), bits.number(1)
    changes, absolute = [0], False
    if own_data:
        absolute = bool(bits.number(1))
        changes = [bits.signed(7) for _ in range(4)]
        for _ in range(4):
            bits.signed(6)
    return bool(own_map), changes, absolute


class _Bits:
    """VP8's arithmetic decoder where every bit is as likely as not (RFC 6386, section 7.3)."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._value = int.from_bytes(data[:2].ljust(2, b"\0"), "big")
        self._at, self._range, self._count = 2, 255, 0

    def _bit(self) -> int:
        split = 1 + (((self._range - 1) * 128) >> 8)
        big = split << 8
        bit = int(self._value >= big)
        if bit:
            self._range -= split
            self._value -= big
        else:
            self._range = split
        while self._range < 128:
            self._value <<= 1
            self._range <<= 1
            self._count += 1
            if self._count == 8:
                self._count = 0
                self._value |= self._data[self._at] if self._at < len(self._data) else 0
                self._at += 1
        return bit

    def number(self, bits: int) -> int:
        value = 0
        for _ in range(bits):
            value = value << 1 | self._bit()
        return value

    def optional(self, bits: int) -> int:
        return self.number(bits) if self.number(1) else 0

    def signed(self, bits: int) -> int:
        if not self.number(1):
            return 0
        value = self.number(bits)
        return -value if self.number(1) else value
