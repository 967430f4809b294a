"""Every file below a directory, told apart into samples and others, in no order and in bounded memory."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator

from ._keys import TEMPORARY
from ._sniff import looks_like_image

__all__ = ["HEAD", "HIDDEN_JUNK", "IMAGE_EXTENSIONS", "Other", "Seen", "named_as_image", "subdirectories", "walk"]

#: Names that say "image": such a file is a sample whatever it holds, and fails later where it holds none.
IMAGE_EXTENSIONS = frozenset(
    b"apng arw avif avifs bmp cr2 cr3 cur dds dib dng exr gif hdr heic heif hif ico j2c j2k jfif jif jp2 jpc jpe jpeg "
    b"jpf jpg jpx jxl mpo nef orf pam pbm pcx pgm png pnm ppm psd qoi raf rw2 sgi tga tif tiff webp xbm xpm".split()
)
HIDDEN_JUNK = b"._"  # AppleDouble: x.jpg's resource fork is called ._x.jpg
HEAD = 64
_OPEN_LEVELS = 64  # directories kept open at once; deeper ones are read into memory, so that descriptors do not run out

Seen = tuple[bytes, int, int]  # key, size in bytes, modification time in ns
Other = tuple[bytes, int, str]  # key, size in bytes, reason


def subdirectories(root: bytes) -> Iterator[bytes]:
    """Names of the directories directly below `root`, symbolic links to directories among them."""
    with os.scandir(root) as entries:
        for entry in entries:
            if _is_directory(entry):
                yield entry.name


class _Level:
    """One directory being read: its key prefix, its identity, and what is left of it."""

    __slots__ = ("entries", "identity", "prefix", "scan")

    def __init__(self, path: bytes, prefix: bytes, *, depth: int) -> None:
        where = os.stat(path)  # noqa: PTH116 - bytes
        self.identity = where.st_dev, where.st_ino
        self.prefix = prefix
        self.scan = os.scandir(path)
        self.entries: Iterator[os.DirEntry[bytes]] = iter(self.scan)
        if depth >= _OPEN_LEVELS:
            with self.scan:
                self.entries = iter(list(self.entries))


def walk(root: bytes, *, images: bool = True) -> Iterator[Seen | Other]:
    """Every file below `root`: a sample ends in its modification time, anything else in the reason why it is none.

    Every regular file is a sample where not only `images` are asked for.

    Symbolic links are followed; a directory that is its own ancestor is reported as ``symlink-loop`` and not entered, a
    run directory as ``overpaint-run``: a link may lead to it, and what it holds must not be published.

    Raises
    ------
    OSError
        Where `root` itself cannot be read.
    """
    levels = [_Level(root, b"", depth=0)]
    try:
        while levels:
            level = levels[-1]
            try:
                entry = next(level.entries, None)
            except OSError:  # the directory went away or the disk failed while it was being read
                yield level.prefix.rstrip(b"/"), 0, "unreadable"
                entry = None
            if entry is None:
                levels.pop().scan.close()
                continue
            key = level.prefix + entry.name
            if _is_directory(entry):
                below = _enter(entry.path, key, levels)
                if isinstance(below, str):
                    yield key, 0, below
                else:
                    levels.append(below)
            else:
                yield _classify(entry, key, images=images)
    finally:
        for level in levels:
            level.scan.close()


def _is_directory(entry: os.DirEntry[bytes]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link in a loop of links
        return False


def _enter(path: bytes, key: bytes, levels: list[_Level]) -> _Level | str:
    """The level below, or why it is not entered."""
    try:
        where = os.stat(path)  # noqa: PTH116 - bytes
        if any(level.identity == (where.st_dev, where.st_ino) for level in levels):
            return "symlink-loop"
        if os.path.exists(path + b"/plan.toml") and os.path.isdir(path + b"/private"):  # noqa: PTH110, PTH112 - bytes
            return "overpaint-run"
        return _Level(path, key + b"/", depth=len(levels))
    except OSError:
        return "unreadable"


def _classify(entry: os.DirEntry[bytes], key: bytes, *, images: bool) -> Seen | Other:
    try:
        info = entry.stat()
    except FileNotFoundError:
        return key, 0, "broken-symlink" if entry.is_symlink() else "vanished"
    except OSError as error:
        return key, 0, "symlink-loop" if entry.is_symlink() and error.errno == errno.ELOOP else "unreadable"
    if not stat.S_ISREG(info.st_mode):
        return key, 0, "not-a-regular-file"
    if TEMPORARY.fullmatch(entry.name):
        return key, info.st_size, "overpaint-temporary"
    if images and not named_as_image(entry.name):
        head = _head(entry.path)
        if head is None:
            return key, info.st_size, "unreadable"
        if not looks_like_image(head):
            return key, info.st_size, "not-an-image"
    return key, info.st_size, info.st_mtime_ns


def named_as_image(name: bytes) -> bool:
    """Whether a file's name (without its directory) says that it is an image."""
    stem, dot, extension = name.rpartition(b".")
    return bool(dot) and bool(stem) and extension.lower() in IMAGE_EXTENSIONS and not name.startswith(HIDDEN_JUNK)


def _head(path: bytes) -> bytes | None:
    """The first bytes of a file whose name does not say what it is."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        return os.read(descriptor, HEAD)
    except OSError:
        return None
    finally:
        os.close(descriptor)
