"""Which kind of source lies at a place."""

from __future__ import annotations

import itertools
import os

from overpaint.errors import SampleError, SourceError, UsageError

from ._containers import EXTENSIONS, ContainerSource
from ._folder import FolderSource
from ._folder_remote import StoreFolder
from ._location import is_url, open_store, shown
from ._parquet import ParquetReader
from ._source import KINDS, Source
from ._store import Store
from ._walk import IMAGE_EXTENSIONS

__all__ = ["beside", "holds_images", "inside_container", "kind_of", "open_source"]

_OF_FILES = frozenset({"not-an-image", "image-beside-containers"})  # directories may be called like containers
_LOOKED_AT = 20_000  # files, before a place is called a folder


def open_source(location: str | os.PathLike[str], *, kind: str | None = None, max_bytes: int = 1 << 30) -> Source:
    """A source of images.

    Parameters
    ----------
    location
        A directory or a URL; or one tar or parquet file.
    kind
        ``folder``, ``webdataset`` or ``parquet``; None: what `kind_of` says.
    max_bytes
        Larger images are not read.

    Raises
    ------
    SourceError
        There is nothing, or it cannot be read.
    UsageError
        An unknown kind.
    """
    if kind is not None and kind not in KINDS:
        raise UsageError(f"--container {kind} is unknown: use one of {', '.join(KINDS)}")
    place, only = _parted(location)
    store = open_store(place)
    if only is not None:
        found = "webdataset" if only.endswith(".tar") else "parquet"
        if store.stat(only) is None:
            raise SourceError(f"SOURCE {shown(location)!a} is not there; check the name")
        return ContainerSource(store, found, max_bytes=max_bytes, only=only)
    kind = kind or kind_of(store)
    if kind != "folder":
        return ContainerSource(store, kind, max_bytes=max_bytes)
    return (
        StoreFolder(store, max_bytes=max_bytes)
        if store.local is None
        else FolderSource(store.local, max_bytes=max_bytes)
    )


def kind_of(store: Store) -> str:
    """What a place holds: images; or else tars; or else parquet files with images. The first of its files decide."""
    tar = parquet = None
    for key, _, _ in itertools.islice(store.files(), _LOOKED_AT):
        extension = key.rpartition(b".")[2].lower()
        if extension in IMAGE_EXTENSIONS:
            return "folder"
        if key.endswith(b".tar"):
            tar = key
        elif key.endswith(b".parquet") and parquet is None:
            parquet = key
    if tar is not None:
        return "webdataset"
    return "parquet" if parquet is not None and _images_in(store, os.fsdecode(parquet)) else "folder"


def beside(location: str | os.PathLike[str]) -> Store | None:
    """Where the side files of a source lie; None for a single container, which has none."""
    place, only = _parted(location)
    return open_store(place) if only is None else None


def inside_container(key: str, reason: str) -> bool:
    """Whether a row of ``others.parquet`` names something in a container, and no file."""
    return reason not in _OF_FILES and any(f"{extension}/" in key for extension in EXTENSIONS.values())


def holds_images(store: Store, key: str) -> bool:
    """Whether a file beside images is a container of more of them."""
    return key.lower().endswith(".tar") or (key.lower().endswith(".parquet") and _images_in(store, key))


def _images_in(store: Store, key: str) -> bool:
    try:
        with store.open(key) as file:
            return bool(ParquetReader(file, key=key, mtime_ns=0).images)
    except (SampleError, SourceError, OSError):
        return False


def _parted(location: str | os.PathLike[str]) -> tuple[str | os.PathLike[str], str | None]:
    """The place of a single container and its name there."""
    text = os.fspath(location)
    if not text.endswith(tuple(EXTENSIONS.values())):
        return location, None
    if not is_url(location) and os.path.isdir(text):  # noqa: PTH112 - a directory may be called so
        return location, None
    parent, _, name = text.rpartition("/")
    return (parent or ("." if "/" not in text else "/")), name
