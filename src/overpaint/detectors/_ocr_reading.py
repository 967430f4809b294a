"""What a line of text says: cut it out, lay it level, and read it with a recognition network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from overpaint.detectors._ocr_boxes import Line
from overpaint.detectors._protocol import Image
from overpaint.errors import ModelError

__all__ = ["Reader", "Reading", "collapse"]

Floats = npt.NDArray[np.float32]

_HEIGHT = 48  # of what the network reads
_LEAST_WIDTH, _MOST_WIDTH = 48, 1536
_BATCH_WIDTH = 1920  # of all lines of one batch together: bounds its memory
_STEP = 16  # widths are rounded up to this: the network halves them several times
_DOUBTFUL = 0.8  # a reading below this is tried the other way up,
_HOPELESS, _LETTERS = 0.45, 3  # but not below that, nor with fewer letters and digits: fences and fur, not text
_TRIED = 4  # lines of a picture, the shortest; the others only where that makes one of these certain


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read, and the mean probability of its characters (0 to 1; 0 where nothing was read)."""

    text: str
    score: float


class Reader:
    """Reads lines with a network that was trained with CTC; its alphabet comes in the file's own metadata.

    Not to be shared between threads.

    Raises
    ------
    ModelError
        If the alphabet is missing or does not fit the network.
    """

    def __init__(self, session: Any, *, name: str) -> None:
        self._session = session
        self._input = session.get_inputs()[0].name
        letters = session.get_modelmeta().custom_metadata_map.get("character", "").split("\n")
        self.alphabet = ("", *(letter.rstrip("\r") for letter in letters), " ")  # first: the blank of CTC
        classes = session.get_outputs()[0].shape[-1]
        if classes != len(self.alphabet):
            raise ModelError(
                f"model {name}: it tells {classes} classes and an alphabet for {len(self.alphabet)}; "
                f"run `overpaint models get {name}` again"
            )

    def read(self, image: Image, lines: Sequence[Line]) -> list[Reading]:
        """What each line says, in the order given; `image` is RGB."""
        cuts = [_level(image, line) for line in lines]
        readings = self._all(cuts)
        doubtful = [i for i, one in enumerate(readings) if _worth(one)]
        doubtful.sort(key=lambda i: cuts[i].shape[1])
        better = self._turned(cuts, readings, doubtful[:_TRIED])
        if better:
            self._turned(cuts, readings, doubtful[_TRIED:])
        return readings

    def _turned(self, cuts: Sequence[Image], readings: list[Reading], which: Sequence[int]) -> int:
        """Read lines the other way up, and keep that where it says more; how many those are."""
        better = 0
        turned = self._all([np.ascontiguousarray(cuts[i][::-1, ::-1]) for i in which])
        for i, other in zip(which, turned, strict=True):
            if other.score > readings[i].score and len(other.text) >= len(readings[i].text) - 1:
                readings[i] = other
                better += other.score >= _DOUBTFUL
        return better

    def _all(self, cuts: Sequence[Image]) -> list[Reading]:
        readings = [Reading("", 0.0)] * len(cuts)
        for batch in _batches([cut.shape[1] for cut in cuts]):
            width = _rounded(max(cuts[i].shape[1] for i in batch))
            planes = np.zeros((len(batch), 3, _HEIGHT, width), np.float32)
            for row, i in enumerate(batch):
                for plane, channel in enumerate(reversed(cv2.split(cuts[i]))):  # the network takes BGR
                    planes[row, plane, :, : cuts[i].shape[1]] = channel.astype(np.float32) / 127.5 - 1
            (answer,) = self._session.run(None, {self._input: planes})
            for i, row in zip(batch, answer, strict=True):
                readings[i] = collapse(row.argmax(axis=1), row.max(axis=1), self.alphabet)
        return readings


def collapse(best: npt.NDArray[np.intp], sure: Floats, alphabet: Sequence[str]) -> Reading:
    """CTC's best path as text: repeats are one, blanks (class 0) are none.

    Parameters
    ----------
    best, sure
        The best class at each step, and its probability.
    alphabet
        A character for each class.
    """
    keep = best != 0
    keep[1:] &= best[1:] != best[:-1]
    text = "".join(alphabet[i] for i in best[keep])
    return Reading(text, min(1.0, float(sure[keep].mean())) if keep.any() else 0.0)


def _worth(reading: Reading) -> bool:
    """Whether it may be one of a line upside down: such a one reads as wrong letters, but as letters.

    Of 36 addresses and numbers that were laid upside down over real photographs and could be read when turned, 34 first
    read so; of the lines of real pictures that are tried in vain two thirds do not (docs/reference/text.md).
    """
    letters = sum(sign.isalnum() for sign in reading.text)
    return _HOPELESS <= reading.score < _DOUBTFUL and letters >= _LETTERS


def _level(image: Image, line: Line) -> Image:
    """The line cut out of the picture, level, `_HEIGHT` pixels high, at most `_MOST_WIDTH` wide."""
    length, height = max(line.length, 1.0), max(line.height, 1.0)
    width = int(np.clip(np.ceil(length * _HEIGHT / height), 8, _MOST_WIDTH))
    high = _HEIGHT
    shrink = height / _HEIGHT
    if shrink > 2:  # interpolation between four pixels would skip the others: cut out larger, then average
        factor = min(8, int(shrink))
        width, high = width * factor, high * factor
    target = np.array([(0, 0), (width, 0), (0, high)], np.float32) - 0.5
    turn = cv2.getAffineTransform(line.corners[[0, 1, 3]].astype(np.float32) - 0.5, target)
    cut = cv2.warpAffine(image, turn, (width, high), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    if high != _HEIGHT:
        cut = cv2.resize(cut, (width // (high // _HEIGHT), _HEIGHT), interpolation=cv2.INTER_AREA)
    level: Image = cut
    return level


def _rounded(width: int) -> int:
    return max(_LEAST_WIDTH, -(-width // _STEP) * _STEP)


def _batches(widths: Sequence[int]) -> Iterator[list[int]]:
    """Lines of one width, as many together as `_BATCH_WIDTH` allows.

    On a processor a line costs as much in a batch as alone, and one that is padded to its neighbour's width costs the
    padding: a sixth of all reading, when it was measured.
    """
    batch: list[int] = []
    for i in sorted(range(len(widths)), key=lambda i: widths[i]):
        width = _rounded(widths[i])
        if batch and (width != _rounded(widths[batch[0]]) or width * (len(batch) + 1) > _BATCH_WIDTH):
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch
