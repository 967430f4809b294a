"""Shards on this machine's cores: one process a core, one shard at a time in each.

Back-pressure comes for free, since a worker gets its next shard when it has finished the last. A worker that dies
(a crash, the kernel's out-of-memory killer) costs at most one sample: its shard starts again, and a row that kills
twice is counted as failed.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from typing import Any

from overpaint.engines._board import Board
from overpaint.errors import EngineError

__all__ = ["Job", "default_workers", "run_local"]

_GLANCE = 0.2  # seconds between looks at the boards
_STALL = 5.0  # seconds between two looks after which it was we who did not look

_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "OPENCV_LOG_LEVEL": "SILENT",
    # One arena; and what a large photograph needs is taken from it and kept for the next one: glibc would map and unmap
    # every buffer, and clearing new pages costs a third of the work on a photograph of 12 megapixels.
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_TRIM_THRESHOLD_": "268435456",
    "MALLOC_MMAP_THRESHOLD_": "268435456",
}


@dataclass(frozen=True, slots=True)
class Job:
    """What workers do: ``open(config)`` makes a room, ``work(room, item, beat)`` handles one item.

    Both are ``module:name``; config and items are pickled. ``seconds`` is the longest that one row may take.
    """

    open: str
    config: Any
    work: str
    seconds: float = 300.0


@dataclass
class _Worker:
    process: subprocess.Popen[bytes]
    pipe: Connection
    board: Board
    ready: bool = False
    item: int | None = None
    row: int = 0
    since: float = field(default_factory=time.monotonic)


def default_workers() -> int:
    """The cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run_local(
    job: Job,
    items: Sequence[Any],
    *,
    workers: int,
    on_rows: Callable[[int], None],
    on_done: Callable[[int, Any], None] | None = None,
) -> None:
    """Run every item; returns when all are done.

    Parameters
    ----------
    on_rows
        Called with the number of rows finished since the last call.
    on_done
        Called with an item's index and what its work returned.

    Raises
    ------
    EngineError
        A disk that is full, or workers that die before they begin.
    """
    pool = _Pool(job, items, on_rows, on_done)
    try:
        pool.run(min(workers, max(1, len(items))))
    finally:
        pool.stop()


class _Pool:
    def __init__(
        self, job: Job, items: Sequence[Any], on_rows: Callable[[int], None], on_done: Callable[[int, Any], None] | None
    ) -> None:
        self.job, self.items, self.on_rows, self.on_done = job, items, on_rows, on_done
        self.todo = deque(range(len(items)))
        self.left = len(items)
        self.workers: list[_Worker] = []
        self.skip: dict[int, dict[int, str]] = {}
        self.deaths: dict[tuple[int, int], int] = {}
        self.high: dict[int, int] = {}  # rows already reported of an item, so that a second start counts none twice
        self.stillborn = 0
        self.watched = time.monotonic()

    def run(self, count: int) -> None:
        while self.left:
            while len(self.workers) < min(count, self.left):
                self.workers.append(self._started())
            for pipe in wait([w.pipe for w in self.workers], timeout=_GLANCE):
                self._hear(next(w for w in self.workers if w.pipe is pipe))
            self._watch()

    def _hear(self, worker: _Worker) -> None:
        while True:
            try:
                message = worker.pipe.recv()
            except (EOFError, OSError):  # at the end of a message or amidst one
                self._died(worker, "worker-died")
                return
            self._message(worker, *message)  # not within the try: what callbacks raise is no worker's death
            if not worker.pipe.poll():
                return

    def _message(self, worker: _Worker, kind: str, value: Any) -> None:
        self._glance(worker)
        worker.since = time.monotonic()
        if kind == "fatal":
            raise value
        if kind == "ready":
            worker.ready, self.stillborn = True, 0
        else:
            item, worker.item = worker.item, None
            assert item is not None
            self.left -= 1
            if self.on_done is not None:
                self.on_done(item, value)
        self._next(worker)

    def _glance(self, worker: _Worker) -> None:
        """See which row a worker is in, and report those it has finished."""
        if worker.item is None:
            return
        row = worker.board.row
        if row != worker.row:
            worker.row, worker.since = row, time.monotonic()
        new = row - self.high.get(worker.item, 0)
        if new > 0:
            self.high[worker.item] = row
            self.on_rows(new)

    def _next(self, worker: _Worker) -> None:
        if not self.todo:
            with contextlib.suppress(OSError):
                worker.pipe.send(None)  # it leaves; should a shard come back, a new one starts
            return
        worker.item, worker.row, worker.board.row = self.todo.popleft(), 0, 0
        with contextlib.suppress(OSError):  # its death is seen at the next read
            worker.pipe.send((self.items[worker.item], self.skip.get(worker.item, {})))

    def _watch(self) -> None:
        for worker in self.workers:
            self._glance(worker)
        now = time.monotonic()
        stalled, self.watched = now - self.watched > _STALL, now
        for worker in list(self.workers):
            if stalled:  # we slept (Ctrl-Z, a slow callback) and most likely it did too: that is not the row's fault
                worker.since = now
            if worker.item is not None and now - worker.since > self.job.seconds:
                self._died(worker, "took-too-long", at_once=True)

    def _died(self, worker: _Worker, why: str, *, at_once: bool = False) -> None:
        self.workers.remove(worker)
        _end(worker)
        self._glance(worker)
        if worker.item is None:
            if not worker.ready:
                self.stillborn += 1
                if self.stillborn >= 3:
                    code = worker.process.returncode
                    raise EngineError(
                        f"workers end before they begin (exit code {code}); `overpaint doctor` says what is wrong"
                    )
            return
        if worker.row in self.skip.get(worker.item, {}):  # it is not the row: starting again would never end
            raise EngineError(
                f"workers keep ending at the same place (exit code {worker.process.returncode}), even without the "
                "sample that they were in; look for memory or a disk that runs short, then run again to resume"
            )
        place = (worker.item, worker.row)
        self.deaths[place] = self.deaths.get(place, 0) + 1
        if at_once or self.deaths[place] >= 2:
            self.skip.setdefault(worker.item, {})[worker.row] = why
        self.todo.appendleft(worker.item)

    def _started(self) -> _Worker:
        try:
            return self._start()
        except OSError as error:
            raise EngineError(
                f"cannot start worker {len(self.workers) + 1}: {error.strerror}; use fewer --workers, or raise the "
                "limits of this shell (ulimit -n, ulimit -u)"
            ) from error

    def _start(self) -> _Worker:
        ours, theirs = socket.socketpair()
        board = Board.create()
        with theirs, contextlib.closing(board):  # the worker keeps both descriptors, we keep the board's memory
            given = [theirs.fileno(), board.descriptor]
            # -P: a `cv2.py` in the directory where somebody works, perhaps the dataset's own, must not be run
            command = [sys.executable, "-P", "-m", "overpaint.engines._worker", *map(str, given)]
            process = subprocess.Popen(command, pass_fds=given, env=os.environ | _ENVIRONMENT)  # noqa: S603
        pipe = Connection(ours.detach())
        with contextlib.suppress(OSError):  # its death is seen at the next read
            pipe.send(self.job)
        return _Worker(process, pipe, board)

    def stop(self) -> None:
        for worker in self.workers:
            _end(worker)
        self.workers.clear()


def _end(worker: _Worker) -> None:
    worker.pipe.close()
    if worker.item is not None or not worker.ready:
        worker.process.kill()
    try:
        worker.process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        worker.process.kill()
        worker.process.wait()
