"""Commands of overpaint as processes that start in milliseconds and can be stopped between two steps.

``python _fault_warm.py FD`` loads everything once and then forks a process for every command that it is told of, so
that hundreds of trials do not load a hundred megabytes of libraries hundreds of times. What runs in such a process is
the command line from its beginning; a worker is forked from it where otherwise a program of its own would be started.

A *step* is a file opened, renamed or removed, or a directory made, below the trial's folder, counted over a command's
process and its workers. At the step that was asked for, the process stops and asks over a socket what shall happen.
"""

from __future__ import annotations

import fcntl
import json
import mmap
import os
import signal
import socket
import subprocess
import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NoReturn, Self

_EVENTS = {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.truncate", "os.chmod", "os.scandir"}
_QUIET = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "ARROW_DEFAULT_MEMORY_POOL": "system"}
NEVER = 1 << 40

__all__ = ["NEVER", "Process", "Warm"]


class Warm:
    """The process that forks others. A context manager."""

    def __enter__(self) -> Self:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, __file__, str(theirs.fileno())], pass_fds=[theirs.fileno()], env=os.environ | _QUIET
            )
        self._socket = ours
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()
        self._process.wait()

    def start(
        self, arguments: Sequence[str], *, root: str, log: str, env: dict[str, str], step: int = NEVER
    ) -> Process:
        """Start ``overpaint ARGUMENTS``; it stops at the step, counted below ``root``."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        board = os.memfd_create("steps")
        os.ftruncate(board, 16)
        told = {"arguments": list(arguments), "root": root, "log": log, "env": env, "step": step}
        with theirs:
            socket.send_fds(self._socket, [json.dumps(told).encode()], [theirs.fileno(), board])
        pid = int(self._socket.recv(100))
        return Process(pid, ours, board, self._wait)

    def _wait(self, pid: int) -> int:
        self._socket.send(json.dumps({"wait": pid}).encode())
        return int(self._socket.recv(100))


class Process:
    """A command that was started, with a session (and so a process group) of its own."""

    def __init__(self, pid: int, asks: socket.socket, board: int, wait: Callable[[int], int]) -> None:
        self.pid, self._asks, self._board, self._wait = pid, asks, board, wait
        self.code: int | None = None  # once it was waited for

    def held(self, seconds: float) -> int | None:
        """Wait until it stands at its step and return the pid that does; None where it ended before.

        Raises
        ------
        TimeoutError
            Neither, within the time.
        """
        self._asks.settimeout(seconds)
        try:
            return int(self._asks.recv(100) or 0) or None
        except ConnectionResetError:
            return None

    def go_on(self, word: bytes = b"go") -> None:
        """Let the one that stands go on; ``later`` has it stop at the next step again."""
        with suppress(OSError):
            self._asks.send(word)

    def wait(self, seconds: float) -> int:
        """The exit code, negative for a signal; `TimeoutError` where it does not end, and then its group is killed."""
        if self.code is not None:
            return self.code
        self._asks.settimeout(seconds)
        try:
            while self._asks.recv(100):
                self.go_on()
        except ConnectionResetError:
            pass
        except TimeoutError:
            self.kill_group()
            self.code = self._wait(self.pid)
            raise
        self.code = self._wait(self.pid)
        return self.code

    @property
    def steps(self) -> int:
        """How many steps there were."""
        return int.from_bytes(os.pread(self._board, 8, 0), "little")

    def workers(self) -> list[int]:
        """Processes that it started and that are alive."""
        try:
            return list(map(int, Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()))
        except OSError:
            return []

    def kill_group(self) -> None:
        """End it and all that it started."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)

    def close(self) -> None:
        """Let go of the descriptors."""
        self._asks.close()
        os.close(self._board)


