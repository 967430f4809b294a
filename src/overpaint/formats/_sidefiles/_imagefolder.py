"""Tables of text that name an image a row: ImageFolder's ``metadata.csv`` and ``.jsonl``, Kaggle's CSV, and others.

Rows that stay keep their bytes; only a field that must be emptied changes its own.
"""

from __future__ import annotations

import io
import itertools
import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import BinaryIO

from ._coco import emptied, images_of
from ._json import dumped
from ._names import derived, is_naming, is_word, personal
from ._stream import BOM, Reader, Unreadable, View, lines

__all__ = ["Columns", "cell", "csv_columns", "csv_records", "rewrite_csv", "rewrite_jsonl", "spans_of"]

_LONGEST_RECORD = 16 << 20
_MOST_COLUMNS = 16_384
_SAMPLE = 1000  # rows by which a column is judged
_DIGITS = re.compile(r"\s*[0-9]+\s*")
_DELIMITERS = b",;\t|"


@dataclass(slots=True)
class Columns:
    """Which columns name images, which are derived from their pixels, and which the metadata policy takes."""

    delimiter: bytes
    naming: list[int]
    derived: list[int] = field(default_factory=list)
    personal: list[int] = field(default_factory=list)
    header: bool = True


def csv_records(file: BinaryIO, delimiter: bytes) -> Iterator[bytes]:
    """Records with their ends, a record going on over line ends inside quotes.

    Raises
    ------
    Unreadable
        A record is longer than 16 MiB, or a quote stays open.
    """
    parts: list[bytes] = []
    inside, size = False, 0
    for line in lines(file, _LONGEST_RECORD):
        parts.append(line)
        size += len(line)
        inside = _open_after(line if len(parts) > 1 else line.removeprefix(BOM), delimiter, inside=inside)
        if not inside:
            yield b"".join(parts)
            parts, size = [], 0
        elif size > _LONGEST_RECORD:
            raise Unreadable("a record is too long")
    if parts:
        raise Unreadable("a quote stays open")


def csv_columns(head: bytes, view: View) -> Columns | None:
    """What the columns of a CSV file are, by its first records; None where no column names images.

    A column names images if at least nine in ten of its fields do, or if it is called as such columns are
    (``file_name``, ``image``, ``ImageId`` …) and half of them do. A name of digits
    only counts where the header says so.
    """
    first = head.split(b"\n", 1)[0]
    for delimiter in sorted((bytes([d]) for d in _DELIMITERS), key=first.count, reverse=True):
        rows = [_cells(record, delimiter) for record in _first_records(head, delimiter)]
        if not rows or len(rows[0]) > _MOST_COLUMNS:
            return None
        titles = rows[0]
        body = [row for row in rows[1:] if row != [""]]
        naming = [at for at, title in enumerate(titles) if _names(body, at, title, view)]
        if naming:
            told = not any(_found(titles[at], view) for at in naming)
            if not told:
                return Columns(delimiter, naming, header=False)
            return Columns(
                delimiter,
                naming,
                [at for at, title in enumerate(titles) if at not in naming and derived(title)],
                [at for at, title in enumerate(titles) if at not in naming and view.personal and personal(title)],
            )
    return None


def rewrite_csv(columns: Columns) -> Callable[[Reader, Callable[[bytes], object], View], None]:
    """A rewrite of CSV whose columns are these."""

    def rewrite(read: Reader, write: Callable[[bytes], object], view: View) -> None:
        with read() as file:
            for number, record in enumerate(csv_records(file, columns.delimiter)):
                if number == 0 and columns.header:
                    write(record)
                else:
                    mark = BOM if number == 0 and record.startswith(BOM) else b""
                    write(mark + _row(record[len(mark) :], columns, view))

    return rewrite


def rewrite_jsonl(read: Reader, write: Callable[[bytes], object], view: View) -> None:
    """One JSON object a line; a line that must be changed is written compactly, the others stay."""
    with read() as file:
        for line in lines(file):
            write(_json_line(line, view))


