"""Samples kept on disk in the order they came, until all are known."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import pyarrow as pa

from overpaint.records import LISTING, Sample

from ._listing import listed, samples_of

__all__ = ["Spool", "spooled"]

_BATCH = 4096


class Spool:
    """A context in which samples are added; `spooled` gives them back."""

    def __init__(self, path: Path) -> None:
        self._rows: list[Sample] = []
        self._sink = pa.OSFile(os.fspath(path), "wb")
        self._writer = pa.ipc.new_stream(self._sink, LISTING)

    def add(self, sample: Sample) -> None:
        self._rows.append(sample)
        if len(self._rows) == _BATCH:
            self._flush()

    def _flush(self) -> None:
        if self._rows:
            self._writer.write_table(listed(self._rows))
            self._rows = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._flush()
        self._writer.close()
        self._sink.close()


def spooled(path: Path) -> Iterator[Sample]:
    """The samples of a closed spool, in the order they were added."""
    with pa.OSFile(os.fspath(path), "rb") as source, pa.ipc.open_stream(source) as reader:
        for batch in reader:
            yield from samples_of(pa.Table.from_batches([batch]))
