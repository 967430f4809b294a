"""Files out of a package of npm, read as a gzipped tar archive once from start to end, with bounds.

Nothing is unpacked to disk, so that names that climb, links and devices do no harm: only regular files of exactly the
wanted names are read, and all else is passed over.
"""

from __future__ import annotations

import gzip
import tarfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

from overpaint.errors import ModelError

__all__ = ["tarball_members"]

_MOST_BYTES = 1 << 29
_MOST_MEMBERS = 10_000
_ASK = "Fetch the package again, or report it to overpaint if it stays so"


class _TooMuch(Exception):
    """It unpacks to more than a package of models would."""


class _Bounded:
    """A gzip stream that gives out so many bytes in all and no more."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = gzip.GzipFile(fileobj=stream)
        self._left = _MOST_BYTES

    def read(self, size: int) -> bytes:
        if size > self._left:  # before reading: a header of the archive may ask for anything
            raise _TooMuch
        data = self._stream.read(size)
        self._left -= len(data)
        return data


def tarball_members(stream: BinaryIO, limits: Mapping[str, int], package: Path) -> dict[str, bytes]:
    """The regular files of exactly those names, each of at most so many bytes; `package` is for messages.

    Raises
    ------
    ModelError
        Where it is no gzipped tar archive, or a file is not there once, is larger, or is damaged.
    """
    try:
        found = _read(_Bounded(stream), limits, package)
    except _TooMuch as error:
        raise ModelError(f"{package} unpacks to more than {_MOST_BYTES} bytes; nothing was kept. {_ASK}") from error
    except (tarfile.TarError, OSError, EOFError, zlib.error, ValueError, OverflowError) as error:
        raise ModelError(f"{package} is no gzipped tar archive, or a damaged one ({error}). {_ASK}") from error
    for name in limits:
        if name not in found:
            raise ModelError(f"{package} holds no regular file {name}. {_ASK}")
    return found


def _read(source: Any, limits: Mapping[str, int], package: Path) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    # a stream ("r|"): tarfile asks for blocks one after another and never goes back
    with tarfile.open(fileobj=source, mode="r|", bufsize=1 << 16) as archive:
        for number, info in enumerate(archive):
            if number >= _MOST_MEMBERS:
                raise ModelError(f"{package} holds more than {_MOST_MEMBERS} files; it was not read further. {_ASK}")
            if info.name not in limits or not info.isreg():
                continue
            if info.name in found:
                raise ModelError(f"{package} holds {info.name} twice. {_ASK}")
            if info.size > limits[info.name]:
                raise ModelError(f"{package}: {info.name} has {info.size} bytes; it was not unpacked. {_ASK}")
            member = archive.extractfile(info)
            found[info.name] = member.read() if member else b""
            if len(found[info.name]) != info.size:
                raise ModelError(f"{package}: {info.name} is cut off. {_ASK}")
    return found
