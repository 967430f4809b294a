"""Run a program and say what it cost: wall time, processor time and memory of the whole tree of processes (Linux)."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Cost", "Memory", "clean_environment", "steady", "watch"]

# What machines are told about BLAS's choice of kernels decides speed; nobody shall gain or lose by it.
_UNSET = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_EVERY = 0.2  # seconds between looks at memory


@dataclass(frozen=True)
class Cost:
    """What a run cost.

    ``cpu`` is user and system seconds of all processes. Resident sizes, in bytes: ``peak_root`` of the process that was
    started, ``peak_child`` the largest of any it started (0 for none), and ``peak_sum`` the largest sum at one time
    (pages that several share count several times).
    """

    seconds: float
    cpu: float
    peak_root: int
    peak_child: int
    peak_sum: int
    log: str


def clean_environment(**more: str) -> dict[str, str]:
    """The environment of this process without what steers BLAS and threads."""
    return {name: value for name, value in os.environ.items() if name not in _UNSET} | more


@dataclass
class Memory:
    """Resident sizes of a tree of processes, by looking now and then."""

    root: int
    one: dict[int, int] = field(default_factory=dict)
    most: int = 0

    def look(self) -> None:
        """Look once."""
        total = 0
        for pid in [self.root, *descendants(self.root)]:
            status = _status(pid)
            self.one[pid] = max(self.one.get(pid, 0), status.get("VmHWM", 0))
            total += status.get("VmRSS", 0)
        self.most = max(self.most, total)

    def watch(self, done: threading.Event) -> None:
        """Look until told to stop."""
        while not done.wait(_EVERY):
            self.look()


def watch(command: Sequence[str | Path], *, log: Path, environment: Mapping[str, str] | None = None) -> Cost:
    """Run a command to its end.

    Raises
    ------
    SystemExit
        It failed; the end of what it said follows.
    """
    words = [str(part) for part in command]
    with log.open("w") as out:
        begin = time.monotonic()
        process = subprocess.Popen(
            words,
            env=environment or clean_environment(),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        memory, done = Memory(process.pid), threading.Event()
        looking = threading.Thread(target=memory.watch, args=(done,), daemon=True)
        looking.start()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - begin
    process.returncode = code = os.waitstatus_to_exitcode(status)
    done.set()
    looking.join()
    said = log.read_text(errors="replace")[-2000:]
    if code:
        raise SystemExit(f"{' '.join(words)} ended with {code}:\n{said}")
    root = memory.one.pop(process.pid, 0)
    # wait4 counts what children and theirs used, once they were waited for
    cpu = usage.ru_utime + usage.ru_stime
    return Cost(seconds, cpu, root, max(memory.one.values(), default=0), max(memory.most, root), said)


def descendants(pid: int) -> list[int]:
    """The process's children and theirs."""
    found: list[int] = []
    try:
        threads = list(Path(f"/proc/{pid}/task").iterdir())
    except OSError:
        return found
    for thread in threads:
        try:
            children = (thread / "children").read_text().split()
        except OSError:  # it ended meanwhile
            continue
        for child in children:
            found += [int(child), *descendants(int(child))]
    return found


def _status(pid: int) -> dict[str, int]:
    """The kernel's figures on one process, in bytes; empty where it ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return {}
    parts = [line.split() for line in lines if line.startswith("Vm")]
    return {name.rstrip(":"): int(number) * 1024 for name, number, *_ in parts}


def steady(written: Iterable[Path], *, skip: int) -> float:
    """Files a second after the first ``skip``, by the time stamps of what was written."""
    stamps = sorted(path.stat().st_mtime for path in written)
    if len(stamps) <= skip + 1:
        raise ValueError(f"{len(stamps)} files are too few to leave out {skip}")
    return (len(stamps) - 1 - skip) / (stamps[-1] - stamps[skip])
