"""Messages between a worker and a detector's process: JSON with its length before it, nothing that could be run.

Whoever is at the other end may send anything, send half of it, or nothing: what is read is bounded in bytes and time.
"""

from __future__ import annotations

import json
import select
import socket
import struct
import time
from collections.abc import Callable, Sequence
from typing import Any

from overpaint.detectors._protocol import Detection
from overpaint.records import Box

__all__ = ["MOST_DETECTIONS", "Garbled", "Gone", "Late", "Wire", "decoded", "encoded"]

MOST_DETECTIONS = 10_000
_MOST_BYTES = 16 << 20
_LONGEST_TEXT = 10_000
_TICK = 0.05  # seconds between two calls of `meanwhile`
_HEAD = struct.Struct("<I")


class Gone(Exception):
    """The other end is closed."""


class Late(Exception):
    """Nothing, or not all of it, came in time."""


class Garbled(Exception):
    """What came is no message."""


class Wire:
    """One end of a socket. Not to be shared between threads."""

    def __init__(self, end: socket.socket) -> None:
        end.setblocking(False)  # noqa: FBT003
        self._end = end
        self._poll = {way: select.poll() for way in (select.POLLIN, select.POLLOUT)}
        for way, poll in self._poll.items():
            poll.register(end, way)

    def close(self) -> None:
        """The other end sees that nobody listens any more."""
        self._end.close()

    def send(self, message: Any, *, seconds: float | None = None) -> None:
        """Send something of lists, dicts, texts and numbers; raises `Gone` and `Late`."""
        body = json.dumps(message).encode()
        left = memoryview(_HEAD.pack(len(body)) + body)
        until = None if seconds is None else time.monotonic() + seconds
        while left:
            try:
                left = left[self._end.send(left) :]
            except BlockingIOError:
                self._wait(select.POLLOUT, until, None)
            except OSError as error:
                raise Gone from error

    def receive(self, *, seconds: float | None = None, meanwhile: Callable[[], None] | None = None) -> Any:
        """The next message.

        Parameters
        ----------
        seconds
            How long to wait for all of it; None: for ever.
        meanwhile
            Called every twentieth of a second; what it raises ends the waiting.

        Raises
        ------
        Gone, Late, Garbled
        """
        until = None if seconds is None else time.monotonic() + seconds
        (length,) = _HEAD.unpack(self._read(_HEAD.size, until, meanwhile))
        if length > _MOST_BYTES:
            raise Garbled
        try:
            return json.loads(self._read(length, until, meanwhile))
        except (ValueError, RecursionError) as error:
            raise Garbled from error

    def _read(self, size: int, until: float | None, meanwhile: Callable[[], None] | None) -> bytes:
        parts = bytearray()
        while len(parts) < size:
            try:
                part = self._end.recv(min(size - len(parts), 1 << 18))
            except BlockingIOError:
                self._wait(select.POLLIN, until, meanwhile)
                continue
            except OSError as error:
                raise Gone from error
            if not part:
                raise Gone
            parts += part
        return bytes(parts)

    def _wait(self, way: int, until: float | None, meanwhile: Callable[[], None] | None) -> None:
        while True:
            left = None if until is None else max(0.0, until - time.monotonic())
            tick = _TICK if meanwhile is not None else left
            seconds = tick if left is None else min(left, tick if tick is not None else left)
            if self._poll[way].poll(None if seconds is None else seconds * 1000):
                return
            if left == 0:  # only now: we may have slept (Ctrl-Z), and what was waited for lies there
                raise Late
            if meanwhile is not None:
                meanwhile()


def encoded(detections: Sequence[Detection]) -> list[Any]:
    """Detections that `sound` has accepted, as lists."""
    return [
        (d.kind, d.score, None if d.box is None else (d.box.x0, d.box.y0, d.box.x1, d.box.y1), d.text)
        for d in detections[:MOST_DETECTIONS]
    ]


def decoded(values: Any) -> list[Detection]:
    """The inverse of `encoded`; `Garbled` where it is not that. Whether it makes sense is for `sound` to say."""
    if not isinstance(values, list) or len(values) > MOST_DETECTIONS:
        raise Garbled
    try:
        return [_detection(*value) for value in values]
    except (TypeError, ValueError, OverflowError) as error:
        raise Garbled from error


def _detection(kind: Any, score: Any, sides: Any, text: Any) -> Detection:
    if not isinstance(kind, str) or not isinstance(text, str | None) or len(text or "") > _LONGEST_TEXT:
        raise TypeError
    x0, y0, x1, y1 = (0.0, 0.0, 0.0, 0.0) if sides is None else map(_number, sides)
    box = None if sides is None else Box(x0, y0, x1, y1)
    if text is not None:  # half a surrogate pair is no text, and files of a run hold UTF-8
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return Detection(kind, _number(score), box, text)


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError
    return float(value)
