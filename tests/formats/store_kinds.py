"""Stand-ins for services that tests cannot reach, each of the kind that its scheme stands for.

``sftp://`` is a directory where files are renamed; ``gs://`` holds objects in memory that appear when their upload is
complete (gcsfs caches nothing here, and takes no credentials).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import fsspec
from fsspec.implementations.local import LocalFileSystem
from fsspec.implementations.memory import MemoryFileSystem


class Renaming(LocalFileSystem):
    """Like an SFTP server: links are told, files are renamed in one step."""

    protocol = "sftp"
    cachable = False

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return "/" + path.removeprefix("sftp://host").strip("/")

    def mv(self, path1: str, path2: str, **_: Any) -> None:
        Path(path1).rename(path2)


class Objects(MemoryFileSystem):
    """Like an object store: nothing is renamed, a put is one step; the entity tag changes with every put."""

    protocol = "gs"
    cachable = False
    store: ClassVar[dict[str, Any]] = {}
    pseudo_dirs: ClassVar[list[str]] = [""]

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        path = path.removeprefix("gs://").strip("/")
        return "/" + path if path else ""

    def mv(self, path1: str, path2: str, **_: Any) -> None:
        raise AssertionError("objects are not renamed")


def register() -> None:
    """Take the places of the real file systems, for this process."""
    fsspec.register_implementation("sftp", Renaming, clobber=True)
    fsspec.register_implementation("gs", Objects, clobber=True)
