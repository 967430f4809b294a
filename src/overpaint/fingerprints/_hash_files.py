"""Reading lists of hashes: text, CSV, and JSON as exchanges of hashes give it.

No message holds anything of a list but line numbers and what is wrong there.
"""

from __future__ import annotations

import csv
import functools
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from overpaint.errors import UsageError

__all__ = ["KINDS", "HashFile", "read_hash_file"]

KINDS = {"md5": 16, "sha256": 32, "pdq": 32}
"""What is matched, and how many bytes it has."""

_LONGEST_LINE = 1 << 16
_LARGEST_JSON = 1 << 28  # bytes of one JSON document; a line of JSON Lines has no such limit, for it is one entry
_MOST = 50_000_000
_NAMED = 5  # bad lines that are named
_DEPTH = 8  # of lists and pages inside one another

_WORD = re.compile(r"(?:(md5|sha-?256|pdq)\s*[:=]\s*)?([0-9a-f]+)(?=[\s,;#]|$)", re.IGNORECASE)
_KIND_FIELDS = ("type", "indicator_type", "signal_type", "hash_type", "algorithm", "kind")
_VALUE_FIELDS = ("indicator", "signal", "hash", "value", "signal_str")


@dataclass
class HashFile:
    """What one file held.

    Attributes
    ----------
    entries
        By kind, the hashes' bytes one after the other.
    others
        Entries of kinds that are not matched (PhotoDNA, SHA-1, of videos, ...).
    bad, places
        How many entries were no hashes; where the first few are, and what is wrong with each.
    unclear
        How many of them may be SHA-256 or PDQ.
    good
        How many can be matched.
    """

    path: Path
    entries: dict[str, bytearray] = field(default_factory=lambda: {kind: bytearray() for kind in KINDS})
    others: int = 0
    bad: int = 0
    places: list[str] = field(default_factory=list)
    unclear: int = 0
    good: int = 0

    @property
    def entries_in_all(self) -> int:
        """Entries of all sorts."""
        return self.good + self.others + self.bad

    @functools.cached_property
    def of_64(self) -> str | None:
        """What an entry of 64 hex digits is that does not say so: the one of the two that the file's name names."""
        words = {kind for kind in ("sha256", "pdq") if kind in self.path.stem.lower().replace("-", "")}
        return words.pop() if len(words) == 1 else None

    def wrong(self, place: str, why: str) -> None:
        """Count a bad entry."""
        self.bad += 1
        if len(self.places) < _NAMED:
            self.places.append(f"{place}: {why}")

    def add(self, place: str, kind: str | None, text: str) -> None:
        """Take an entry: its kind as the file calls it (None: not said), and hex digits."""
        if self.entries_in_all >= _MOST:
            raise UsageError(
                f"{self.path}: a list of more than {_MOST:,} hashes; these are more than fit into one machine's memory"
            )
        try:
            value = bytes.fromhex(text)
        except ValueError:
            return self.wrong(place, "no hex digits")
        known = _kind_of(kind, len(value)) if kind is not None or len(value) != 32 else self.of_64
        if known == "other":
            self.others += 1
        elif known is None:
            if len(value) == 32:
                self.unclear += 1
                return self.wrong(place, "SHA-256 or PDQ")
            return self.wrong(place, f"{len(text)} hex digits")
        elif len(value) != KINDS[known]:
            return self.wrong(place, f"{len(text)} hex digits, {2 * KINDS[known]} are needed")
        else:
            self.entries[known] += value
            self.good += 1
        return None


def read_hash_file(path: Path) -> HashFile:
    """Read one list, by its extension: ``.csv``; ``.json``; ``.jsonl`` and ``.ndjson``; anything else is text.

    Raises
    ------
    UsageError
        It cannot be read, holds no hash that can be matched, or does not say whether it holds SHA-256 or PDQ.
    """
    found = HashFile(path)
    readers = {".csv": _csv, ".json": _json, ".jsonl": _json_lines, ".ndjson": _json_lines}
    try:
        with path.open("r", encoding="utf-8-sig", errors="replace", newline="") as file:
            readers.get(path.suffix.lower(), _text)(file, found)
    except OSError as error:
        raise UsageError(f"{path}: the hash list cannot be read ({error.strerror}); check the path") from None
    if found.unclear:
        raise UsageError(
            f"{path}: {found.unclear} entries have 64 hex digits, which may be SHA-256 or PDQ ("
            f"{'; '.join(found.places)}); write 'pdq:' or 'sha256:' before them, or put one of the words into the "
            "file's name"
        )
    if not found.good:
        what = f"{found.bad} bad ones ({'; '.join(found.places)})" if found.bad else "nothing that can be matched"
        raise UsageError(
            f"{path}: the hash list has no MD5, SHA-256 or PDQ hash, but {what}; it must have one hex hash a line, "
            "a CSV with a column md5, sha256 or pdq, or JSON with type and indicator (docs/reference/duplicates.md)"
        )
    return found


