"""A worker process, ``python -P -m overpaint.engines._worker FD BOARD``: it opens a room and takes shards until told.

A process of its own and not a fork: libraries with threads do not survive forking, and a program without a
``__main__`` guard must not run twice. What codecs print goes nowhere: it may quote a file.
"""

from __future__ import annotations

import ctypes
import importlib
import os
import signal
import sys
from multiprocessing.connection import Connection
from typing import Any

from overpaint.engines._board import Board
from overpaint.errors import EngineError, OverpaintError

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def resolve(path: str) -> Any:
    """The object behind ``module:name``."""
    module, _, name = path.partition(":")
    return getattr(importlib.import_module(module), name)


def main(connection: Connection, board: Board, parent: int) -> None:
    """Serve one parent: receive a job, then tasks; send ``ready``, ``done`` with a result, or ``fatal`` with an error.

    Which row it is in stands on the board.
    """
    job = connection.recv()
    try:
        room = resolve(job.open)(job.config)
        work = resolve(job.work)
        connection.send(("ready", None))
    except OverpaintError as error:
        connection.send(("fatal", error))
        return

    def beat(row: int) -> None:
        if os.getppid() != parent:  # the parent is gone: stop before publishing more
            os._exit(1)
        board.row = row

    while True:
        task = connection.recv()
        if task is None:
            return
        item, skip = task
        try:
            room.skip = skip
            connection.send(("done", work(room, item, beat)))
        except OverpaintError as error:
            connection.send(("fatal", error))
        except OSError as error:
            connection.send(("fatal", EngineError(f"{error.filename or 'the disk'}: {error.strerror or error}")))


def _die_with(parent: int) -> None:
    """Have the kernel end this process with its parent: one in an endless picture would never look for itself."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _quiet() -> None:
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    if not os.environ.get("OVERPAINT_WORKER_STDERR"):
        _quiet()
    try:
        with Connection(int(sys.argv[1])) as pipe:
            parent = os.getppid()
            _die_with(parent)
            main(pipe, Board(int(sys.argv[2])), parent)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        sys.exit(1)
