"""Where boxes are written to: whole or not at all, closed to others, and never over somebody else's file."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from overpaint.errors import EngineError, SampleError, UsageError
from overpaint.formats._keys import path_of

from ._model import Skip

__all__ = ["Folder", "content_sha256", "staged"]

_CANNOT_BE_NAMED = {errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ, errno.ENOTDIR, errno.EISDIR}


class Folder:
    """Makes files of mode 0600 below a directory; parents are made as needed."""

    def __init__(self, root: Path) -> None:
        self._root = os.fsencode(root)

    def open(self, name: str) -> BinaryIO:
        try:
            path = path_of(self._root, name)
            os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)  # noqa: PTH103, PTH120 - bytes
            return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb")
        except FileExistsError:
            raise Skip("same-name-but-for-the-extension") from None
        except SampleError:
            raise Skip("name-not-a-path") from None
        except OSError as error:
            if error.errno in _CANNOT_BE_NAMED:
                raise Skip("name-not-a-path") from None
            raise


@contextlib.contextmanager
def staged(out: Path, *, folder: bool, mine: Callable[[str], bool]) -> Iterator[tuple[Path, Path]]:
    """A place beside ``out`` to write to, which becomes ``out`` when nothing goes wrong; and one for scratch.

    Parameters
    ----------
    out
        A file, or with ``folder`` a directory; where something is there it is replaced if ``mine`` says so of its
        `content_sha256`, and refused otherwise.

    Raises
    ------
    UsageError
        Something is there that is not ours, or there is no directory to write into.
    EngineError
        The disk is full, or cannot be written to.
    """
    if not out.parent.is_dir():
        raise UsageError(f"{out.parent} is no directory; make it, or choose another OUT")
    if os.path.lexists(out) and not (_of_kind(out, folder=folder) and mine(content_sha256(out))):
        raise UsageError(
            f"{out} exists and is not what this run wrote there, or was changed since; choose another OUT or delete it"
        )
    try:
        # a directory of mode 0700, so that nobody reads what is half written
        work = Path(tempfile.mkdtemp(prefix=".overpaint-boxes-", dir=out.parent))
        try:
            place = work / "out"
            if folder:
                place.mkdir(mode=0o700)
            yield place, work / "later"
            if folder and out.exists():
                out.rename(work / "old")
            place.replace(out)
        finally:
            shutil.rmtree(work, ignore_errors=True)
    except OSError as error:
        raise EngineError(f"{out}: {error.strerror or error}; free space there or choose another OUT") from error


def content_sha256(out: Path) -> str:
    """A hash of a file, or of all files below a directory with their names, in whatever order they are read."""
    if not out.is_dir():
        with out.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    total = 0
    root = os.fsencode(out)
    for directory, folders, files in os.walk(root):
        for name in [*files, *(f for f in folders if os.path.islink(os.path.join(directory, f)))]:  # noqa: PTH114, PTH118
            path = os.path.join(directory, name)  # noqa: PTH118
            digest = hashlib.sha256(os.path.relpath(path, root) + b"\0")
            if os.path.islink(path) or not os.path.isfile(path):  # noqa: PTH113, PTH114 - nothing that we write
                digest.update(b"other")
            else:
                with open(path, "rb") as file:  # noqa: PTH123
                    while part := file.read(1 << 20):
                        digest.update(part)
            total = (total + int.from_bytes(digest.digest())) % (1 << 256)
    return f"{total:064x}"


def _of_kind(out: Path, *, folder: bool) -> bool:
    if out.is_symlink():
        return False
    return out.is_dir() if folder else out.is_file()