def _kind_of(said: str | None, size: int) -> str | None:
    """The kind of an entry; ``"other"`` for one that is not matched, None where nobody can tell."""
    if said is None:
        return {16: "md5"}.get(size)
    word = re.sub(r"[^a-z0-9]", "", said.lower()).removeprefix("hash")
    return word if word in KINDS else "other"


def _lines(file: IO[str], found: HashFile) -> Iterator[tuple[int, str]]:
    """Lines with their numbers, never more than a bounded piece in memory; what is too long is counted as bad."""
    number = 0
    while line := file.readline(_LONGEST_LINE):
        number += 1
        if not line.endswith("\n") and len(line) == _LONGEST_LINE:
            while (rest := file.readline(_LONGEST_LINE)) and not rest.endswith("\n"):
                pass
            found.wrong(f"line {number}", f"longer than {_LONGEST_LINE} characters")
            yield number, "\n"
        else:
            yield number, line


def _text(file: IO[str], found: HashFile) -> None:
    """One hash a line, perhaps with its kind before it, and anything after it."""
    for number, line in _lines(file, found):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        match = _WORD.match(text)
        if match is None:
            found.wrong(f"line {number}", "no hash at its beginning")
        else:
            found.add(f"line {number}", match[1], match[2])


def _csv(file: IO[str], found: HashFile) -> None:
    """Columns called md5, sha256 or pdq, or one for the kind and one for the hash."""
    rows = csv.reader((line for _, line in _lines(file, found)), strict=True)
    try:
        header = [name.strip().lower() for name in next(rows, [])]
        kinds = [(at, name) for at, name in enumerate(header) if name in KINDS]
        said = next((header.index(name) for name in _KIND_FIELDS if name in header), None)
        value = next((header.index(name) for name in _VALUE_FIELDS if name in header), None)
        if not kinds and value is None:
            raise UsageError(
                f"{found.path}: the CSV's first line names no column md5, sha256 or pdq, and none for the hash itself "
                f"({', '.join(_VALUE_FIELDS)}); name one"
            )
        for row in rows:
            cells: list[tuple[str | None, str]] = [(kind, row[at]) for at, kind in kinds if at < len(row)]
            if value is not None and value < len(row):
                cells.append((row[said] if said is not None and said < len(row) else None, row[value]))
            for kind, cell in cells:
                if cell.strip():
                    found.add(f"line {rows.line_num}", kind, cell.strip())
    except csv.Error:
        raise UsageError(f"{found.path}: line {rows.line_num} is not CSV; write it anew") from None


def _json_lines(file: IO[str], found: HashFile) -> None:
    for number, line in _lines(file, found):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            found.wrong(f"line {number}", "not JSON")
            continue
        _entries(value, found, f"line {number}", _DEPTH)


def _json(file: IO[str], found: HashFile) -> None:
    text = file.read(_LARGEST_JSON + 1)
    if len(text) > _LARGEST_JSON:
        raise UsageError(f"{found.path}: a JSON document of more than 256 MB; write it as JSON Lines (.jsonl)")
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        where = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise UsageError(
            f"{found.path}: the hash list is not JSON{where}; if it has one object a line, call it .jsonl"
        ) from None
    _entries(value, found, None, _DEPTH)


def _entries(value: Any, found: HashFile, place: str | None, depth: int) -> None:
    """Take an entry, or those of a list or of a page of an exchange (``{"data": [...]}``)."""
    where = f"entry {found.entries_in_all + 1}" if place is None else place
    if isinstance(value, list) and depth:
        for each in value:
            _entries(each, found, place, depth - 1)
        return
    if not isinstance(value, dict):
        found.wrong(where, "no object with type and indicator")
        return
    page = next((value[name] for name in ("data", "indicators", "entries") if isinstance(value.get(name), list)), None)
    if page is not None and depth:
        _entries(page, found, place, depth - 1)
        return
    pairs = list(_said(value))
    if not pairs:
        found.wrong(where, "no object with type and indicator")
    for kind, text in pairs:
        found.add(where, kind, text)


def _said(value: Mapping[str, Any]) -> Iterator[tuple[str | None, str]]:
    """The kinds and hashes that one object holds."""
    for kind in KINDS:
        if isinstance(value.get(kind), str):
            yield kind, value[kind].strip()
    said = next((value[name] for name in _KIND_FIELDS if isinstance(value.get(name), str)), None)
    text = next((value[name] for name in _VALUE_FIELDS if isinstance(value.get(name), str)), None)
    if text is not None:
        yield said, text.strip()
