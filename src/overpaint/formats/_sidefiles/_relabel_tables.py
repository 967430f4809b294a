"""Other labels in tables: CSV, JSON Lines and parquet whose rows name images, or classes."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from overpaint.errors import SourceError
from overpaint.formats._label_columns import edit_scalar, nothing, single
from overpaint.formats._label_features import class_lists, with_classes
from overpaint.formats._label_guess import LABEL_NAMES, OBJECT_NAMES
from overpaint.formats._parquet_batches import DamagedError, batches, open_parquet

from ._imagefolder import cell, csv_records, spans_of
from ._names import is_naming
from ._parquet import ArrowSink
from ._relabel import Labels
from ._relabel_json import entry_with
from ._stream import BOM, Reader, Rewrite, Unreadable, View, lines

__all__ = ["relabel_csv", "relabel_jsonl", "relabel_parquet"]

_ASKED = 1000
_SHARE = 0.9
_MOST_PAGE = 256 << 20
_PREDICTION = re.compile(r"\s*(?:n[0-9]{8}(?:\s+-?[0-9.]+){4}\s*)+")
_ONE = re.compile(r"(n[0-9]{8})((?:\s+-?[0-9.]+){4}\s*)")


# -------------------------------------------------------------------------- CSV


@dataclass(frozen=True)
class _Columns:
    """Which columns name images, which hold labels, and whether the rows are classes."""

    delimiter: bytes
    header: bool
    naming: frozenset[int]
    labels: frozenset[int]


def relabel_csv(read: Reader, labels: Labels, view: View) -> Rewrite | None:
    """For a table whose columns name images or hold labels; None where it does neither.

    A column holds labels if it is called as such columns are, or if nine in ten of its first values are labels. A
    value that nobody judged is emptied and counted.
    """
    columns = _columns(read, labels, view)
    if columns is None:
        return None

    def rewrite(read: Reader, write: Callable[[bytes], object], view: View) -> None:
        with read() as file:
            for number, record in enumerate(csv_records(file, columns.delimiter)):
                if not record.strip() or (number == 0 and columns.header):
                    write(record)
                    continue
                mark = BOM if number == 0 and record.startswith(BOM) else b""
                new = _row(record[len(mark) :], columns, labels, view)
                write(mark + new if new else b"")

    return rewrite


def _columns(read: Reader, labels: Labels, view: View) -> _Columns | None:
    with read() as file:
        first = file.readline(1 << 20)
    for delimiter in sorted((b",", b"\t", b";", b"|"), key=first.count, reverse=True)[:1]:
        with read() as file:
            told = list(itertools.islice(csv_records(file, delimiter), _ASKED + 1))
        rows = [[cell(record, span) for span in spans_of(record, delimiter)] for record in told if record.strip()]
        if not rows:
            return None
        titles = [title.removeprefix("\ufeff").strip() for title in rows[0]]
        named = any(is_naming(title) or title.lower() in LABEL_NAMES for title in titles)
        body = rows[1:] if named else rows
        naming, holding = set[int](), set[int]()
        for at, title in enumerate(titles):
            values = [row[at] for row in body if at < len(row) and row[at].strip()]
            known = _share(values, lambda text: view.samples.known(text, near=view.folder))
            groups = _share(values, lambda text: _PREDICTION.fullmatch(text) is not None)
            if known >= _SHARE or (named and is_naming(title)):
                naming.add(at)
            elif (named and title.lower() in LABEL_NAMES) or max(groups, _share(values, labels.knows)) >= _SHARE:
                holding.add(at)
        return _Columns(delimiter, named, frozenset(naming), frozenset(holding)) if naming or holding else None
    return None


def _share(values: list[str], test: Callable[[str], bool]) -> float:
    digits = sum(value.strip().isdigit() for value in values)
    return sum(map(test, values)) / len(values) if values and digits < len(values) else 0.0


def _row(record: bytes, columns: _Columns, labels: Labels, view: View) -> bytes:
    view.entry()
    spans = list(spans_of(record, columns.delimiter))
    edits: list[tuple[int, int, str]] = []
    for at in sorted(columns.naming | columns.labels):
        if at >= len(spans):
            continue
        old = cell(record, spans[at])
        if not old.strip():
            continue
        if at in columns.naming:
            new: str | None = labels.follow(old, view)
        else:
            new = _value(old, labels, view)
            if new is None and not columns.naming:  # a table of classes
                view.removed += 1
                return b""
        if new != old:
            edits.append((*spans[at], new or ""))
    for begin, end, new in reversed(edits):
        record = record[:begin] + _quoted(new, columns.delimiter, record[begin:end]) + record[end:]
    view.relabelled += bool(edits)
    return record


def _value(text: str, labels: Labels, view: View) -> str | None:
    word = text.strip()
    if labels.knows(word):
        new = labels.name(word)
        return None if new is None else text if new == word else new
    if _PREDICTION.fullmatch(text):
        parts = [(labels.name(wnid), rest) for wnid, rest in _ONE.findall(text)]
        return "".join(f"{new}{rest}" for new, rest in parts if new is not None)
    for between in (" ", ",", ";", "|"):
        words = [one.strip() for one in word.split(between)]
        if len(words) > 1 and all(map(labels.knows, words)):
            told = dict.fromkeys(new for new in map(labels.name, words) if new is not None)
            return text if list(told) == words else between.join(told)
    view.emptied += 1
    return None


def _quoted(text: str, delimiter: bytes, old: bytes) -> bytes:
    raw = text.encode("utf-8", "surrogateescape")
    if old.startswith(b'"') or any(mark in raw for mark in (delimiter, b'"', b"\n", b"\r")):
        return b'"' + raw.replace(b'"', b'""') + b'"'
    return raw


# ------------------------------------------------------------------- JSON Lines


def relabel_jsonl(labels: Labels) -> Rewrite:
    """One object a line: paths follow their images, labels are exchanged, all other characters stay."""

    def rewrite(read: Reader, write: Callable[[bytes], object], view: View) -> None:
        with read() as file:
            for line in lines(file):
                text = line.removeprefix(BOM)
                if not text.strip():
                    write(line)
                    continue
                try:
                    raw = text.decode()
                    value = json.loads(raw)
                    new = entry_with(raw, value, labels, view) if isinstance(value, dict) else raw
                except (ValueError, RecursionError):
                    raise Unreadable("a line is no JSON") from None
                view.entry()
                view.relabelled += new != raw
                write(line[: len(line) - len(text)] + new.encode("utf-8", "surrogatepass"))

    return rewrite


# ---------------------------------------------------------------------- parquet


def relabel_parquet(labels: Labels) -> Rewrite:
    """Rows that name images: paths, columns of labels, and the class lists of Hugging Face's metadata."""

    def rewrite(read: Reader, write: Callable[[bytes], object], view: View) -> None:
        with read() as file:
            try:
                opened = open_parquet(file, "")
                schema = opened.parquet.schema_arrow
                plan = _plan(schema, labels)
                new = schema
                for path, (_, classes) in plan.items():
                    new = new if classes is None else with_classes(new, path, classes)
                view.relabelled += not new.equals(schema, check_metadata=True)
                with pq.ParquetWriter(ArrowSink(write), new, compression="zstd") as writer:
                    for group in range(len(opened.rows)):
                        for batch in batches(opened, group, None, most=_MOST_PAGE):
                            rows = _batch(batch.rows, plan, labels, view)
                            writer.write_table(pa.Table.from_batches([rows]).cast(new))
            except (SourceError, DamagedError, pa.ArrowException, ValueError) as error:
                raise Unreadable(str(error)) from None

    return rewrite


