"""Writing a PNG's pixels: a row filter for each row, then deflate (PNG specification, third edition, 9 and 10)."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

__all__ = ["deflated", "filtered"]

Bytes = NDArray[np.uint8]

_BLOCK = 1 << 19
"""Bytes of rows that are filtered at a time, so that memory stays near the picture's own size."""


def deflated(rows: Bytes, step: int, *, adaptive: bool) -> bytes:
    """The zlib stream of a picture whose rows are height x bytes, ``step`` bytes a pixel.

    ``adaptive`` chooses a filter for each row; without it rows stay as they are, which suits few colours better.
    The pixels do not depend on the machine; how tightly they are packed depends on its zlib.
    """
    packer = zlib.compressobj(6)
    blocks = filtered(rows, step) if adaptive else _plain(rows)
    return b"".join([*(packer.compress(block.tobytes()) for block in blocks), packer.flush()])


def filtered(rows: Bytes, step: int) -> Iterator[Bytes]:
    """Blocks of rows, each row with its filter's number before it.

    The filter is the one with the least sum of absolute differences read as signed bytes, the first of equals: the
    heuristic that the specification recommends (12.8).
    """
    height, length = rows.shape
    many = max(1, _BLOCK // length)
    for start in range(0, height, many):
        here = rows[start : start + many]
        above = np.zeros_like(here)
        above[1:] = here[:-1]
        if start:
            above[0] = rows[start - 1]
        yield _best(_candidates(here, above, step))


def _plain(rows: Bytes) -> Iterator[Bytes]:
    many = max(1, _BLOCK // rows.shape[1])
    for start in range(0, len(rows), many):
        yield np.pad(rows[start : start + many], ((0, 0), (1, 0)))


def _best(candidates: list[Bytes]) -> Bytes:
    costs = np.stack([np.minimum(c, np.negative(c)).sum(axis=1, dtype=np.int64) for c in candidates])
    choice = costs.argmin(axis=0)
    height, length = candidates[0].shape
    out = np.empty((height, length + 1), dtype=np.uint8)
    out[:, 0] = choice
    for number, candidate in enumerate(candidates):
        chosen = choice == number
        out[chosen, 1:] = candidate[chosen]
    return out


def _candidates(here: Bytes, above: Bytes, step: int) -> list[Bytes]:
    """The rows under the filters none, sub, up, average and Paeth; bytes wrap around as the filters want."""
    left, corner = _shifted(here, step), _shifted(above, step)
    average = (left & above) + ((left ^ above) >> 1)
    a, b, c = left.astype(np.int16), above.astype(np.int16), corner.astype(np.int16)
    toward_left, toward_above = b - c, a - c
    far = np.abs(toward_left + toward_above)
    toward_left, toward_above = np.abs(toward_left), np.abs(toward_above)
    paeth = np.where(toward_above <= far, above, corner)
    paeth = np.where((toward_left <= toward_above) & (toward_left <= far), left, paeth)
    return [here, here - left, here - above, here - average, here - paeth]


def _shifted(rows: Bytes, step: int) -> Bytes:
    out = np.zeros_like(rows)
    out[:, step:] = rows[:, :-step]
    return out
