"""The ratings of this machine: a folder of the user's data, its files by hash, and one index that says what each is."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date as calendar_date
from pathlib import Path
from typing import Any

from overpaint.errors import LabelsError
from overpaint.labels._ratings_file import RatingsFile, read_bytes, read_ratings_file
from overpaint.labels._ratings_published import ATTRIBUTION, DATE, NAME, PUBLISHED, published

__all__ = ["InstalledRatings", "add_ratings", "installed", "installed_ratings", "ratings_dir", "remove_ratings"]

INDEX = "installed.json"
MOST = 1000
"""Files that may be installed at once."""


@dataclass(frozen=True, slots=True)
class InstalledRatings:
    """A file of ratings that is installed.

    ``file`` is what it was called, ``source`` and ``date`` who judged and when, ``attribution`` the paper of the
    published ones.
    """

    file: str
    source: str
    date: str
    sha256: str
    entries: int
    attribution: str = ""

    def to_dict(self) -> dict[str, Any]:
        """All fields as plain values, for JSON."""
        return asdict(self)

    def lines(self) -> list[str]:
        """For a terminal."""
        when = f", {self.date}" if self.date else ""
        lines = [f"{self.source}{when}: {self.entries:,} labels ({self.file})"]
        return [*lines, f"  {self.attribution}"] if self.attribution else lines


def ratings_dir() -> Path:
    """The folder of installed ratings: ``$OVERPAINT_RATINGS``, or ``overpaint/ratings`` in the user's data.

    Not in the cache, where the models lie: a maintainer's own ratings cannot be fetched again.
    """
    if own := os.environ.get("OVERPAINT_RATINGS"):
        return Path(own).expanduser()
    xdg = os.environ.get("XDG_DATA_HOME", "")
    if Path(xdg).is_absolute():  # the specification says that others are to be ignored
        return Path(xdg) / "overpaint" / "ratings"
    try:
        home = Path.home()
    except RuntimeError as error:
        raise LabelsError("there is no home directory for ratings; set OVERPAINT_RATINGS to a directory") from error
    data = home / "Library" / "Application Support" if sys.platform == "darwin" else home / ".local" / "share"
    return data / "overpaint" / "ratings"


def installed_ratings() -> tuple[InstalledRatings, ...]:
    """What is installed, the weakest first: the published files, then others as they were added."""
    index = ratings_dir() / INDEX
    try:
        data = index.read_bytes()
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise LabelsError(f"{index} cannot be read ({error.strerror})") from error
    try:
        rows = json.loads(data)["files"]
        found = [InstalledRatings(**row) for row in rows]
        sound = len(found) <= MOST and all(_sound(one) for one in found)
    except (ValueError, KeyError, TypeError, RecursionError):
        sound = False
    if not sound:
        raise LabelsError(f"{index} is damaged; delete it and add the ratings again")
    return tuple(sorted(found, key=lambda one: published(one.sha256) is None))


def installed() -> Iterator[tuple[InstalledRatings, RatingsFile]]:
    """Every installed file with its rows, the weakest first; a file that was changed since is refused."""
    for one in installed_ratings():
        path = _kept(one.sha256)
        data = read_bytes(path)
        if hashlib.sha256(data).hexdigest() != one.sha256:
            raise LabelsError(f"{path} ({one.file}) was changed since it was added; add that file again")
        yield one, read_ratings_file(path, data=data)


def add_ratings(
    paths: Sequence[str | Path], *, source: str | None = None, date: str | None = None
) -> tuple[InstalledRatings, ...]:
    """Check files of ratings and keep copies of them for every later command.

    Parameters
    ----------
    paths
        CSV files, or folders: of a folder the published files are taken, whatever else lies there, or every CSV file
        where it holds none of them.
    source, date
        Who judged, and when (YYYY-MM-DD): for all files but the published ones, which are told by their SHA-256 and
        get their attribution. A file with columns ``source`` and ``date`` needs neither.

    Returns
    -------
    tuple of InstalledRatings
        What was added. A file of the same name and source replaces the earlier one.

    Raises
    ------
    LabelsError
        Where a file cannot be read, or nobody says who judged and when. Then nothing is added.
    """
    day = "" if date is None else _day(date)
    ready: list[tuple[InstalledRatings, bytes]] = []
    for path in _files(paths):
        data = read_bytes(path)
        file = read_ratings_file(path, data=data)
        ready.append((_record(path, file, source or "", day), data))
    _keep(ready)
    return tuple(record for record, _ in ready)


def remove_ratings(source: str) -> tuple[InstalledRatings, ...]:
    """Take away every installed file of a source; `LabelsError` where there is none."""
    with _locked():
        before = installed_ratings()
        gone = tuple(one for one in before if source in (one.source, one.file))
        if not gone:
            there = ", ".join(dict.fromkeys(one.source for one in before)) or "none"
            raise LabelsError(f"no ratings of {source!r} are installed; there are: {there}")
        _write_index([one for one in before if one not in gone])
        for one in gone:
            _kept(one.sha256).unlink(missing_ok=True)
    return gone


def _record(path: Path, file: RatingsFile, source: str, day: str) -> InstalledRatings:
    if known := published(file.sha256):
        return InstalledRatings(known.name, NAME, DATE, file.sha256, len(file.rows), ATTRIBUTION)
    if not file.rows:
        raise LabelsError(f"{path} has no rows; a file of ratings has one row a label")
    for what, given, cells in (
        ("who judged", source, [row.source for row in file.rows]),
        ("when", day, [row.date for row in file.rows]),
    ):
        if not given and not all(cells):
            option = "--source NAME" if what == "who judged" else "--date YYYY-MM-DD"
            raise LabelsError(f"{path} does not say {what} in every row, and it is not a published file; say {option}")
    return InstalledRatings(path.name, source or path.stem, day, file.sha256, len(file.rows))


def _files(paths: Sequence[str | Path]) -> list[Path]:
    found: list[Path] = []
    for path in map(Path, paths):
        if not path.is_dir():
            found.append(path)
            continue
        try:
            inside = sorted(one for one in path.iterdir() if one.suffix.casefold() == ".csv" and one.is_file())
        except OSError as error:
            raise LabelsError(f"{path} cannot be listed ({error.strerror})") from error
        names = {one.name for one in PUBLISHED}
        found += [one for one in inside if one.name in names] or inside
        if not inside:
            raise LabelsError(f"{path} holds no CSV file; name the files of ratings")
    if not found:
        raise LabelsError("name a file of ratings or a folder that holds some")
    if len(found) > MOST:
        raise LabelsError(f"these are {len(found)} files; at most {MOST} can be added")
    return found


def _keep(ready: Sequence[tuple[InstalledRatings, bytes]]) -> None:
    with _locked():
        for record, data in ready:
            _write(_kept(record.sha256), data)
        new = {(one.source, one.file): one for one, _ in ready}
        before = installed_ratings()
        stay = [one for one in before if (one.source, one.file) not in new]
        _write_index([*stay, *new.values()])
        wanted = {one.sha256 for one in (*stay, *new.values())}
        for one in before:
            if one.sha256 not in wanted:
                _kept(one.sha256).unlink(missing_ok=True)


def _write_index(records: Sequence[InstalledRatings]) -> None:
    if len(records) > MOST:
        raise LabelsError(f"more than {MOST} files of ratings; remove some with `overpaint labels ratings remove`")
    text = json.dumps({"files": [one.to_dict() for one in records]}, indent=1, ensure_ascii=True)
    _write(ratings_dir() / INDEX, text.encode() + b"\n")


def _write(path: Path, data: bytes) -> None:
    """The whole file or nothing."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            Path(name).replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(name).unlink()
            raise
    except OSError as error:
        raise LabelsError(
            f"{path} cannot be written ({error.strerror}); OVERPAINT_RATINGS names another folder"
        ) from error


@contextlib.contextmanager
def _locked() -> Iterator[None]:
    """One writer at a time."""
    folder = ratings_dir()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / ".lock").open("w")
    except OSError as error:
        raise LabelsError(
            f"{folder} cannot be written ({error.strerror}); OVERPAINT_RATINGS names another folder"
        ) from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _kept(sha256: str) -> Path:
    return ratings_dir() / f"{sha256}.csv"


def _sound(one: InstalledRatings) -> bool:
    texts = (one.file, one.source, one.date, one.sha256, one.attribution)
    hexed = all(isinstance(text, str) for text in texts) and len(one.sha256) == 64
    return hexed and set(one.sha256) <= set("0123456789abcdef") and isinstance(one.entries, int)


def _day(text: str) -> str:
    try:
        return calendar_date.fromisoformat(text).isoformat()
    except ValueError:
        raise LabelsError(f"--date {text}: write YYYY-MM-DD") from None
