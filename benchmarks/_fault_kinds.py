"""The faults: what strikes a command that stands at a step, and how its cause is repaired afterwards."""

from __future__ import annotations

import os
import random
import resource
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from _fault_cases import Place, Strike

__all__ = ["FAULTS", "Fault", "can_mount"]

_FULL = 6 << 20  # bytes of the small disk
_CONTAINERS = {".tar", ".parquet"}


@dataclass(frozen=True)
class Fault:
    """How it strikes, False where this is not the moment; how it is repaired; what has to be there before."""

    name: str
    strike: Callable[[Strike], bool]
    mend: Callable[[Strike], None] = lambda _: None
    prepare: Callable[[Place, random.Random], None] = lambda _, __: None
    changes_source: bool = False
    needs_mount: bool = False
    from_start: bool = False  # resuming is all commands again


def can_mount(folder: Path) -> bool:
    """Whether small disks can be had here."""
    folder.mkdir(parents=True, exist_ok=True)
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if made.returncode == 0:
        subprocess.run(["umount", str(folder)], check=True)
    return made.returncode == 0


# ---- processes


def _kill_worker(strike: Strike) -> bool:
    workers = strike.process.workers()
    if not workers:
        return False
    os.kill(strike.at if strike.at in workers else strike.rng.choice(workers), signal.SIGKILL)
    return True


def _signal(number: signal.Signals, *, group: bool = False) -> Callable[[Strike], bool]:
    def strike(strike: Strike) -> bool:
        (os.killpg if group else os.kill)(strike.process.pid, number)
        return True

    return strike


def _second(strike: Strike) -> bool:
    """The same command again while the first one stands or works."""
    other = strike.place.start(strike.command)
    if strike.rng.random() < 0.5:
        with suppress(TimeoutError):
            strike.note = f"the second ended with {other.wait(60)}"
    strike.others.append(other)
    return True


def _wait_for_second(strike: Strike) -> None:
    for other in strike.others:
        with suppress(TimeoutError):
            other.wait(60)
        other.close()


# ---- disks


def _small_disk(place: Place, rng: random.Random) -> None:
    where = rng.choice([place.disk, place.dest, place.run.path])
    _mount(where)


def _mount(where: Path) -> None:
    where.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={_FULL}", "tmpfs", str(where)], check=True)


def _mounts(place: Place) -> list[Path]:
    return [p for p in (place.disk, place.dest, place.run.path) if p.exists() and os.path.ismount(p)]


def _fill(strike: Strike) -> bool:
    for where in _mounts(strike.place):
        left = strike.rng.choice([0, 0, 4096, 20_000, 60_000])
        with suppress(OSError), (where / ".ballast").open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
        with (where / ".ballast").open("r+b") as file:
            file.truncate(max(0, os.fstat(file.fileno()).st_size - left))
        strike.note = f"{where.name} full but for {left}"
    return True


def _empty(strike: Strike) -> None:
    for where in _mounts(strike.place):
        (where / ".ballast").unlink(missing_ok=True)


def _limit(strike: Strike) -> bool:
    size = strike.rng.choice([0, 100, 1000, 3000])
    for pid in (strike.process.pid, *strike.process.workers()):
        with suppress(ProcessLookupError):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, size))
    strike.note = f"files of at most {size} bytes"
    return True


def _dest_disk(place: Place, _: random.Random) -> None:
    _mount(place.dest)


def _read_only(strike: Strike) -> bool:
    command = ["mount", "-o", "remount,ro", str(strike.place.dest)]  # refused while a file is being written there
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _writable(strike: Strike) -> None:
    subprocess.run(["mount", "-o", "remount,rw", str(strike.place.dest)], check=True)


def _away(strike: Strike) -> bool:
    if not (strike.place.run.private / "destination.json").exists():  # until then one empty folder is like another
        return False
    strike.place.dest.rename(strike.place.disk / "away")
    return True


def _swapped(strike: Strike) -> bool:
    if not _away(strike):
        return False
    strike.place.dest.mkdir()
    return True


def _back(strike: Strike) -> None:
    if strike.place.dest.exists():
        shutil.rmtree(strike.place.dest)
    (strike.place.disk / "away").rename(strike.place.dest)


# ---- the source


def _listed(strike: Strike) -> bool:
    """From when on a change is one, and no other dataset; and past the one look into containers as a whole."""
    listing = strike.place.run.listing
    case = strike.place.case
    asked = case.source == "webdataset" and case.to == "parquet"
    return strike.place.run.listed and (
        (listing / "facts.json").exists() or (strike.command[0] == "scan" and not asked)
    )


def _images(place: Place) -> list[Path]:
    wanted = _CONTAINERS if place.case.source != "folder" else {".jpg", ".png"}
    return sorted(path for path in place.source.rglob("*") if path.suffix in wanted)


