"""Keys as paths: which of them may name a file below a root, and which roots may be used together."""

from __future__ import annotations

import os
import re
from pathlib import Path

from overpaint.errors import SampleError, UsageError

__all__ = ["TEMPORARY", "apart", "bytes_of", "path_of", "temporary_name"]

TEMPORARY = re.compile(rb"\.overpaint-[A-Za-z0-9_-]{1,64}\.tmp")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,64}")


def temporary_name(token: str) -> str:
    """What the half-written file of one writer is called."""
    if not _TOKEN.fullmatch(token):
        raise ValueError(f"token must be 1 to 64 of A-Z a-z 0-9 _ -, not {token!a}")
    return f".overpaint-{token}.tmp"


def bytes_of(key: str) -> bytes:
    """The key as bytes.

    Raises
    ------
    SampleError
        ``refused-key`` for a key that is absolute, climbs, holds a NUL or an empty part.
    """
    try:
        name = os.fsencode(key)
    except UnicodeEncodeError:
        raise SampleError("refused-key", "the key is no possible file name") from None
    if b"\0" in name or any(part in (b"", b".", b"..") for part in name.split(b"/")):
        raise SampleError("refused-key", f"a key must be a relative path without '..', '.' or empty parts: {key!a}")
    return name


def path_of(root: bytes, key: str) -> bytes:
    """Where the file named `key` lies below `root`.

    Raises
    ------
    SampleError
        ``refused-key``, as `bytes_of`.
    """
    return root + b"/" + bytes_of(key)


def apart(source: str | os.PathLike[str], dest: str | os.PathLike[str]) -> None:
    """Refuse a destination that is the source, lies inside it or holds it; symbolic links are resolved first.

    Raises
    ------
    UsageError
        Naming both and how they touch.
    """
    one, other = Path(os.path.realpath(source)), Path(os.path.realpath(dest))
    for inner, outer, inner_word, outer_word in ((other, one, "DEST", "SOURCE"), (one, other, "SOURCE", "DEST")):
        if _inside(inner, outer):
            how = "is" if _inside(outer, inner) else "lies inside"
            raise UsageError(
                f"{inner_word} {str(inner)!a} {how} {outer_word} {str(outer)!a}: choose a DEST beside SOURCE, "
                "so that what is published and what is read stay apart"
            )


def _inside(inner: Path, outer: Path) -> bool:
    """Whether a path is `outer` or below it, by name and by device and inode (bind mounts, names in another case)."""
    identity = _identity(outer)
    return any(at == outer or (identity is not None and _identity(at) == identity) for at in (inner, *inner.parents))


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        info = path.stat()
    except OSError:
        return None
    return info.st_dev, info.st_ino
