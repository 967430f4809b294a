"""Sorting more rows than fit into memory: sorted runs on disk, merged."""

from __future__ import annotations

import heapq
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

__all__ = ["Sorter", "beyond"]

_BATCH = 4096  # rows of each run that are in memory while merging
_MOST_RUNS = 64  # so that open files and batches stay bounded however small the chunk


class Sorter:
    """Rows in, rows out in the order of their first column; at most `chunk` rows (or 64 batches) in memory.

    Parameters
    ----------
    schema
        Of the rows; the first column is a unique binary key.
    directory
        Where sorted runs are written; the caller removes it.
    name
        Begins the runs' file names.
    chunk
        Rows sorted in memory at a time.
    """

    def __init__(self, schema: pa.Schema, directory: Path, name: str, *, chunk: int) -> None:
        self._schema, self._directory, self._name, self._chunk = schema, directory, name, chunk
        self._rows: list[tuple[Any, ...]] = []
        self._runs: list[Path] = []
        self._made = 0
        self.count = 0

    def add(self, row: tuple[Any, ...]) -> None:
        self._rows.append(row)
        self.count += 1
        if len(self._rows) >= self._chunk:
            self._spill()

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """All rows, sorted. Call once."""
        self._rows.sort()
        if not self._runs:
            yield from self._rows
        else:
            yield from heapq.merge(*map(_read, self._runs), self._rows)

    def _spill(self) -> None:
        self._rows.sort()
        self._write(iter(self._rows))
        self._rows = []
        if len(self._runs) >= _MOST_RUNS:
            old, self._runs = self._runs, []
            self._write(heapq.merge(*map(_read, old)))
            for path in old:
                path.unlink()

    def _write(self, rows: Iterator[tuple[Any, ...]]) -> None:
        path = self._directory / f"{self._name}-{self._made:06}.arrow"
        self._made += 1
        with pa.OSFile(os.fspath(path), "wb") as sink, pa.ipc.new_stream(sink, self._schema) as writer:
            batch: list[tuple[Any, ...]] = []
            for row in rows:
                batch.append(row)
                if len(batch) == _BATCH:
                    writer.write_batch(self._arrays(batch))
                    batch = []
            if batch:
                writer.write_batch(self._arrays(batch))
        self._runs.append(path)

    def _arrays(self, rows: list[tuple[Any, ...]]) -> pa.RecordBatch:
        columns = zip(*rows, strict=True)
        arrays = [pa.array(column, kind) for column, kind in zip(columns, self._schema.types, strict=True)]
        return pa.RecordBatch.from_arrays(arrays, schema=self._schema)


def _read(path: Path) -> Iterator[tuple[Any, ...]]:
    with pa.OSFile(os.fspath(path), "rb") as source, pa.ipc.open_stream(source) as reader:
        for batch in reader:
            yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def beyond(expected: Iterable[str], found: Iterable[str], directory: str | os.PathLike[str]) -> Iterator[str]:
    """What was found and not expected, sorted; `directory` takes what does not fit into memory."""
    place = Path(directory)
    sides = []
    for name, keys in (("expected", expected), ("found", found)):
        sorter = Sorter(pa.schema([("key", pa.binary())]), place, name, chunk=200_000)
        for key in keys:
            sorter.add((os.fsencode(key),))
        sides.append(sorter.rows())
    wanted, there = sides
    expect = next(wanted, None)
    for row in there:
        while expect is not None and expect < row:
            expect = next(wanted, None)
        if expect != row:
            yield os.fsdecode(row[0])
