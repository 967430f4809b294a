"""A labelled evaluation set for re-identification: whose picture is whose, as its files or a list of pairs say.

Either each person has a folder, or ``pairs.csv`` (columns ``a``, ``b``, ``same``) names pairs of pictures. Pairs tell
people apart in full only where names of files do too, as in Labeled Faces in the Wild (``NAME_0001.jpg``): where every
pair agrees with that reading, it is taken; else pictures are of one person where a chain of ``same = 1`` joins them.
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from overpaint.errors import UsageError

__all__ = ["PAIRS", "LabelledPicture", "read_people"]

PAIRS = "pairs.csv"
_MOST_PICTURES = 4_096
_MOST_ENTRIES = 200_000  # of all that lies below the folder
_MOST_BYTES = 64 << 20  # of one picture's file
_LONGEST_CSV = 16 << 20
_NUMBERED = re.compile(r"(?P<person>.+)_\d+\.[A-Za-z0-9]+")
_YES, _NO = {"1", "true", "yes", "same"}, {"0", "false", "no", "different"}


@dataclass(frozen=True, slots=True)
class LabelledPicture:
    """One file of the set, and the number of its person; names go no further than this."""

    file: Path
    person: int

    def read(self) -> bytes | None:
        """Its bytes; None where they cannot be read or are too many."""
        try:
            if self.file.stat().st_size > _MOST_BYTES:
                return None
            return self.file.read_bytes()
        except OSError:
            return None


def read_people(place: str | os.PathLike[str]) -> list[LabelledPicture]:
    """The pictures of a labelled set, in the order of their people and names.

    Raises
    ------
    UsageError
        There is no such folder; it holds no people or one alone; ``pairs.csv`` cannot be read, names files that are
        not there, or contradicts itself; there are more pictures than can be compared.
    """
    folder = Path(place)
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder: give one with a folder for each person, or with {PAIRS}")
    pairs = folder / PAIRS
    by_person = _by_pairs(folder, pairs) if pairs.is_file() else _by_folder(folder)
    pictures = sum(len(files) for files in by_person)
    if pictures > _MOST_PICTURES:
        raise UsageError(
            f"{folder} holds {pictures:,} pictures and all pairs are compared: give a part of it, at most "
            f"{_MOST_PICTURES:,}"
        )
    if len(by_person) < 2 or max(map(len, by_person)) < 2:
        most = max(map(len, by_person), default=0)
        raise UsageError(
            f"{folder} holds {len(by_person)} people and at most {most} pictures of one: re-identification needs two "
            f"people and two pictures of one of them, a folder for each person or {PAIRS} with a, b, same"
        )
    return [LabelledPicture(file, person) for person, files in enumerate(by_person) for file in files]


def content_of(pictures: Sequence[LabelledPicture], hashes: Sequence[str]) -> str:
    """SHA-256 over whose picture is which content, in an order that no name decides."""
    rows = sorted(f"{picture.person} {told}" for picture, told in zip(pictures, hashes, strict=True))
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()


def _by_folder(folder: Path) -> list[list[Path]]:
    people: dict[str, list[Path]] = {}
    for file in _files(folder):
        parts = file.relative_to(folder).parts
        if len(parts) > 1 and not any(part.startswith(".") for part in parts):
            people.setdefault(parts[0], []).append(file)
    return [sorted(files) for _, files in sorted(people.items())]


def _files(folder: Path) -> Iterator[Path]:
    seen = 0
    for here, folders, names in os.walk(folder):
        folders.sort()
        seen += len(names) + len(folders)
        if seen > _MOST_ENTRIES:
            raise UsageError(f"{folder} holds more than {_MOST_ENTRIES:,} files: is this the evaluation set?")
        yield from (Path(here, name) for name in names)


def _by_pairs(folder: Path, file: Path) -> list[list[Path]]:
    pairs = _read_pairs(file)
    at: dict[str, list[Path]] = {}
    for path in _files(folder):
        at.setdefault(path.name, []).append(path)
        at.setdefault(path.relative_to(folder).as_posix(), [path])
    names = sorted({name for a, b, _ in pairs for name in (a, b)})
    absent = sum(name not in at for name in names)
    if absent:
        raise UsageError(f"{file}: {absent} of the {len(names)} pictures that it names are not below {folder}")
    several = sum(len(at[name]) > 1 for name in names)
    if several:
        raise UsageError(f"{file}: {several} names stand for several files; write paths relative to {folder}")
    person = _by_name(pairs) or _by_chains(pairs, names, file)
    people: dict[str, list[Path]] = {}
    for name in names:
        people.setdefault(person(name), []).append(at[name][0])
    return [files for _, files in sorted(people.items())]


def _read_pairs(file: Path) -> list[tuple[str, str, bool]]:
    try:
        if file.stat().st_size > _LONGEST_CSV:
            raise UsageError(f"{file} is larger than {_LONGEST_CSV >> 20} MB; is it a list of pairs?")
        text = file.read_bytes().decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text), strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{file} cannot be read as CSV ({type(error).__name__})") from error
    pairs = []
    for number, row in enumerate(rows, 2):
        a, b, same = (str(row.get(column) or "").strip() for column in ("a", "b", "same"))
        if not a or not b or same.lower() not in _YES | _NO:
            raise UsageError(f"{file}, line {number}: it needs columns a, b (pictures) and same (1 or 0)")
        pairs.append((a, b, same.lower() in _YES))
    if not pairs:
        raise UsageError(f"{file} holds no pairs: give columns a, b (pictures) and same (1 or 0)")
    return pairs


def _by_name(pairs: Sequence[tuple[str, str, bool]]) -> Callable[[str], str] | None:
    """Who a file is of by ``NAME_0001.jpg``, where every pair agrees with that."""

    def person(name: str) -> str:
        match = _NUMBERED.fullmatch(name.rpartition("/")[2])
        return match["person"] if match else ""

    if all(person(a) and person(b) and (person(a) == person(b)) == same for a, b, same in pairs):
        return person
    return None


def _by_chains(pairs: Sequence[tuple[str, str, bool]], names: Sequence[str], file: Path) -> Callable[[str], str]:
    parent = {name: name for name in names}

    def root(name: str) -> str:
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for a, b, same in pairs:
        if same:
            low, high = sorted((root(a), root(b)))
            parent[high] = low
    wrong = Counter(not same and root(a) == root(b) for a, b, same in pairs)[True]
    if wrong:
        raise UsageError(f"{file}: {wrong} pairs are of two people and, by other pairs, of one")
    return root
