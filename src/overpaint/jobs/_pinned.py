"""Files of the user's that a plan names, with the hashes of their content."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path

from overpaint.errors import OverpaintWarning, UsageError
from overpaint.fingerprints import HashLists
from overpaint.plan import file_sha256

__all__ = ["hash_lists", "pinned"]

Pinned = tuple[tuple[str, str], ...]


def pinned(option: str, files: Sequence[Path]) -> Pinned:
    """Files by their full paths, with the hashes of what is in them now."""
    for file in files:
        if not file.is_file():
            raise UsageError(f"{option} {file}: no such file")
    return tuple((str(file.resolve()), file_sha256(file)) for file in files)


def hash_lists(files: Sequence[Path]) -> Pinned:
    """As `pinned`, read once before a run begins: what is wrong with a list is said at once, entries too."""
    named = pinned("--hash-list", files)
    for note in HashLists.read([path for path, _ in named]).notes:
        warnings.warn(note, OverpaintWarning, stacklevel=3)
    return named
