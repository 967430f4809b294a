"""A detector's process, ``python -P -m overpaint.detectors._plugins._child SOCKET PICTURE PARENT SECONDS ORDER``.

It opens one detector and asks it about the pictures that its parent shows, until the parent is gone. It has no
terminal, dies with its parent, and dies by itself where a picture takes much longer than it may.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import os
import random
import resource
import signal
import socket
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from overpaint.detectors._plugins._order import Order, problems
from overpaint.detectors._plugins._picture import Window
from overpaint.detectors._plugins._wire import MOST_DETECTIONS, Gone, Wire, encoded
from overpaint.detectors._protocol import sound
from overpaint.errors import OverpaintError

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_MOST_FAULTS = 100
_GRACE = 30  # seconds after which a parent that should have ended this process is thought to be gone


class _Refused(Exception):
    """Why a detector cannot be used: the class of an error of ours, or "", and a sentence."""


def main(wire: Wire, window: Window, order: Order, *, seconds: int) -> None:
    """Say hello, then answer; returns when the parent is gone."""
    try:
        detector = _opened(order)
    except _Refused as refused:
        wire.send({"refused": refused.args})
        return
    wire.send(
        {key: getattr(detector, key) for key in ("name", "version", "weights", "kinds", "long_side")}
        | {key: _text(getattr(detector, key, "")) for key in ("licence", "trained_on")}
    )
    while True:
        height, width, size = wire.receive()
        signal.alarm(seconds + _GRACE)
        answer = _answer(detector, window.see(height, width, size))
        signal.alarm(0)
        wire.send(answer | {"peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss})


def _opened(order: Order) -> Any:
    module, _, path = order.place.partition(":")
    try:
        make: Any = importlib.import_module(module)
        for name in filter(None, path.split(".")):
            make = getattr(make, name)
        detector = make(*([Path(order.path)] if order.path else []), threads=order.threads)
    except OverpaintError as error:
        raise _Refused(type(error).__name__, str(error)) from error
    except BaseException as error:
        raise _Refused("", f"cannot be opened: {type(error).__name__}: {error}"[:1000]) from error
    wrong = ["detect"] if not callable(getattr(detector, "detect", None)) else []
    wrong += problems(detector, name=order.name or getattr(detector, "name", ""))
    if wrong:
        raise _Refused("", f"does not keep to the Detector protocol (wrong or missing: {', '.join(wrong)})")
    return detector


def _answer(detector: Any, image: Any) -> dict[str, Any]:
    # whoever draws lots draws the same ones for a picture, whatever came before it
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002 - it is the old generator that others use without asking
    try:
        kept, faults = sound(detector.detect(image), kinds=detector.kinds, width=image.shape[1], height=image.shape[0])
    except BaseException as error:  # noqa: BLE001 - whatever another package's code raises, SystemExit too
        return {"raised": f"raised {type(error).__name__}: {error}"[:300]}
    if len(kept) > MOST_DETECTIONS:
        faults.insert(0, f"reported {len(kept)} things, of which the first {MOST_DETECTIONS} were taken")
    if len(faults) > _MOST_FAULTS:
        faults[_MOST_FAULTS:] = [f"and {len(faults) - _MOST_FAULTS} more of the kind"]
    return {"seen": encoded(kept), "faults": faults}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _die_with(parent: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever is at the terminal
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold the picture
    end, memory, parent, limit = map(int, sys.argv[1:5])
    _die_with(parent)
    order = Order.from_json(sys.argv[5])
    cv2.setNumThreads(order.threads)
    with contextlib.suppress(Gone):
        main(Wire(socket.socket(fileno=end)), Window(memory), order, seconds=limit)