def _spoil(how: Callable[[Path, random.Random], None]) -> Callable[[Strike], bool]:
    def strike(strike: Strike) -> bool:
        if not _listed(strike):
            return False
        images = _images(strike.place)
        number = 1 if strike.place.case.source != "folder" else strike.rng.randint(1, 3)
        for path in strike.rng.sample(images, number):
            strike.keep.append((path, path.read_bytes(), path.stat().st_mtime_ns))
            strike.keys.append(str(path.relative_to(strike.place.source)))
            how(path, strike.rng)
        strike.note = ", ".join(strike.keys)
        return True

    return strike


def _put_back(strike: Strike) -> None:
    for path, data, stamp in strike.keep:
        path.unlink(missing_ok=True)
        path.write_bytes(data)
        os.utime(path, ns=(stamp, stamp))


def _overwrite(path: Path, rng: random.Random) -> None:
    data = bytearray(path.read_bytes())
    for _ in range(40):
        data[rng.randrange(len(data))] ^= 0x5A
    path.write_bytes(data)


def _truncate(path: Path, rng: random.Random) -> None:
    os.truncate(path, rng.randrange(path.stat().st_size))


def _replace(path: Path, rng: random.Random) -> None:
    del rng
    new = path.with_name(".new")
    new.write_bytes(path.read_bytes()[::-1])
    new.replace(path)


# ---- clocks and what a dead machine leaves


def _odd_stamps(place: Place, rng: random.Random) -> None:
    for path in place.source.rglob("*"):
        _stamp(path, rng)


def _stamp(path: Path, rng: random.Random) -> None:
    stamp = int((time.time() + rng.uniform(-1, 1) * 20 * 365 * 86400) * 1e9)
    os.utime(path, ns=(stamp, stamp))


def _after_jump(strike: Strike) -> None:
    for path in strike.place.disk.rglob("*"):
        _stamp(path, strike.rng)


def _half_written(strike: Strike) -> None:
    """What a machine that lost its power may leave of files that were not yet meant to be whole."""
    private, rng = strike.place.run.private, strike.rng
    marked = {path.stem for path in (private / "shards").glob("*.json")}
    for path in [p for p in private.rglob("*") if p.is_file()]:
        unfinished = path.parent.name != "boxes" and len(path.stem) == 32 and path.stem not in marked
        if (unfinished or path.name.endswith(".tmp")) and rng.random() < 0.7:
            os.truncate(path, rng.randrange(path.stat().st_size + 1))
    for half in ("samples", "shards", "findings", "decisions", "listing"):
        if (private / half).is_dir() and rng.random() < 0.5:
            (private / half / f".{rng.randrange(16**8):032x}.parquet.tmp").write_bytes(b"PAR1 half")
    if marked and rng.random() < 0.7:
        path = private / "shards" / f"{rng.choice(sorted(marked))}.json"
        os.truncate(path, rng.randrange(path.stat().st_size))
        strike.note = "a marker cut off"
    for path in strike.place.run.public.glob("*") if strike.place.run.public.is_dir() else ():
        os.truncate(path, path.stat().st_size // 2)
    for folder in [p for p in (strike.place.dest, *strike.place.dest.rglob("*")) if p.is_dir()]:
        if rng.random() < 0.3:
            (folder / f".overpaint-{rng.randrange(16**12):012x}.tmp").write_bytes(b"half of a picture")


def _damaged(strike: Strike) -> None:
    """A table of a finished shard is cut off: a fault of the disk, since a marker is written after its tables."""
    private, rng = strike.place.run.private, strike.rng
    shards = sorted(path.stem for path in (private / "shards").glob("*.json"))
    tables = [p for p in sorted(private.rglob("*.parquet")) if p.stem in shards]
    if tables:
        path = rng.choice(tables)
        os.truncate(path, rng.randrange(path.stat().st_size))
        strike.note = f"{path.relative_to(private)} cut off"


_KILL = _signal(signal.SIGKILL, group=True)
FAULTS = {
    fault.name: fault
    for fault in (
        Fault("kill-worker", _kill_worker),
        Fault("kill-parent", _signal(signal.SIGKILL)),
        Fault("kill-group", _KILL),
        Fault("terminate", _signal(signal.SIGTERM)),
        Fault("interrupt", _signal(signal.SIGINT, group=True)),
        Fault("second-run", _second, _wait_for_second),
        Fault("disk-full", _fill, _empty, _small_disk, needs_mount=True),
        Fault("file-too-large", _limit),
        Fault("read-only", _read_only, _writable, _dest_disk, needs_mount=True),
        Fault("dest-away", _away, _back),
        Fault("dest-swapped", _swapped, _back),
        Fault("source-overwritten", _spoil(_overwrite), _put_back, changes_source=True),
        Fault("source-truncated", _spoil(_truncate), _put_back, changes_source=True),
        Fault("source-deleted", _spoil(lambda path, _: path.unlink()), _put_back, changes_source=True),
        Fault("source-replaced", _spoil(_replace), _put_back, changes_source=True),
        Fault("clock", _KILL, _after_jump, _odd_stamps),
        Fault("half-written", _KILL, _half_written, from_start=True),
        Fault("damaged-table", _KILL, _damaged, from_start=True),
    )
}
