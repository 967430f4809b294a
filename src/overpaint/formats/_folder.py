"""A folder of images as a source."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path

import pyarrow as pa

from overpaint.errors import EngineError, SourceError
from overpaint.records import Sample

from ._keys import path_of
from ._layout import Layout, layout_of
from ._listing import ListingSummary, write_others, write_samples
from ._reading import read_listed
from ._record import Record, alone
from ._sorting import Sorter
from ._texts import neighbours
from ._walk import Other, Seen, subdirectories, walk

__all__ = ["FolderSource"]

_SEEN = pa.schema([("key", pa.binary()), ("size", pa.int64()), ("mtime_ns", pa.int64())])
_OTHER = pa.schema([("key", pa.binary()), ("size", pa.int64()), ("reason", pa.string())])
_REPORT_EVERY = 1000
_SHARD, _PACK = (1, 256), (100, 1000)  # the fewest and the most samples in a shard, and in one that becomes a file
_SHARDS = 16  # the fewest shards, where the fewest samples allow it


class FolderSource:
    """The images below one directory; it is only read.

    Parameters
    ----------
    root
        The directory. Symbolic links in and below it are followed.
    max_bytes
        Files larger than this are not read (`SampleError` ``too-large``).

    Raises
    ------
    SourceError
        `root` is no directory that can be read.
    """

    kind = "folder"

    def __init__(self, root: str | os.PathLike[str], *, max_bytes: int = 1 << 30) -> None:
        self.root = Path(root)
        self.max_bytes = max_bytes
        self._root = os.fsencode(os.path.realpath(root))
        if not self.root.is_dir():
            raise SourceError(f"SOURCE {os.fspath(root)!a} is not a directory; give the folder that holds the images")

    @cached_property
    def layout(self) -> Layout:
        """Which directories at the top are splits."""
        try:
            return layout_of(subdirectories(self._root))
        except OSError as error:
            raise _unreadable(self.root, error) from None

    def write_listing(
        self,
        directory: str | os.PathLike[str],
        *,
        shard_size: int | None = None,
        packs: bool = False,
        chunk: int = 200_000,
        progress: Callable[[int], None] | None = None,
    ) -> ListingSummary:
        """List every file below the root into sorted tables on disk.

        Parameters
        ----------
        directory
            Takes ``listing.parquet``, ``shards.parquet`` and ``others.parquet``, each replaced whole; made if missing.
        shard_size
            Samples a shard; the last one holds what is left. None: sixteen shards or more, of 256 at most, so that a
            few large photographs keep as many cores at work as a million small ones.
        packs
            The output of each shard will be one file: of one split, and of 100 to 1,000 samples where nobody says.
        chunk
            Rows sorted in memory at a time: what bounds the memory, whatever the number of files.
        progress
            Called with the number of files seen so far, about once a thousand files and at the end.

        Raises
        ------
        SourceError
            The root cannot be read.
        EngineError
            The listing cannot be written.
        """
        directory, layout = Path(directory), self.layout
        work = directory / ".sorting"
        try:
            shutil.rmtree(work, ignore_errors=True)  # left by a run that was killed
            work.mkdir(parents=True)
            samples = Sorter(_SEEN, work, "samples", chunk=chunk)
            others = Sorter(_OTHER, work, "others", chunk=chunk)
            self._collect(samples, others, progress)
            number = write_others(others.rows(), directory)
            fewest, most = _PACK if packs else _SHARD
            size = shard_size or min(most, max(fewest, -(-samples.count // _SHARDS)))
            placed = (_placed(row, layout) for row in samples.rows())
            listed, shards = write_samples(placed, directory, size=size, apart=True)
        except OSError as error:
            where = os.fspath(directory)
            raise EngineError(
                f"cannot write the listing in {where!a}: {error}; free space there or give another --run"
            ) from None
        finally:
            shutil.rmtree(work, ignore_errors=True)
        return ListingSummary(listed, number, shards)

    def close(self) -> None:
        """Nothing is kept open."""

    def texts(self, sample: Sample) -> Mapping[str, str]:
        """The files beside an image that are called as it is (``.txt``, ``.caption``, ``.json``); no tables.

        Raises
        ------
        SampleError
            ``unreadable``.
        """
        return neighbours(path_of(self._root, sample.key))

    def records(self, samples: Sequence[Sample], *, packs: bool = False) -> Iterator[Record]:  # noqa: ARG002
        """Every image is a record of its own; what lies beside it is a side file."""
        return alone(samples)

    def _rows(self) -> Iterator[Seen | Other]:
        return walk(self._root)

    def _collect(self, samples: Sorter, others: Sorter, progress: Callable[[int], None] | None) -> None:
        seen = 0
        files = self._rows()
        while True:
            try:
                row = next(files, None)
            except OSError as error:
                raise _unreadable(self.root, error) from None
            if row is None:
                break
            (others if isinstance(row[2], str) else samples).add(row)
            seen += 1
            if progress is not None and seen % _REPORT_EVERY == 0:
                progress(seen)
        if progress is not None:
            progress(seen)

    def read(self, sample: Sample) -> bytes:
        """The bytes of one sample, which must be the file that was listed.

        Raises
        ------
        SampleError
            ``vanished``; ``changed`` since it was listed (size or modification time); ``unreadable``; ``too-large``;
            ``refused-key`` for a key that leads out of the root.
        """
        path = path_of(self._root, sample.key)
        return read_listed(path, size=sample.size, mtime_ns=sample.mtime_ns, max_bytes=self.max_bytes)


def _placed(row: tuple[bytes, int, int], layout: Layout) -> Sample:
    key = os.fsdecode(row[0])
    label, split = layout.place(key)
    return Sample(key, row[1], row[2], label, split)


def _unreadable(root: Path, error: OSError) -> SourceError:
    return SourceError(f"cannot list SOURCE {os.fspath(root)!a}: {error.strerror}; check its permissions")
