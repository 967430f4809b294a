"""The sorted listing of a source on disk: ``listing.parquet``, ``shards.parquet``, ``others.parquet``.

A shard is one row group of the listing. Its id is the hash of its rows, so that a marker written for it stays true
for as long as the files it names are the same, whatever else the source gains or loses.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from overpaint.errors import RunError
from overpaint.records import LISTING, OTHERS, Sample, python_key, stored_key

__all__ = [
    "ListingSummary",
    "ShardRef",
    "listed",
    "read_others",
    "read_shard",
    "read_shards",
    "samples_of",
    "write_others",
    "write_samples",
]

_SHARDS = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("row_group", pa.int32(), nullable=False),
        pa.field("rows", pa.int32(), nullable=False),
        pa.field("first_key", pa.string(), nullable=False),
        pa.field("pack", pa.string(), nullable=False),
    ]
)
_ROWS_AT_ONCE = 16_384
_TEXTS = [field.name for field in LISTING if field.type == pa.string()]


@dataclass(frozen=True, slots=True)
class ListingSummary:
    """How many samples, other files and shards a listing holds."""

    samples: int
    others: int
    shards: int


@dataclass(frozen=True, slots=True)
class ShardRef:
    """One shard: the hash of its rows, its row group in the listing, and how many samples it holds.

    ``pack`` is what a file that holds this shard's output is called, without extension.
    """

    id: str
    row_group: int
    rows: int
    pack: str = ""


def write_samples(
    samples: Iterable[Sample], directory: Path, *, size: int, whole: bool = False, apart: bool = False
) -> tuple[int, int]:
    """Write ``listing.parquet`` and ``shards.parquet`` from samples in their order; return how many of both.

    Parameters
    ----------
    size
        Samples a shard.
    whole
        A shard holds all samples of its container, however many.
    apart
        A shard holds samples of one split only.
    """
    shards: list[tuple[str, int, int, str]] = []
    origins: list[tuple[str | None, str | None]] = []
    number = 0
    with (
        _replacing(directory / "listing.parquet") as temporary,
        _parquet(temporary, LISTING, statistics=["key"]) as writer,
    ):
        for chunk in _cut(samples, size, whole=whole, apart=apart):
            writer.write_table(listed(chunk), row_group_size=len(chunk))
            shards.append((_shard_id(chunk), len(shards), len(chunk), stored_key(chunk[0].key)))
            origins.append((chunk[0].file, chunk[0].split))
            number += len(chunk)
    with (
        _replacing(directory / "shards.parquet") as temporary,
        _parquet(temporary, _SHARDS, statistics=False) as writer,
    ):
        packs = map(stored_key, _packs(origins))
        writer.write_table(_table([(*shard, pack) for shard, pack in zip(shards, packs, strict=True)], _SHARDS))
    return number, len(shards)


def _packs(origins: list[tuple[str | None, str | None]]) -> Iterator[str]:
    """Names for shards: their container's, or their split's and a number; numbered also where a container has many."""
    several = Counter(file for file, _ in origins)
    seen: Counter[str] = Counter()
    for file, split in origins:
        begin = (split or "data").lower() if file is None else file.rpartition(".")[0]
        number, seen[begin] = seen[begin], seen[begin] + 1
        yield begin if file is not None and several[file] == 1 else f"{begin}-{number:06d}"


def _cut(samples: Iterable[Sample], size: int, *, whole: bool, apart: bool) -> Iterator[list[Sample]]:
    """Shards: never of two containers, never amidst a record, and of one split."""
    chunk: list[Sample] = []
    for sample in samples:
        if chunk:
            last = chunk[-1]
            same_record = sample.file is not None and sample.record == last.record
            full = len(chunk) >= size and not whole and not same_record
            if full or sample.file != last.file or (apart and sample.split != last.split):
                yield chunk
                chunk = []
        chunk.append(sample)
    if chunk:
        yield chunk


def write_others(rows: Iterable[tuple[bytes, int, str]], directory: Path) -> int:
    """Write ``others.parquet`` from sorted rows; return how many."""
    others = 0
    with _replacing(directory / "others.parquet") as temporary, _parquet(temporary, OTHERS, statistics=False) as writer:
        remaining = iter(rows)
        while chunk := list(itertools.islice(remaining, _ROWS_AT_ONCE)):
            writer.write_table(_table([(stored_key(os.fsdecode(k)), size, why) for k, size, why in chunk], OTHERS))
            others += len(chunk)
    return others


def read_shards(directory: str | os.PathLike[str]) -> list[ShardRef]:
    """All shards of a listing, in the order of their rows.

    Raises
    ------
    RunError
        The listing is missing or damaged.
    """
    table = _read(Path(directory) / "shards.parquet", _SHARDS)
    columns = (table[name].to_pylist() for name in ("id", "row_group", "rows", "pack"))
    return [ShardRef(i, group, rows, python_key(pack)) for i, group, rows, pack in zip(*columns, strict=True)]


def read_shard(directory: str | os.PathLike[str], ref: ShardRef) -> list[Sample]:
    """The samples of one shard, in the order of the listing.

    The listing's footer is read once a process and kept, since it grows with the number of shards.

    Raises
    ------
    RunError
        The listing is missing, damaged, or not the one that `ref` came from.
    """
    path = Path(directory) / "listing.parquet"
    try:
        state = path.stat()
        metadata = _footer(os.fspath(path), state.st_ino, state.st_size, state.st_mtime_ns)
        with pq.ParquetFile(path, metadata=metadata) as file:
            table = file.read_row_group(ref.row_group) if ref.row_group < metadata.num_row_groups else None
    except (OSError, pa.ArrowException) as error:
        raise RunError(f"cannot read {os.fspath(path)!a}: {error}; list the source again") from None
    if table is None or table.schema.names != LISTING.names:
        raise RunError(f"{os.fspath(path)!a} does not hold shard {ref.id}; list the source again")
    samples = samples_of(table)
    if _shard_id(samples) != ref.id:
        raise RunError(f"{os.fspath(path)!a} is not the listing that shard {ref.id} came from; list the source again")
    return samples


def read_others(directory: str | os.PathLike[str]) -> Iterator[tuple[str, int, str]]:
    """Files that are no samples, sorted: key, size in bytes, reason.

    Raises
    ------
    RunError
        The listing is missing or damaged.
    """
    path = Path(directory) / "others.parquet"
    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(_ROWS_AT_ONCE):
                for row in batch.to_pylist():
                    yield python_key(row["key"]), row["size"], row["reason"]
    except (OSError, pa.ArrowException, KeyError) as error:
        raise RunError(f"cannot read {os.fspath(path)!a}: {error}; list the source again") from None


@functools.lru_cache(maxsize=4)
def _footer(path: str, _inode: int, _size: int, _mtime_ns: int) -> pq.FileMetaData:
    return pq.read_metadata(path)


def _read(path: Path, schema: pa.Schema) -> pa.Table:
    try:
        table = pq.read_table(path)
    except (OSError, pa.ArrowException) as error:
        raise RunError(f"cannot read {os.fspath(path)!a}: {error}; list the source again") from None
    if table.schema.names != schema.names:
        raise RunError(f"{os.fspath(path)!a} is not a list of shards; list the source again")
    return table


def listed(samples: Sequence[Sample]) -> pa.Table:
    """Samples as a table of `records.LISTING`."""
    columns = {name: [getattr(sample, name) for sample in samples] for name in LISTING.names}
    for name in _TEXTS:
        columns[name] = list(map(_stored, columns[name]))
    return pa.table(columns, schema=LISTING)


def samples_of(table: pa.Table) -> list[Sample]:
    """The inverse of `listed`."""
    texts = {name: list(map(_python, table[name].to_pylist())) for name in _TEXTS}
    columns = [texts[name] if name in texts else table[name].to_pylist() for name in LISTING.names]
    return [Sample(*row) for row in zip(*columns, strict=True)]


def _shard_id(samples: Iterable[Sample]) -> str:
    digest = hashlib.sha256()
    for sample in samples:
        key = os.fsencode(sample.key)
        digest.update(b"%b\0%d\0%d\0" % (key, sample.size, sample.mtime_ns))  # no key holds a NUL
    return digest.hexdigest()[:32]


def _stored(text: str | None) -> str | None:
    return None if text is None else stored_key(text)


def _python(text: str | None) -> str | None:
    return None if text is None else python_key(text)


def _table(rows: list[Any], schema: pa.Schema) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else ([] for _ in schema)
    arrays = [pa.array(column, kind) for column, kind in zip(columns, schema.types, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)


def _parquet(path: Path, schema: pa.Schema, *, statistics: list[str] | bool) -> pq.ParquetWriter:
    return pq.ParquetWriter(path, schema, compression="zstd", write_statistics=statistics, store_schema=False)


class _replacing:  # noqa: N801 - reads as the verb it is
    """A temporary path that takes the place of `path` when the block ends well."""

    def __init__(self, path: Path) -> None:
        self._path, self._temporary = path, path.with_name(f".{path.name}.tmp")

    def __enter__(self) -> Path:
        return self._temporary

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self._temporary.replace(self._path)
        else:
            self._temporary.unlink(missing_ok=True)