class _Steps:
    """Counts steps over all processes of a command, and asks at one of them."""

    def __init__(self, root: str, step: int, asks: socket.socket, board: int) -> None:
        self._root, self._asks, self._board = os.fsencode(root), asks, board
        self._numbers = memoryview(mmap.mmap(board, 16)).cast("q")
        self._numbers[1] = step

    def hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        """An audit hook (PEP 578)."""
        if event not in _EVENTS or not isinstance(arguments[0], str | bytes | os.PathLike):
            return
        if not os.fsencode(os.fspath(arguments[0])).startswith(self._root):
            return
        fcntl.lockf(self._board, fcntl.LOCK_EX)
        self._numbers[0] += 1
        here = self._numbers[0] >= self._numbers[1]
        if here:
            self._numbers[1] = NEVER
        fcntl.lockf(self._board, fcntl.LOCK_UN)
        if here:
            self._asks.send(str(os.getpid()).encode())
            if self._asks.recv(10) == b"later":
                self._numbers[1] = 0


def _worker(command: list[str], keep: set[int], env: dict[str, str]) -> NoReturn:
    """What `overpaint.engines._worker` does as a program of its own."""
    from overpaint.engines import _worker as worker
    from overpaint.engines._board import Board

    code = 1
    try:
        parent = os.getppid()
        for name in os.listdir("/proc/self/fd"):  # noqa: PTH208 - names are what is wanted
            if int(name) > 2 and int(name) not in keep:
                with suppress(OSError):
                    os.close(int(name))
        os.environ.clear()
        os.environ.update(env)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        worker._quiet()
        worker._die_with(parent)
        worker.main(Connection(int(command[-2])), Board(int(command[-1])), parent)
        code = 0
    except (EOFError, BrokenPipeError, ConnectionResetError):
        pass
    finally:
        os._exit(code)


class _Forked:
    """As much of `subprocess.Popen` as the engine uses."""

    keep: frozenset[int] = frozenset()

    def __init__(self, command: list[str], *, pass_fds: Sequence[int], env: dict[str, str]) -> None:
        self.returncode: int | None = None
        self.pid = os.fork()
        if self.pid == 0:
            _worker(command, {*self.keep, *pass_fds}, env)

    def kill(self) -> None:
        if self.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    def wait(self, timeout: float | None = None) -> int:
        del timeout
        if self.returncode is None:
            self.returncode = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self.returncode


def _command(told: dict[str, Any], asks: socket.socket, board: int) -> NoReturn:
    from overpaint.cli import _main
    from overpaint.engines import _local

    code = 1
    try:
        os.setsid()
        log = os.open(told["log"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for descriptor, of in ((nothing, 0), (log, 1), (log, 2)):
            os.dup2(descriptor, of)
        os.environ.clear()
        os.environ.update(told["env"])
        signal.signal(signal.SIGINT, signal.default_int_handler)
        _Forked.keep = frozenset({asks.fileno(), board})
        _local.subprocess.Popen = _Forked  # type: ignore[attr-defined]
        sys.addaudithook(_Steps(told["root"], told["step"], asks, board).hook)
        try:
            _main.main(told["arguments"])
        except SystemExit as left:
            code = left.code if isinstance(left.code, int) else 1
    except BaseException:  # noqa: BLE001 - whatever it is, the log shall have it
        traceback.print_exc()
    finally:
        with suppress(BaseException):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def _serve(told: socket.socket) -> None:
    from overpaint import jobs, painting, pipeline, reports
    from overpaint.cli import _act, _decide, _scan, _scrub, _verify

    del jobs, painting, pipeline, reports, _act, _decide, _scan, _scrub, _verify
    while True:
        message, descriptors, _, _ = socket.recv_fds(told, 1 << 20, 2)
        if not message:
            return
        what = json.loads(message)
        if "wait" in what:
            told.send(str(os.waitstatus_to_exitcode(os.waitpid(what["wait"], 0)[1])).encode())
            continue
        asks, board = socket.socket(fileno=descriptors[0]), descriptors[1]
        pid = os.fork()
        if pid == 0:
            told.close()
            _command(what, asks, board)
        asks.close()
        os.close(board)
        told.send(str(pid).encode())


if __name__ == "__main__":
    sys.path[:1] = []  # as `python -P`
    _serve(socket.socket(fileno=int(sys.argv[1])))