def _row(record: bytes, columns: Columns, view: View) -> bytes:
    if not record.strip():
        return record
    view.entries += 1
    spans = list(spans_of(record, columns.delimiter))
    names = [cell(record, spans[at]) for at in columns.naming if at < len(spans)]
    lost, painted = view.fate([name for name in names if name])
    if lost:
        view.removed += 1
        return b""
    hidden = [at for at in columns.derived if painted and at < len(spans) and not is_word(cell(record, spans[at]))]
    spans = [
        spans[at] for at in sorted({*hidden, *columns.personal}) if at < len(spans) and spans[at][0] < spans[at][1]
    ]
    for begin, end in reversed(spans):
        record = record[:begin] + record[end:]
    view.emptied += bool(spans)
    return record


def _json_line(line: bytes, view: View) -> bytes:
    text = line.removeprefix(BOM)
    if not text.strip():
        return line
    try:
        entry = json.loads(text)
    except (ValueError, RecursionError):
        raise Unreadable("a line is no JSON") from None
    if not isinstance(entry, dict):
        raise Unreadable("a line is no object")
    view.entries += 1
    lost, painted = view.fate(list(images_of(entry)))
    if lost:
        view.removed += 1
        return b""
    changed = emptied(entry, painted=painted, personal=view.personal)
    if changed == entry:
        return line
    view.emptied += 1
    return dumped(changed) + b"\n"


# ------------------------------------------------------------------------- CSV


def _first_records(head: bytes, delimiter: bytes) -> list[bytes]:
    """The first records of a file, without one that the head cuts."""
    text = head.removeprefix(BOM)
    whole = text[: text.rfind(b"\n") + 1] or text
    records: list[bytes] = []
    with suppress(Unreadable):  # a record cut amidst its quotes
        records.extend(itertools.islice(csv_records(io.BytesIO(whole), delimiter), _SAMPLE + 1))
    return records


def _open_after(line: bytes, delimiter: bytes, *, inside: bool) -> bool:
    """Whether a quoted field is open at the end of a line; a quote only opens at the beginning of a field."""
    at = 0
    if not inside and line.startswith(b'"'):
        inside, at = True, 1
    while True:
        if inside:
            at = _closing(line, at, len(line)) + 1
            if at == 0:
                return True
        at = line.find(delimiter, at) + 1
        if at == 0:
            return False
        inside = line[at : at + 1] == b'"'
        at += inside


def _closing(text: bytes, at: int, end: int) -> int:
    """Where the quoted field ends whose text begins at `at`; -1 where it does not."""
    while (at := text.find(b'"', at, end)) != -1 and text[at + 1 : at + 2] == b'"':
        at += 2
    return at


def _names(rows: list[list[str]], at: int, title: str, view: View) -> bool:
    fields = [row[at] for row in rows if at < len(row) and row[at]]
    if is_naming(title) and title.strip().lower().endswith(("file_name", "file_names")):
        return True
    wanted = 0.5 if is_naming(title) else 0.9
    found = sum(_found(text, view, digits=is_naming(title)) for text in fields)
    return bool(fields) and found >= wanted * len(fields)


def _found(text: str, view: View, *, digits: bool = False) -> bool:
    return (digits or not _DIGITS.fullmatch(text)) and view.samples.known(text, near=view.folder)


def spans_of(record: bytes, delimiter: bytes) -> Iterator[tuple[int, int]]:
    """Begin and end of each field, quotes included."""
    end = len(record.rstrip(b"\r\n"))
    at = 0
    while True:
        if record[at : at + 1] == b'"':
            close = _closing(record, at + 1, end)
            after = record.find(delimiter, close if close != -1 else end, end)
        else:
            after = record.find(delimiter, at, end)
        if after == -1:
            yield at, end
            return
        yield at, after
        at = after + 1


def cell(record: bytes, span: tuple[int, int]) -> str:
    raw = record[span[0] : span[1]]
    if len(raw) > 1 and raw.startswith(b'"') and raw.rstrip().endswith(b'"'):
        raw = raw.rstrip()[1:-1].replace(b'""', b'"')
    return os.fsdecode(raw)


def _cells(record: bytes, delimiter: bytes) -> list[str]:
    spans = spans_of(record, delimiter)
    return [cell(record, span) for span, _ in zip(spans, range(_MOST_COLUMNS + 1), strict=False)]
