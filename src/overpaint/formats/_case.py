"""File systems that take two names for one: those of macOS and Windows, and folders of ext4 and tmpfs made so."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path

from ._keys import temporary_name

__all__ = ["folds_case", "merging"]


def folds_case(folder: Path) -> bool:
    """Whether a folder finds a file by its name in other letters; tried with a file that is gone again.

    Raises
    ------
    OSError
        The folder cannot be written to.
    """
    name = temporary_name("case")
    place = folder / name
    try:
        place.write_bytes(b"")
        return (folder / name.upper()).exists()
    finally:
        place.unlink(missing_ok=True)


def merging(names: Iterable[str]) -> tuple[str, int]:
    """The first name that such a file system takes for an earlier one, and how many there are; memory 100 bytes a name.

    Unicode's own folding, and composed like decomposed letters: what HFS+, APFS, NTFS and ext4 do differs in a few
    letters, where this refuses more rather than less.
    """
    seen: set[bytes] = set()
    first, number = "", 0
    for name in names:
        folded = unicodedata.normalize("NFD", unicodedata.normalize("NFD", name).casefold())
        digest = blake2b(os.fsencode(folded), digest_size=12).digest()
        if digest in seen:
            first, number = first or name, number + 1
        seen.add(digest)
    return first, number
