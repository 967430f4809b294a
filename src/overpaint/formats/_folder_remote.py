"""Images of a store elsewhere as a source, and such a store as a destination."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path

from overpaint.errors import SampleError
from overpaint.records import Sample

from ._folder import FolderSource
from ._layout import Layout, layout_of
from ._sniff import looks_like_image
from ._store import Store
from ._walk import HEAD, Other, Seen, named_as_image

__all__ = ["StoreFolder", "StoreWriter"]


class StoreFolder(FolderSource):
    """The images of a store; listed as those of a directory are, by the same rules.

    A file whose name does not say what it is costs a request for its first bytes.

    Parameters
    ----------
    store
        Where they lie; only read.
    max_bytes
        Files larger than this are not read (`SampleError` ``too-large``).
    """

    def __init__(self, store: Store, *, max_bytes: int = 1 << 30) -> None:
        self.store, self.max_bytes = store, max_bytes
        self.root = Path(store.url)

    @cached_property
    def layout(self) -> Layout:
        """Which directories at the top are splits."""
        return layout_of(self.store.directories())

    def read(self, sample: Sample) -> bytes:
        """The bytes of one sample, which must be the file that was listed; errors as of `Store.read`."""
        return self.store.read(sample.key, size=sample.size, version=sample.mtime_ns, max_bytes=self.max_bytes)

    def texts(self, sample: Sample) -> Mapping[str, str]:  # noqa: ARG002
        """Nothing: what lies beside an image would cost requests for every one."""
        return {}

    def _rows(self) -> Iterator[Seen | Other]:
        for row in self.store.walk():
            yield row if isinstance(row[2], str) or named_as_image(row[0].rpartition(b"/")[2]) else self._examined(row)

    def _examined(self, row: Seen) -> Seen | Other:
        key, size, _ = row
        try:
            head = self.store.head(key.decode("utf-8", "surrogateescape"), HEAD) if size else b""
        except SampleError as error:
            return key, size, error.reason
        return row if looks_like_image(head) else (key, size, "not-an-image")


class StoreWriter:
    """Writes and removes files of a store, as `FolderWriter` does those of a directory.

    Parameters
    ----------
    store
        The destination. Check its location with `apart` first.
    """

    def __init__(self, store: Store) -> None:
        self.store = store

    def write(self, key: str, data: bytes, *, token: str) -> None:
        """Put `data` at `key`; see `Store.write`."""
        self.store.write(key, data, token=token)

    def remove(self, key: str) -> bool:
        """Take `key` away; see `Store.remove`."""
        return self.store.remove(key)

    def sweep(self) -> int:
        """Remove what killed runs left half-written; see `Store.sweep`."""
        return self.store.sweep()
