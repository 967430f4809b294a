"""A parquet file with image columns as a source, as Hugging Face writes them: listed without reading an image."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from functools import cached_property
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from overpaint.errors import SampleError, SourceError
from overpaint.records import Sample

from ._fields import classify
from ._parquet_batches import Batch, DamagedError, batches, open_parquet
from ._parquet_columns import ImageColumn, image_columns
from ._parquet_names import Naming
from ._record import Field, Record
from ._sniff import looks_like_image

__all__ = ["ParquetReader"]

Other = tuple[str, int, str]
_PROBED = 16  # values of a binary column that are asked whether they are images


class ParquetReader:
    """One parquet file, local or remote.

    Parameters
    ----------
    file
        Open for reading in binary, seekable. It stays the caller's to close.
    key
        Its path below the source.
    mtime_ns
        Of the file, passed on to its samples; `read` refuses samples of another one.
    max_bytes
        Larger images are not read, and no page of a column may be larger by more than 64 MiB.
    """

    def __init__(self, file: BinaryIO, *, key: str, mtime_ns: int, max_bytes: int = 1 << 30) -> None:
        self.key = key
        self.mtime_ns = mtime_ns
        self.max_bytes = max_bytes
        #: Row groups whose fields could not be read so far, with the reason; their samples fail.
        self.damaged: dict[int, str] = {}
        self._file = file
        self._current: Batch | None = None
        self._ahead: tuple[int, str, Iterator[Batch]] | None = None

    @property
    def schema(self) -> pa.Schema:
        """The file's schema with its metadata.

        Raises
        ------
        SourceError
            The file is no parquet file that can be read.
        """
        return self._parquet.schema_arrow

    @property
    def images(self) -> tuple[str, ...]:
        """Names of the image columns, in the order of the schema."""
        return tuple(column.name for column in self._columns)

    def samples(self) -> Iterator[Sample | Other]:
        """Every image by row, column and place in a list; null images are none. Image bytes are not read.

        What is no image comes as key, bytes and reason: ``not-a-parquet``, ``broken-parquet``, ``no-image-column``
        for the file; ``oversized-page``, ``too-many-values``, ``broken-page``, ``broken-data`` for a row group, whose
        images are then not listed.

        Raises
        ------
        SourceError
            The file cannot be read.
        """
        size = self._file.seek(0, 2)
        try:
            found, groups = self._columns, self._parquet.num_row_groups
        except SourceError as error:
            reason = getattr(error, "reason", None)
            if reason is None:
                raise
            yield self.key, size, reason
            return
        if not found:
            yield self.key, size, "no-image-column"
            return
        for group in range(groups):
            try:
                for batch in self._batches(group, self._probes):
                    yield from itertools.chain.from_iterable(self._naming.samples(batch))
            except DamagedError as damage:
                yield f"{self.key}/row-group-{group}", 0, damage.reason

    def records(self) -> Iterator[Record]:
        """Every row in order. Fields are all columns but the image columns, as Arrow scalars.

        A row group that cannot be read in full (`damaged`) gives records without fields whose samples fail to be read.

        Raises
        ------
        SourceError
            The file cannot be read.
        """
        for group in range(self._parquet.num_row_groups):
            done = 0
            try:
                for batch in self._batches(group, None):
                    self._current = batch
                    done += batch.rows.num_rows
                    yield from self._records(batch)
            except DamagedError as damage:
                self.damaged[group] = damage.reason
                self._current = None
                yield from self._without_fields(group, done)

    def read(self, sample: Sample) -> bytes:
        """The bytes of one image, which must be the one that was listed. Fast in the order of the listing.

        Raises
        ------
        SampleError
            ``changed`` since it was listed; ``no-bytes`` for a path to somewhere else; ``too-large``; or the reason why
            its row group cannot be read.
        """
        if sample.file != self.key or sample.mtime_ns != self.mtime_ns:
            raise SampleError("changed", "the parquet file is not the one that was listed; list the source again")
        batch = self._batch_of(sample)
        value = self._value(batch, sample)
        if value is None:
            raise SampleError("no-bytes", "the row holds no bytes, at most a path to a file elsewhere")
        if value.as_buffer() is not None and len(value.as_buffer()) > self.max_bytes:
            raise SampleError("too-large", f"{len(value.as_buffer())} bytes; at most {self.max_bytes} are read")
        data: bytes = value.as_py()
        return data

    @cached_property
    def _parquet(self) -> pq.ParquetFile:
        return open_parquet(self._file, self.key)

    @cached_property
    def _columns(self) -> list[ImageColumn]:
        names = self.schema.names
        columns = [one for one in image_columns(self.schema) if names.count(one.name) == 1 and "\0" not in one.name]
        return [one for one in columns if one.struct or self._holds_images(one.name)]

    @cached_property
    def _naming(self) -> Naming:
        return Naming(self.key, self.mtime_ns, self.schema, tuple(self._columns))

    @cached_property
    def _probes(self) -> list[str]:
        """The leaves that tell where an image is, what it is called and labelled."""
        label = self._naming.label
        wanted = [label[0]] if label else []
        paths = [self._parquet.schema.column(at).path for at in range(len(self._parquet.schema))]
        for column in self._columns:
            if not column.struct:
                wanted.append(column.name)
                continue
            last = "path" if column.path else "bytes"
            own = [path for path in paths if path.split(".")[0] == column.name.split(".")[0]]
            wanted += [path for path in own if path.startswith(column.name + ".") and path.endswith("." + last)]
        return wanted

    def _holds_images(self, name: str) -> bool:
        """Whether the first values of a binary column are images."""
        for group in range(min(1, self._parquet.num_row_groups)):
            try:
                first = next(iter(self._batches(group, [name])), None)
            except DamagedError:
                return True  # better a sample that fails than an image that nobody looks at
            values = [] if first is None else first.rows.column(name)[:_PROBED]
            heads = [bytes(memoryview(value.as_buffer())[:64]) for value in values if value.is_valid]
            return bool(heads) and sum(map(looks_like_image, heads)) * 2 > len(heads)
        return False

    def _batches(self, group: int, columns: list[str] | None) -> Iterator[Batch]:
        return batches(self._file, self._parquet, group, columns, most=self.max_bytes + (64 << 20))

    def _records(self, batch: Batch) -> Iterator[Record]:
        images = set(self.images)
        others = [
            (name, column, classify(name, column.type))
            for name, column in zip(batch.rows.schema.names, batch.rows.columns, strict=True)
            if name not in images
        ]
        for at, samples in enumerate(self._naming.samples(batch)):
            fields = tuple(Field(name, column[at], kind) for name, column, kind in others)
            yield Record(self._naming.record(batch.first + at), tuple(samples), fields)

    def _without_fields(self, group: int, done: int) -> Iterator[Record]:
        try:
            for batch in self._batches(group, self._probes):
                first = batch.first - self._start(group)
                for at, samples in enumerate(self._naming.samples(batch)):
                    if first + at >= done:
                        yield Record(self._naming.record(batch.first + at), tuple(samples), ())
        except DamagedError:
            return  # `samples` lists none of them either, and says so

    def _start(self, group: int) -> int:
        metadata = self._parquet.metadata
        return sum(metadata.row_group(one).num_rows for one in range(group))

    def _batch_of(self, sample: Sample) -> Batch:
        """The batch with the sample's row: the current one, else the next ones of its row group."""
        assert sample.field is not None
        if (
            self._current is not None
            and self._current.holds(sample.at)
            and sample.field in self._current.rows.schema.names
        ):
            return self._current
        group, start = 0, 0
        metadata = self._parquet.metadata
        while group < metadata.num_row_groups and start + metadata.row_group(group).num_rows <= sample.at:
            start, group = start + metadata.row_group(group).num_rows, group + 1
        if sample.at < 0 or group == metadata.num_row_groups or sample.field not in self.images:
            raise SampleError("changed", "no image lies where it was listed; list the source again")
        if group in self.damaged:
            raise SampleError(self.damaged[group], "its row group cannot be read")
        try:
            return self._forward(group, sample)
        except DamagedError as damage:
            raise SampleError(damage.reason, "its row group cannot be read") from None

    def _forward(self, group: int, sample: Sample) -> Batch:
        field = sample.field or ""
        behind = self._current is not None and self._current.first > sample.at
        if self._ahead is None or self._ahead[:2] != (group, field) or behind:
            self._ahead = group, field, self._batches(group, [field])
        for batch in self._ahead[2]:
            self._current = batch
            if batch.holds(sample.at):
                return batch
        self._ahead = None
        raise SampleError("changed", "no image lies where it was listed; list the source again")

    def _value(self, batch: Batch, sample: Sample) -> Any:
        """The bytes as an Arrow scalar, None for a null."""
        column = next(one for one in self._columns if one.name == sample.field)
        value = batch.rows.column(column.name)[sample.at - batch.first]
        if column.many and value.is_valid:
            value = value.values[sample.item] if 0 <= sample.item < len(value.values) else None
        if column.struct and value is not None and value.is_valid:
            value = value["bytes"]
        return value if value is not None and value.is_valid else None
