"""A parquet file with image columns as a source, as Hugging Face writes them: listed without reading an image."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from functools import cached_property
from typing import Any, BinaryIO

import pyarrow as pa

from overpaint.errors import SampleError, SourceError
from overpaint.records import Sample

from ._fields import classify
from ._parquet_batches import Batch, DamagedError, NotParquetError, OpenParquet, RowBatches, batches, open_parquet
from ._parquet_columns import ImageColumn, image_columns, overpaint_of
from ._parquet_names import Naming, lengths_of
from ._parquet_writer import OTHER
from ._record import Field, Record
from ._sniff import looks_like_image
from ._texts import RowTexts

__all__ = ["ParquetReader"]

Other = tuple[str, int, str]
_GROUP = "its row group cannot be read"
_MOVED = "no image lies where it was listed; list the source again"
_SLACK = 64 << 20  # what else a page may hold beside the largest image
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
        # The names that were asked for last, those that there are, and their values.
        self._asked: tuple[frozenset[str], list[str], RowBatches] | None = None
        # Row group and column: from which row on they cannot be read, and why.
        self._broken: dict[tuple[int, str], tuple[int, str]] = {}
        # Row group, column, the row behind the last batch, and the batches to come.
        self._ahead: tuple[int, str, int, Iterator[Batch]] | None = None

    @property
    def schema(self) -> pa.Schema:
        """The file's schema with its metadata.

        Raises
        ------
        SourceError
            The file is no parquet file that can be read.
        """
        return self._opened.parquet.schema_arrow

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
        try:
            size = self._file.seek(0, 2)
            found, groups = self._columns, len(self._opened.rows)
        except OSError as error:
            raise SourceError(f"cannot read {self.key!a}: {error.strerror or type(error).__name__}") from None
        except NotParquetError as error:
            yield self.key, size, error.reason
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
        for group in range(len(self._opened.rows)):
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
        column = next((one for one in self._columns if one.name == sample.field), None)
        if column is None:
            raise SampleError("changed", _MOVED)
        value = _bytes_of(self._scalar(column.name, sample.at), column, sample.item)
        if value is None:
            raise SampleError("no-bytes", "the row holds no bytes, at most a path to a file elsewhere")
        if value.as_buffer() is not None and len(value.as_buffer()) > self.max_bytes:
            raise SampleError("too-large", f"{len(value.as_buffer())} bytes; at most {self.max_bytes} are read")
        data: bytes = value.as_py()
        return data

    def texts(self, sample: Sample) -> dict[str, str]:
        """What the row of an image says in words, by column; see `RowTexts`."""
        return self._texts.of(sample.at)

    def fields(self, sample: Sample, names: frozenset[str]) -> tuple[Field, ...]:
        """The columns of these names in the row of an image; errors as of `texts`. Fast in the order of the file."""
        if self._asked is None or self._asked[0] != names:
            columns = [name for name in self.schema.names if name in names and name not in self.images]
            self._asked = names, columns, RowBatches(self._opened, columns, most=self.max_bytes + _SLACK)
        _, columns, rows = self._asked
        if not columns:
            return ()
        batch = rows.at(sample.at)
        values = ((name, batch.rows.column(name)[sample.at - batch.first]) for name in columns)
        return tuple(Field(name, value, classify(name, value.type)) for name, value in values)

    @cached_property
    def _texts(self) -> RowTexts:
        return RowTexts(self._opened, frozenset(self.images), most=self.max_bytes + _SLACK)

    @cached_property
    def _opened(self) -> OpenParquet:
        return open_parquet(self._file, self.key)

    @cached_property
    def _columns(self) -> list[ImageColumn]:
        names = self.schema.names
        columns = [one for one in image_columns(self.schema) if names.count(one.name) == 1 and "\0" not in one.name]
        return [one for one in columns if one.struct or self._holds_images(one.name)]

    @cached_property
    def _own(self) -> bool:
        return bool(overpaint_of(self.schema))

    @cached_property
    def _naming(self) -> Naming:
        return Naming(self.key, self.mtime_ns, self.schema, tuple(self._columns))

    @cached_property
    def _probes(self) -> list[str]:
        """The leaves that tell where an image is, what it is called and labelled."""
        label = self._naming.label
        wanted = [label[0]] if label else []
        leaves = self._opened.parquet.schema
        paths = [leaves.column(at).path for at in range(len(leaves))]
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
        for group in range(min(1, len(self._opened.rows))):
            try:
                first = next(iter(self._batches(group, [name])), None)
            except DamagedError:
                return True  # better a sample that fails than an image that nobody looks at
            values = [] if first is None else first.rows.column(name)[:_PROBED]
            heads = [bytes(memoryview(value.as_buffer())[:64]) for value in values if value.is_valid]
            return bool(heads) and sum(map(looks_like_image, heads)) * 2 > len(heads)
        return False

    def _batches(self, group: int, columns: list[str] | None) -> Iterator[Batch]:
        return batches(self._opened, group, columns, most=self.max_bytes + _SLACK)

    def _records(self, batch: Batch) -> Iterator[Record]:
        images = set(self.images)
        others = [
            (name, column, None if name == OTHER and self._own else classify(name, column.type))
            for name, column in zip(batch.rows.schema.names, batch.rows.columns, strict=True)
            if name not in images
        ]
        lists = [(one.name, lengths_of(batch.rows.column(one.name))) for one in self._columns if one.many]
        for at, samples in enumerate(self._naming.samples(batch)):
            lengths = tuple((name, row[at]) for name, row in lists)
            fields = tuple(
                Field(name, column[at], kind or _kind_of_others(column[at])) for name, column, kind in others
            )
            yield Record(self._naming.record(batch.first + at), tuple(samples), fields, lengths)

    def _without_fields(self, group: int, done: int) -> Iterator[Record]:
        try:
            for batch in self._batches(group, self._probes):
                first = batch.first - self._opened.starts[group]
                for at, samples in enumerate(self._naming.samples(batch)):
                    if first + at >= done:
                        yield Record(self._naming.record(batch.first + at), tuple(samples), ())
        except DamagedError:
            return  # `samples` lists none of them either, and says so

    def _scalar(self, column: str, row: int) -> pa.Scalar:
        """One value, from the current batch or, by reading on in its row group, from the next ones."""
        now = self._current
        if now is None or not now.holds(row) or column not in now.rows.schema.names:
            now = self._forward(column, row)
        return now.rows.column(column)[row - now.first]

    def _forward(self, column: str, row: int) -> Batch:
        group = self._opened.group_of(row)
        if group is None:
            raise SampleError("changed", _MOVED)
        if group in self.damaged:
            raise SampleError(self.damaged[group], _GROUP)
        known = self._broken.get((group, column))
        if known is not None and row >= known[0]:
            raise SampleError(known[1], _GROUP)
        if self._ahead is None or self._ahead[:2] != (group, column) or self._ahead[2] > row:
            self._ahead = group, column, self._opened.starts[group], self._batches(group, [column])
        following, coming = self._ahead[2:]
        try:
            for batch in coming:
                following = batch.first + batch.rows.num_rows
                if batch.holds(row):
                    self._current, self._ahead = batch, (group, column, following, coming)
                    return batch
        except DamagedError as damage:
            self._ahead = None
            self._broken[group, column] = following, damage.reason
            raise SampleError(damage.reason, _GROUP) from None
        self._ahead = None
        raise SampleError("changed", _MOVED)


def _bytes_of(value: Any, column: ImageColumn, item: int) -> Any:
    """The bytes of an image as an Arrow scalar, None for a null."""
    if column.many and value.is_valid:
        value = value.values[item] if 0 <= item < len(value.values) else None
    if column.struct and value is not None and value.is_valid:
        value = value["bytes"]
    return value if value is not None and value.is_valid else None


def _kind_of_others(value: pa.Scalar) -> str:
    """The class of the column that holds members without a column of their own: of the one that matters most."""
    kinds = {classify(item["name"] or "", item["data"] or b"") for item in value.as_py() or ()}
    kinds = {"unknown" if kind == "image" else kind for kind in kinds}
    return next((kind for kind in ("derived", "unknown", "text") if kind in kinds), "label")