_Plan = dict[tuple[str, ...], tuple[Callable[[str | int, View], str | int | None], tuple[str, ...] | None]]


def _plan(schema: Any, labels: Labels) -> _Plan:
    """What becomes of the labels in each column that holds some, and its new class list."""
    plan: _Plan = {}
    lists = class_lists(schema)
    for path, names in lists.items():
        numbers = labels.numbers_of(names)
        plan[path] = (_numbered(numbers, labels), labels.list_of(names))
    for field in schema:
        if field.name.lower() in LABEL_NAMES:
            plan.setdefault((field.name,), (_judged(labels), None))
        if field.name.lower() in OBJECT_NAMES and pa.types.is_struct(field.type):
            for at in range(field.type.num_fields):
                name = field.type.field(at).name
                if name.lower() in LABEL_NAMES:
                    plan.setdefault((field.name, name), (_judged(labels), None))
    return plan


def _numbered(numbers: dict[int, int | None], labels: Labels) -> Callable[[str | int, View], str | int | None]:
    def change(label: str | int, view: View) -> str | int | None:
        if isinstance(label, str):
            return _judged(labels)(label, view)
        return label if label < 0 else numbers.get(label)

    return change


def _judged(labels: Labels) -> Callable[[str | int, View], str | int | None]:
    def change(label: str | int, view: View) -> str | int | None:
        if isinstance(label, int) or not labels.knows(label):
            view.emptied += 1
            return None
        return labels.name(label)

    return change


def _batch(rows: Any, plan: _Plan, labels: Labels, view: View) -> Any:
    for _ in range(rows.num_rows):
        view.entry()
    for at, field in enumerate(rows.schema):
        steps = {path[1:]: change for path, (change, _) in plan.items() if path[0] == field.name}
        naming = is_naming(field.name)
        if not steps and not naming:
            continue
        column, before = [], list(rows.column(at))
        for value in before:
            new = value
            for way, change in steps.items():
                new = edit_scalar(new, way, lambda label, change=change: change(label, view))  # type: ignore[misc]
                new = nothing(field) if new is None else new
            if naming:
                new = edit_scalar(new, (), lambda text: labels.follow(text, view) if isinstance(text, str) else text)
            column.append(new)
        if any(new is not value for new, value in zip(column, before, strict=True)):
            changed = pa.concat_arrays([single(value, field.type) for value in column])
            view.relabelled += 1
            rows = rows.set_column(at, field, changed)
    return rows
