"""A dataset in container files (tars of WebDataset, parquet of Hugging Face) as a source."""

from __future__ import annotations

import dataclasses
import os
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa

from overpaint.errors import EngineError, SampleError, SourceError
from overpaint.records import Sample, stored_key

from ._about import About
from ._container_names import called_in, front_of, named_apart, named_twice
from ._layout import Layout
from ._listing import ListingSummary, write_others, write_samples
from ._parquet import ParquetReader
from ._parquet_columns import overpaint_of
from ._parquet_writer import OTHER
from ._record import Field, Record
from ._rows import as_members
from ._sorting import Sorter
from ._spool import Spool, spooled
from ._store import Store
from ._tar import TarReader
from ._walk import named_as_image

__all__ = ["EXTENSIONS", "ContainerSource"]

EXTENSIONS = {"webdataset": ".tar", "parquet": ".parquet"}

_REPORT_EVERY = 1000
_NAMES = pa.schema([("name", pa.binary()), ("file", pa.binary())])
_OTHER = pa.schema([("key", pa.binary()), ("size", pa.int64()), ("reason", pa.string())])


class ContainerSource:
    """The images in the container files of one place; it is only read.

    Parameters
    ----------
    store
        The place.
    kind
        ``webdataset`` or ``parquet``.
    max_bytes
        Images larger than this are not read (`SampleError` ``too-large``).
    only
        The one container to take, where the place holds others too.
    """

    def __init__(self, store: Store, kind: str, *, max_bytes: int = 1 << 30, only: str | None = None) -> None:
        self.store, self.kind, self.max_bytes, self.only = store, kind, max_bytes, only
        self._open: tuple[str, BinaryIO, TarReader | ParquetReader] | None = None

    @property
    def layout(self) -> Layout:
        """Splits are told by the containers' names, not by directories."""
        return Layout()

    @cached_property
    def about(self) -> About:
        """What overpaint wrote of the dataset, where it wrote it."""
        return About.read(self.store)

    def write_listing(
        self,
        directory: str | os.PathLike[str],
        *,
        shard_size: int | None = None,
        packs: bool = False,
        progress: Callable[[int], None] | None = None,
    ) -> ListingSummary:
        """List the images of every container, in the containers' order; see `FolderSource.write_listing`.

        Parameters
        ----------
        packs
            One shard for each container, since its output will be one too; else shards of ``shard_size``.
        """
        directory = Path(directory)
        work = directory / ".sorting"
        try:
            shutil.rmtree(work, ignore_errors=True)
            work.mkdir(parents=True)
            others = Sorter(_OTHER, work, "others", chunk=200_000)
            names = Sorter(_NAMES, work, "names", chunk=200_000)
            spool = work / "samples.arrow"
            self._spool(spool, self._containers(others), others, names, progress)
            twice = named_twice(names.rows())
            samples = (self._labelled(named_apart(s, twice)) for s in spooled(spool))
            listed, shards = write_samples(samples, directory, size=shard_size or 256, whole=packs)
            number = write_others(others.rows(), directory)
        except OSError as error:
            raise EngineError(
                f"cannot write the listing in {os.fspath(directory)!a}: {error}; free space there or give another --run"
            ) from None
        finally:
            shutil.rmtree(work, ignore_errors=True)
        return ListingSummary(listed, number, shards)

    def read(self, sample: Sample) -> bytes:
        """The bytes of one image.

        Raises
        ------
        SampleError
            As `FolderSource.read`; ``truncated``, ``damaged-container``.
        """
        container = self._container(sample)
        try:
            data = container.read(sample)
        except (SampleError, SourceError):
            self._expect_unchanged(sample)
            raise
        self._expect_unchanged(sample)
        return data

    def texts(self, sample: Sample) -> Mapping[str, str]:
        """What the record of one image says in words; errors as of `read`."""
        return self._container(sample).texts(sample)

    def fields(self, sample: Sample, names: Collection[str]) -> tuple[Field, ...]:
        """The members or columns of these names in the record of one image; fast in the order of the listing.

        Raises
        ------
        SampleError
            As of `read`.
        """
        container = self._container(sample)
        wanted = frozenset(names) - frozenset(self.about.added)
        if isinstance(container, ParquetReader) and overpaint_of(container.schema).get("source") == "webdataset":
            asked = frozenset({OTHER, *map(stored_key, wanted)})
            record = as_members(Record("", (), container.fields(sample, asked)), container.schema)
            found = tuple(one for one in record.fields if one.name in wanted)
        else:
            found = container.fields(sample, wanted)
        self._expect_unchanged(sample)
        return found

    def records(self, samples: Sequence[Sample], *, packs: bool = False) -> Iterator[Record]:
        """The records that hold these images, which all lie in one container, in its order.

        Where the images are all that the container holds, records without an image come too.

        Parameters
        ----------
        packs
            Called as in the container, since the output will be one too; else as in the listing, so that no two
            records of the dataset are called the same.
        """
        known = {sample.key: sample for sample in samples}
        container = self._container(samples[0])
        schema = container.schema if isinstance(container, ParquetReader) else None
        front = front_of(samples[0])
        for record in self._unchanged(container.records(), samples[0]):
            mine = tuple(s for s in record.samples if s.key in known)
            if mine or not record.samples:
                fields = tuple(one for one in record.fields if one.name not in self.about.added)
                own = dataclasses.replace(record, samples=mine, fields=fields)
                own = own if schema is None else as_members(own, schema)
                called, front = called_in(own, known, front, packs=packs)
                yield called

    def _unchanged(self, records: Iterator[Record], sample: Sample) -> Iterator[Record]:
        while True:
            try:
                record = next(records, None)
            except SourceError:
                self._expect_unchanged(sample)
                raise
            self._expect_unchanged(sample)
            if record is None:
                return
            yield record

    def _expect_unchanged(self, sample: Sample) -> None:
        """Refuse what was just read of a container on a disk that was written to meanwhile."""
        if self.store.local is None or self._open is None or self._open[0] != sample.file:
            return
        if os.fstat(self._open[1].fileno()).st_mtime_ns != sample.mtime_ns:
            raise SampleError("changed", "the container was written to while it was read; list the source again")

    def schema(self, sample: Sample) -> pa.Schema:
        """The columns of the parquet file that holds an image."""
        container = self._container(sample)
        assert isinstance(container, ParquetReader)
        return container.schema

    def _labelled(self, sample: Sample) -> Sample:
        """With the name of its class, where overpaint wrote the class as a number."""
        classes, label = self.about.classes, sample.label
        if self.kind != "webdataset" or not self.about.added or label is None or not label.isdecimal():
            return sample
        return dataclasses.replace(sample, label=classes[int(label)]) if int(label) < len(classes) else sample

    def _containers(self, others: Sorter) -> list[tuple[str, int, int]]:
        found = []
        for row in self.store.walk():
            key = os.fsdecode(row[0])
            if isinstance(row[2], str):
                others.add(row)
            elif self.only is not None and key != self.only:
                continue
            elif key.endswith(EXTENSIONS[self.kind]):
                found.append((key, row[1], row[2]))
            else:  # an image in no container is not looked at, so that it must not be carried along either
                image = named_as_image(row[0].rpartition(b"/")[2])
                others.add((row[0], row[1], "image-beside-containers" if image else "not-an-image"))
        return sorted(found, key=lambda row: os.fsencode(row[0]))

    def _spool(
        self,
        path: Path,
        containers: Sequence[tuple[str, int, int]],
        others: Sorter,
        names: Sorter,
        progress: Callable[[int], None] | None,
    ) -> None:
        seen = 0
        with Spool(path) as spool:
            for key, size, version in containers:
                told = False
                try:
                    with self.store.open(key) as file:
                        for row in self._opened(file, key, version).samples():
                            if isinstance(row, Sample):
                                spool.add(row)
                                names.add((os.fsencode(row.name or ""), os.fsencode(key)))
                                seen, told = seen + 1, True
                                if progress is not None and seen % _REPORT_EVERY == 0:
                                    progress(seen)
                            else:
                                others.add((os.fsencode(row[0]), row[1], row[2]))
                                told = told or row[0] == key
                except (SampleError, SourceError) as error:  # its rest is lost, and said to be
                    others.add((os.fsencode(key), size, getattr(error, "reason", "unreadable")))
                else:
                    if not told:
                        others.add((os.fsencode(key), size, "no-image-inside"))
        if progress is not None:
            progress(seen)

    def _opened(self, file: BinaryIO, key: str, version: int) -> TarReader | ParquetReader:
        made = TarReader if self.kind == "webdataset" else ParquetReader
        return made(file, key=key, mtime_ns=version, max_bytes=self.max_bytes)

    def _container(self, sample: Sample) -> TarReader | ParquetReader:
        """The container of a sample, kept open until one of another is asked for."""
        assert sample.file is not None
        if self._open is None or self._open[0] != sample.file:
            self._close()
            now = self.store.stat(sample.file)
            if now is None:
                raise SampleError("vanished", "the container is no longer where it was listed")
            if now[1] != sample.mtime_ns:
                raise SampleError("changed", "the container is not the one that was listed; list the source again")
            file = self.store.open(sample.file)
            self._open = (sample.file, file, self._opened(file, sample.file, now[1]))
        return self._open[2]

    def close(self) -> None:
        """Let go of the container that is open."""
        self._close()

    def _close(self) -> None:
        if self._open is not None:
            self._open[1].close()
            self._open = None
