"""One detector's process: started, asked, watched and ended by the worker that it belongs to."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import weakref
from pathlib import Path
from typing import Any

from overpaint import errors
from overpaint.detectors._plugins._answer import Answer, DetectorFault
from overpaint.detectors._plugins._limits import Limits
from overpaint.detectors._plugins._order import Hello, Order
from overpaint.detectors._plugins._picture import Easel
from overpaint.detectors._plugins._wire import Garbled, Gone, Late, Wire, decoded
from overpaint.detectors._protocol import Image
from overpaint.errors import OverpaintError, UsageError

__all__ = ["Failed", "Process"]

_FAREWELL = 2.0  # seconds for a process to end by itself
_TO_HAND_OVER = 10.0  # seconds for a process to take a message of a few bytes
_MOST_FAULTS, _LONGEST_FAULT = 101, 300


class Failed(Exception):
    """A process ended, or had to be ended, instead of answering; ``slow``: it took too long."""

    def __init__(self, sentence: str, *, slow: bool = False) -> None:
        super().__init__(sentence)
        self.slow = slow


class Process:
    """A running detector.

    Attributes
    ----------
    hello
        What it says of itself.
    answered
        Pictures so far.

    Raises
    ------
    OverpaintError
        If the detector cannot be opened.
    Failed
        If the process does not come to that.
    """

    def __init__(self, order: Order, easel: Easel, limits: Limits) -> None:
        self._easel, self._limits = easel, limits
        self.answered = self._settled = self._peak = 0
        ours, theirs = socket.socketpair()
        with theirs:
            given = [theirs.fileno(), easel.descriptor]
            numbers = map(str, (*given, os.getpid(), limits.seconds))
            # -P: a module in the directory where somebody works must not be run by accident
            command = [sys.executable, "-P", "-m", "overpaint.detectors._plugins._child", *numbers, order.to_json()]
            said = None if os.environ.get("OVERPAINT_WORKER_STDERR") else subprocess.DEVNULL
            self._child = subprocess.Popen(  # noqa: S603
                command,
                pass_fds=given,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=said,
                start_new_session=True,  # Ctrl-C does not reach it, and what it started ends with it
                env=os.environ | {"PYTHONHASHSEED": "0"},  # the order of a set is the same after a restart
            )
        self._wire = Wire(ours)
        self._finish = weakref.finalize(self, _end, self._child, self._wire, os.getpid())
        self.hello = self._hear_hello(order)

    def _hear_hello(self, order: Order) -> Hello:
        message = self._receive(self._limits.opening, f"did not open within {self._limits.opening} s")
        try:
            if isinstance(message, dict) and "refused" in message:
                kind, sentence = map(str, message["refused"])
                raise _refusal(kind, sentence[:2000], order)
            return Hello.of(message)
        except (ValueError, TypeError) as error:
            raise self._failure("said something else than hello") from error

    @property
    def alive(self) -> bool:
        return self._child.poll() is None

    def ask(self, image: Image) -> Answer:
        """What it sees in a picture.

        Raises
        ------
        DetectorFault
            If it raised something, and is well.
        Failed
            If it is gone.
        """
        try:
            self._wire.send(self._easel.put(image), seconds=_TO_HAND_OVER)
        except (Gone, Late) as error:
            raise self._failure(f"ended {_how(self._child)}before it was asked") from error
        message = self._receive(self._limits.seconds, f"took longer than {self._limits.seconds} s")
        self.answered += 1
        try:
            if isinstance(message, dict) and isinstance(message.get("raised"), str):
                raise DetectorFault(message["raised"][:_LONGEST_FAULT])
            faults = [str(sentence)[:_LONGEST_FAULT] for sentence in message["faults"][:_MOST_FAULTS]]
            answer = Answer(decoded(message["seen"]), faults)
            self._peak = int(message["peak"]) * (1 if sys.platform == "darwin" else 1024)
        except (Garbled, TypeError, KeyError, ValueError, OverflowError) as error:
            raise self._failure("sent something that is no answer") from error
        if self.answered == 1:
            self._settled = self._own()
        return answer

    def swollen(self) -> bool:
        """Whether it has gathered so much memory that a fresh one should see the next picture."""
        most = self._limits.memory
        return self._own() > max(most // 2, self._settled + most // 4)

    def end(self) -> None:
        """End it, and all that it started."""
        self._finish()

    def _receive(self, seconds: float, late: str) -> Any:
        try:
            return self._wire.receive(seconds=seconds, meanwhile=self._watch)
        except Late as error:
            raise self._failure(late, slow=True) from error
        except Garbled as error:
            raise self._failure("sent something that is no answer") from error
        except Gone as error:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._child.wait(_FAREWELL)
            raise self._failure(f"ended {_how(self._child)}".rstrip()) from error

    def _watch(self) -> None:
        if self._child.poll() is not None:  # something that it started may still hold its end of the wire
            raise Gone
        if sys.platform == "linux" and self._own() > self._limits.memory:
            raise self._failure(f"took more than {self._limits.memory / (1 << 30):.3g} GiB of memory")

    def _own(self) -> int:
        """Bytes of its own: on Linux now, and without what it shares; elsewhere the most so far."""
        if sys.platform != "linux":
            return self._peak
        try:
            _, resident, shared, *_ = map(int, Path(f"/proc/{self._child.pid}/statm").read_text("ascii").split())
        except (OSError, ValueError):
            return 0
        return (resident - shared) * os.sysconf("SC_PAGE_SIZE")

    def _failure(self, sentence: str, *, slow: bool = False) -> Failed:
        _kill(self._child)
        self.end()
        return Failed(sentence, slow=slow)


def _refusal(kind: str, sentence: str, order: Order) -> OverpaintError:
    """What a child could not open, as the error that it would have been here."""
    known: Any = getattr(errors, kind, None) if kind in errors.__all__ else None
    if known is not None and not issubclass(known, errors.SampleError | Warning):
        error: OverpaintError = known(sentence)
        return error
    return UsageError(f"{order} {sentence}; ask its makers or leave it out")


def _how(child: subprocess.Popen[bytes]) -> str:
    code = child.poll()
    if code is None:
        return ""
    if code >= 0:
        return f"with exit code {code} "
    try:
        return f"by {signal.Signals(-code).name} "
    except ValueError:
        return f"by signal {-code} "


def _end(child: subprocess.Popen[bytes], wire: Wire, parent: int) -> None:
    if os.getpid() != parent:  # a fork of the worker: not its child
        return
    wire.close()
    with contextlib.suppress(subprocess.TimeoutExpired):
        # one that waits for a picture sees that nobody listens, and leaves; one amidst a picture is not waited for
        child.wait(_FAREWELL)
    _kill(child)
    child.wait()


def _kill(child: subprocess.Popen[bytes]) -> None:
    """With all that it started: it leads a group of its own."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
