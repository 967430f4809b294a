"""Pictures for people's eyes: a sample's picture, upright, cropped, shrunk and encoded anew without any metadata.

Nothing is written to a disk. Before each read, and again before anything is handed out, the place the picture comes
from is asked whether the sample is in the no-view lane: what was put there a second ago is not shown any more.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from overpaint import formats, pipeline
from overpaint.errors import DecodeError, SampleError
from overpaint.records import Box
from overpaint.review._questions import Question
from overpaint.review._shown import MAX_SIDE, Shown
from overpaint.review._words import Kind

__all__ = ["HELD", "Picture", "PictureReader", "Pictures"]

HELD = "not-shown"
"""The reason of what is in the no-view lane; what people are told is the same for any picture that cannot be shown."""

_QUALITY = 90
_CACHE = 64 << 20
_AT_ONCE = 2  # pictures decoded at the same time: each may take a few hundred megabytes


class PictureReader(Protocol):
    """Where pictures come from."""

    @property
    def max_pixels(self) -> int:
        """Of one picture; larger ones are not decoded."""
        ...

    def held(self, sample: str) -> bool:
        """Whether the sample is in the no-view lane now; asked anew each time."""
        ...

    def version(self, question: Question) -> str:
        """Changes when the picture of a question may have changed."""
        ...

    def read(self, question: Question) -> bytes:
        """The file; `SampleError` where it cannot be read."""
        ...


@dataclass(frozen=True, slots=True)
class Picture:
    """An encoded picture without metadata, its media type and its sides in pixels."""

    data: bytes
    media_type: str
    width: int
    height: int


_Key = tuple[str, str, int, tuple[int, int, int, int] | None, bool]


class Pictures:
    """Shows the pictures of questions; may be used by many threads.

    Parameters
    ----------
    reader
        Where they come from.
    max_side
        The longest side of what is shown, in pixels.
    cache_bytes
        Encoded pictures kept in memory, at most; none is kept that takes more than a quarter of it.
    """

    def __init__(self, reader: PictureReader, *, max_side: int = MAX_SIDE, cache_bytes: int = _CACHE) -> None:
        self.max_side = max_side
        self._reader = reader
        self._cache_bytes = cache_bytes
        self._kept_bytes = 0
        self._kept: OrderedDict[_Key, Picture] = OrderedDict()
        self._lock = threading.Lock()
        self._decoding = threading.BoundedSemaphore(_AT_ONCE)

    def held(self, sample: str) -> bool:
        """Whether the sample is in the no-view lane; its pictures leave the memory then.

        One that is not there at all is not in it: whoever reads it is told.
        """
        try:
            held = self._reader.held(sample)
        except SampleError:
            return False
        if held:
            self.forget(sample)
        return held

    def forget(self, sample: str) -> None:
        """Drop what is in memory of a sample."""
        with self._lock:
            for key in [key for key in self._kept if key[0] == sample]:
                self._kept_bytes -= len(self._kept.pop(key).data)

    def picture(self, question: Question) -> Picture:
        """The picture of a question.

        Raises
        ------
        SampleError
            `HELD`; or what reading and decoding say (``vanished``, ``changed``, ``undecodable``, …); ``differs`` where
            the file is not of the size that the question was asked about.
        """
        if self.held(question.sample):
            raise SampleError(HELD, "it is not shown to anybody")
        crop = None if question.crop is None else question.crop.outward()
        key = (question.sample, self._reader.version(question), question.page, crop, question.output)
        with self._lock:
            known = self._kept.get(key)
            if known is not None:
                self._kept.move_to_end(key)
        if known is None:
            known = self._made(question)
            self._keep(key, known)
        if self.held(question.sample):  # put there while it was being read
            raise SampleError(HELD, "it is not shown to anybody")
        return known

    def _made(self, question: Question) -> Picture:
        data = self._reader.read(question)
        if not data:
            raise DecodeError("empty", "the file holds no bytes")
        with self._decoding:
            shown, picture = _decoded(data, question, max_pixels=self._reader.max_pixels, max_side=self.max_side)
            return _encoded(shown, picture)

    def _keep(self, key: _Key, picture: Picture) -> None:
        size = len(picture.data)
        with self._lock:
            if key in self._kept or size > self._cache_bytes // 4:
                return
            self._kept[key] = picture
            self._kept_bytes += size
            while self._kept_bytes > self._cache_bytes:
                self._kept_bytes -= len(self._kept.popitem(last=False)[1].data)


def _decoded(data: bytes, question: Question, *, max_pixels: int, max_side: int) -> tuple[Shown, NDArray[np.uint8]]:
    """The shown part of the question's page, upright, RGB."""
    sniffed = formats.sniff(data)
    width, height = pipeline.check_editable(sniffed, max_pixels=max_pixels)
    shown = Shown.of(question, max_side=max_side)
    long_side = max_side
    if shown is not None:  # a crop may need the frame larger than it is shown
        x0, y0, x1, y1 = shown.part
        long_side = math.ceil(max(width, height) * max(shown.width, shown.height) / max(x1 - x0, y1 - y0))
    frame = _page(pipeline.frames(data, sniffed, long_side=long_side, max_pixels=max_pixels), question.page)
    if shown is None:
        shown = _whole(frame, max_side)
    elif (*frame.stored, frame.orientation) != (question.width, question.height, shown.orientation):
        raise DecodeError("differs", "the file's picture is not of the size that was asked about")
    return shown, _cut(frame, shown)


def _page(frames: Iterator[pipeline.Frame], page: int) -> pipeline.Frame:
    """The first picture of a page."""
    for frame in frames:
        if frame.page == page:
            return frame
        if frame.page > page:
            break
    raise DecodeError("differs", "the file has no such page")


def _whole(frame: pipeline.Frame, max_side: int) -> Shown:
    """All of a frame of which the question did not know the size."""
    question = Question(Kind.CATEGORY, "", "-", *frame.stored, frame.orientation)
    shown = Shown.of(question, max_side=max_side)
    assert shown is not None
    return shown


def _cut(frame: pipeline.Frame, shown: Shown) -> NDArray[np.uint8]:
    """The shown part, at its shown size, of an upright picture that may have been decoded smaller than stored."""
    height, width = frame.image.shape[:2]
    whole = Shown((0, 0, *frame.stored), shown.orientation, width, height)
    x0, y0, x1, y1 = (round(side) for side in whole.to_shown(Box(*shown.part)))
    left, top = min(x0, width - 1), min(y0, height - 1)
    cut = np.ascontiguousarray(frame.image[top : max(y1, top + 1), left : max(x1, left + 1)])
    if cut.shape[:2] != (shown.height, shown.width):
        smaller = cut.shape[0] >= shown.height and cut.shape[1] >= shown.width
        method = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
        cut = np.asarray(cv2.resize(cut, (shown.width, shown.height), interpolation=method), np.uint8)
    return cut


def _encoded(shown: Shown, picture: NDArray[np.uint8]) -> Picture:
    """As a JPEG of its own, which carries nothing but the picture."""
    options = [cv2.IMWRITE_JPEG_QUALITY, _QUALITY]
    done, data = cv2.imencode(".jpg", np.ascontiguousarray(picture[:, :, ::-1]), options)
    if not done:
        raise SampleError("undecodable", "it could not be encoded for showing")
    return Picture(data.tobytes(), "image/jpeg", shown.width, shown.height)
