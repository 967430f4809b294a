"""Where the pictures of a review come from: a run's source and its output, or a folder of candidates."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from overpaint import formats, pipeline
from overpaint.errors import RunError, SampleError
from overpaint.records import Sample, python_key, stored_key
from overpaint.review._questions import Question
from overpaint.rundir import Run, read_table

__all__ = ["FolderReader", "RunReader"]

_MAX_PIXELS = 200_000_000


class RunReader:
    """Pictures of a run: the source's, and for questions about the output the written ones; for many threads.

    Whether a sample is in the run's no-view lane is read from the lane's own files each time. Where they cannot be
    read nothing is shown.

    Parameters
    ----------
    run
        A listed run.

    Raises
    ------
    RunError, SourceError
        The run has no listing, or its source cannot be opened.
    """

    def __init__(self, run: Run) -> None:
        if not run.listed:
            raise RunError(f"{run.path} has no listing yet; run `overpaint scan` or `overpaint scrub` first")
        plan = run.plan()
        self._run = run
        self.max_pixels = plan.max_pixels
        self._source = formats.open_source(plan.source, kind=plan.container, max_bytes=plan.max_bytes)
        self._reading = threading.Lock()  # sources and destinations keep one container open
        self._found: dict[str, tuple[formats.ShardRef, Sample]] = {}

    def held(self, sample: str) -> bool:
        """Whether the sample is in the lane, as its files say now."""
        ref, listed = self._sample(sample)
        return pipeline.InLane(self._run, ref).reason(listed) is not None

    def version(self, question: Question) -> str:
        """The hash of what was written, for questions about the output; sources do not change."""
        return self._row(question.sample)[1] if question.output else ""

    def read(self, question: Question) -> bytes:
        """The bytes of the sample, or of what the run wrote of it.

        Raises
        ------
        SampleError
            ``vanished``, ``changed`` since it was listed, ``unreadable``, ``too-large``; ``missing-output``.
        """
        ref, listed = self._sample(question.sample)
        if not question.output:
            with self._reading:
                return self._source.read(listed)
        name, _ = self._row(question.sample)
        with self._reading:
            data = self._written.read(ref, name)
        if data is None:
            raise SampleError("missing-output", "what the run wrote of it is not there")
        return data

    def close(self) -> None:
        """Let go of what is open."""
        with self._reading:
            self._source.close()
            if "_written" in self.__dict__:
                self._written.close()

    @cached_property
    def _written(self) -> formats.Destination:
        bound = self._run.destination()
        if bound is None:
            raise SampleError("missing-output", "the run has not written anything")
        return formats.Destination(formats.Output.from_dict(bound), listing=self._run.listing, create=False)

    def _row(self, sample: str) -> tuple[str, str]:
        """Where the output of a sample lies, and its hash."""
        ref, listed = self._sample(sample)
        table = read_table(self._run.shard_file("samples", ref.id), columns=["key", "output", "output_sha256", "lane"])
        row = next((row for row in table.to_pylist() if row["key"] == stored_key(listed.key)), None)
        if row is None or row["lane"] or row["output"] is None:
            raise SampleError("missing-output", "the run has not written it")
        return python_key(row["output"]), row["output_sha256"] or ""

    def _sample(self, key: str) -> tuple[formats.ShardRef, Sample]:
        """A sample by its key, with its shard; a bounded number of those asked for last is remembered."""
        found = self._found.get(key)
        if found is None:
            for ref in self._refs(stored_key(key)):
                for sample in formats.read_shard(self._run.listing, ref):
                    if sample.key == key:
                        found = ref, sample
            if found is None:
                raise SampleError("vanished", "the sample is not in the listing")
            if len(self._found) >= 100_000:
                self._found.clear()
            self._found[key] = found
        return found

    def _refs(self, key: str) -> list[formats.ShardRef]:
        """The shards that may hold a key, by the least and the greatest key of each."""
        return [ref for ref, low, high in self._ranges if low is None or high is None or low <= key <= high]

    @cached_property
    def _ranges(self) -> list[tuple[formats.ShardRef, str | None, str | None]]:
        path = self._run.listing / "listing.parquet"
        try:
            metadata = pq.read_metadata(path)
        except (OSError, pa.ArrowException) as error:
            raise RunError(f"cannot read {path}: {type(error).__name__}; list the source again") from None
        ranges = []
        for ref in formats.read_shards(self._run.listing):
            statistics = metadata.row_group(ref.row_group).column(0).statistics
            known = statistics is not None and statistics.has_min_max
            ranges.append((ref, statistics.min if known else None, statistics.max if known else None))
        return ranges


class FolderReader:
    """Pictures of a folder that no run looks after, such as candidates for a class.

    Parameters
    ----------
    folder
        Keys are paths below it.
    held
        Says of a key whether people have put it aside for everyone.

    Raises
    ------
    SourceError
        It is no folder.
    """

    max_pixels = _MAX_PIXELS

    def __init__(self, folder: str | os.PathLike[str], *, held: Callable[[str], bool] | None = None) -> None:
        self._root = Path(folder)
        self._source = formats.FolderSource(folder)
        self._held = held

    def held(self, sample: str) -> bool:
        """Whether people have put it aside."""
        return self._held is not None and self._held(sample)

    def version(self, question: Question) -> str:
        """When the file was changed last."""
        return str(self._listed(question.sample).mtime_ns)

    def read(self, question: Question) -> bytes:
        """The file; nothing outside the folder is named by any key."""
        return self._source.read(self._listed(question.sample))

    def close(self) -> None:
        """Nothing is kept open."""

    def _listed(self, key: str) -> Sample:
        parts = key.split("/")
        if "\0" in key or any(part in {"", ".", ".."} for part in parts):
            raise SampleError("vanished", "its key is no path below the folder")
        try:
            info = os.stat(self._root / key)  # noqa: PTH116 - keys may hold undecodable bytes
        except OSError:
            raise SampleError("vanished", "the file is not there") from None
        return Sample(key, info.st_size, info.st_mtime_ns)
