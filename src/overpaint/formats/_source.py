"""What every source of samples can do, whatever holds them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol

from overpaint.records import Sample

from ._layout import Layout
from ._listing import ListingSummary
from ._record import Record

__all__ = ["KINDS", "Source"]

KINDS = ("folder", "webdataset", "parquet")
"""What a source or a destination can be."""


class Source(Protocol):
    """A dataset that is only read."""

    @property
    def kind(self) -> str:
        """One of `KINDS`."""
        ...

    @property
    def layout(self) -> Layout:
        """Which directories at the top are splits."""
        ...

    def write_listing(
        self,
        directory: str | os.PathLike[str],
        *,
        shard_size: int | None = None,
        packs: bool = False,
        progress: Callable[[int], None] | None = None,
    ) -> ListingSummary:
        """List everything into sorted tables on disk."""
        ...

    def read(self, sample: Sample) -> bytes:
        """The bytes of one sample, which must be those that were listed."""
        ...

    def texts(self, sample: Sample) -> Mapping[str, str]:
        """What is said of one sample in words beside it, by field: 16 fields of 65,536 bytes at most."""
        ...

    def close(self) -> None:
        """Let go of what is open."""
        ...

    def records(self, samples: Sequence[Sample], *, packs: bool = False) -> Iterator[Record]:
        """The records of one shard's samples, in their order; for ``packs`` called as in their container."""
        ...
