"""Lists of hashes of known images: MD5 and SHA-256 of files, PDQ of what is to be seen."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from overpaint.errors import UsageError
from overpaint.fingerprints._hamming import HammingIndex
from overpaint.fingerprints._hash_files import KINDS, HashFile, read_hash_file
from overpaint.fingerprints._pdq import MIN_QUALITY, RADIUS, Pdq

__all__ = ["Digests", "HashLists", "HashMatch"]


@dataclass(frozen=True, slots=True)
class HashMatch:
    """That something is in a list: by what, and for PDQ at which Hamming distance. The hash itself is not here."""

    kind: Literal["md5", "sha256", "pdq"]
    distance: int = 0


class Digests:
    """Many digests of one length, sorted: no more memory than the digests themselves.

    Parameters
    ----------
    held
        The digests' bytes, one after the other, in any order and as often as they like.
    size
        Bytes of each; a multiple of 8.
    """

    def __init__(self, held: bytes | bytearray, *, size: int) -> None:
        rows = np.frombuffer(held, np.uint8).reshape(-1, size)
        words = rows.view(">u8").astype(np.uint64)
        words = words[np.lexsort(words.T[::-1])]
        fresh = np.ones(len(words), bool)
        fresh[1:] = (words[1:] != words[:-1]).any(axis=1)
        self._words = words[fresh]
        self._first = np.ascontiguousarray(self._words[:, 0])
        self._size = size

    def __len__(self) -> int:
        return len(self._words)

    def __contains__(self, digest: bytes) -> bool:
        if len(digest) != self._size:
            raise ValueError(f"a digest of {self._size} bytes is needed")
        asked = np.frombuffer(digest, ">u8").astype(np.uint64)
        start, end = (int(np.searchsorted(self._first, asked[0], side=side)) for side in ("left", "right"))
        return bool((self._words[start:end] == asked).all(axis=1).any())

    def rows(self) -> NDArray[np.uint8]:
        """The digests, N x size, sorted."""
        return self._words.astype(">u8").view(np.uint8).reshape(-1, self._size)


class HashLists:
    """What one or several lists hold, ready to be asked; nothing of it is ever printed.

    Attributes
    ----------
    md5, sha256
        Digests of files.
    pdq
        An index of PDQ hashes.
    counts
        How many different hashes of each kind.
    notes
        What to tell people of each file: how many of its entries were passed over, and where the first few are.
    """

    def __init__(self, files: Sequence[HashFile]) -> None:
        notes = tuple(note for file in files for note in _notes(file))
        self.md5, self.sha256, pdq = (
            Digests(b"".join(file.entries.pop(kind) for file in files), size=size) for kind, size in KINDS.items()
        )
        self.pdq = HammingIndex(pdq.rows())
        self.notes = notes
        self.counts = {"md5": len(self.md5), "sha256": len(self.sha256), "pdq": len(self.pdq)}

    def __repr__(self) -> str:
        return f"HashLists({', '.join(f'{kind}={count}' for kind, count in self.counts.items())})"

    def __len__(self) -> int:
        return sum(self.counts.values())

    @classmethod
    def read(cls, paths: Sequence[str | PathLike[str]]) -> HashLists:
        """Read lists; no path gives empty ones, which match nothing.

        Parameters
        ----------
        paths
            Text (one hex hash a line, anything after it), CSV, JSON or JSON Lines; docs/reference/duplicates.md.

        Raises
        ------
        UsageError
            A file cannot be read, is empty, or holds nothing that can be matched.
        """
        return cls([read_hash_file(Path(path)) for path in paths])

    def match_bytes(self, data: bytes) -> HashMatch | None:
        """Whether a file's bytes are in a list, by SHA-256 or MD5."""
        if len(self.sha256) and hashlib.sha256(data).digest() in self.sha256:
            return HashMatch("sha256")
        if len(self.md5) and hashlib.md5(data, usedforsecurity=False).digest() in self.md5:
            return HashMatch("md5")
        return None

    def match_pdq(self, asked: Pdq, *, radius: int = RADIUS, min_quality: int = MIN_QUALITY) -> HashMatch | None:
        """Whether a picture is within so many bits of a PDQ hash in a list; ask for its mirror image too.

        Parameters
        ----------
        asked
            Its hash. One of a lower quality than ``min_quality`` matches nothing: such hashes are all alike.
        radius
            At most 31, the paper's.

        Raises
        ------
        UsageError
            A radius outside 0 to 31.
        """
        if not 0 <= radius <= RADIUS:
            raise UsageError(f"radius {radius} must lie between 0 and {RADIUS}")
        if not len(self.pdq) or asked.quality < min_quality:
            return None
        distance = self.pdq.nearest(asked.bits, radius=radius)
        return None if distance is None else HashMatch("pdq", distance)


def _notes(file: HashFile) -> list[str]:
    """What to tell of a file: line numbers, and never what stands there."""
    notes = []
    if file.bad:
        places = "; ".join(file.places) + ("; ..." if file.bad > len(file.places) else "")
        notes.append(
            f"{file.path}: {file.bad} of {file.entries_in_all} entries are no hashes and were passed over ({places})"
        )
    if file.others:
        notes.append(
            f"{file.path}: {file.others} entries are of kinds that are not matched (only MD5, SHA-256 and PDQ are)"
        )
    return notes
