"""Which samples have no output and which were painted, by name, in about 15 bytes a sample.

A stem (file name without extension) is held as 64 bits of BLAKE2b, a folder as a number; folders are numbered in the
order of their parts from last to first, so that all folders with a common end have neighbouring numbers. Two different
stems share their 64 bits with a chance of n/2**64 for each name looked up among n samples.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from overpaint.formats._layout import SPLITS
from overpaint.records import Outcome

from ._gone_parts import backwards, common, encoded, hashed, most, places
from ._names import IMAGE_FOLDERS, LONGEST, normalised, readings, split

__all__ = ["GONE", "KEPT", "PAINTED", "Gone"]

KEPT, GONE, PAINTED = 1, 2, 4
_FLAGS = {
    Outcome.IDENTICAL: KEPT,
    Outcome.METADATA_ONLY: KEPT,
    Outcome.REDACTED: KEPT | PAINTED,
    Outcome.RE_ENCODED: KEPT | PAINTED,
    Outcome.REMOVED: GONE,
    Outcome.QUARANTINED: GONE,
    Outcome.FAILED: GONE,
}
_MOST_COMPARED = 4096  # candidates looked at one by one for one name; with more, the name is ambiguous
_MOST_KNOWN = 65_536  # folders of names whose place is remembered
_IMAGE_FOLDERS = frozenset(name.lower().encode() for name in IMAGE_FOLDERS)
_Tries = tuple[tuple[int, ...], list[tuple[int, int]]]


@dataclass(frozen=True, slots=True)
class Gone:
    """What has no output, and what was painted: looked up by the names that side files use.

    A name may be a path from the source, a path from the side file's own folder, any end of a path, or a stem without
    extension. The sample with the longest common end of its path is meant; where samples of different fate fit
    equally well, the name is ambiguous: it is neither `gone` nor free of paint.

    Attributes
    ----------
    samples, removed, painted_samples
        How many there are, have no output, and were painted.
    """

    samples: int
    removed: int
    painted_samples: int
    _stems: array[int]
    _folder: array[int]
    _extension: array[int]
    _flags: bytes
    _folders: list[bytes]
    _extensions: dict[str, int]
    _labels: dict[tuple[str, ...], tuple[int, str]] = field(default_factory=dict, repr=False)
    _paths: dict[int, tuple[str, ...]] = field(default_factory=dict, repr=False)
    _known: dict[tuple[str, str], _Tries] = field(default_factory=dict, repr=False)
    _counts: dict[int, list[tuple[str, int]]] = field(default_factory=dict, repr=False)

    @classmethod
    def build(cls, samples: Iterable[tuple[str, str | None, str]]) -> Gone:
        """Take up all samples of a run.

        Parameters
        ----------
        samples
            Name, label and outcome of each, in any order. A name without a folder counts as lying in a folder called
            as its label; one that ends in ``.`` is taken without.
        """
        stems, places, kinds, flags = array("Q"), array("I"), array("H"), bytearray()
        folders: dict[str, int] = {}
        labels: dict[str, str] = {}
        extensions = {"": 0}
        for name, label, outcome in samples:
            folder, _, last = name.removesuffix(".").rpartition("/")
            if label is not None and folder:
                labels.setdefault(folder, label)
            stem, extension = split(last)
            stems.append(hashed(stem))
            places.append(folders.setdefault(folder or label or "", len(folders)))
            kinds.append(extensions.setdefault(extension, len(extensions)))
            flags.append(_FLAGS[Outcome(outcome)])
        paths = [backwards(folder.split("/")) for folder in folders]
        ordered = sorted(set(paths))
        numbers = {path: number for number, path in enumerate(ordered)}
        placed = np.array([numbers[path] for path in paths], np.uint32)[np.frombuffer(places, np.uint32)]
        order = np.lexsort((placed, np.frombuffer(stems, np.uint64)))
        bits = np.frombuffer(flags, np.uint8)[order]
        return cls(
            samples=len(flags),
            removed=int(np.count_nonzero(bits & GONE)),
            painted_samples=int(np.count_nonzero(bits & PAINTED)),
            _stems=array("Q", np.frombuffer(stems, np.uint64)[order].tobytes()),
            _folder=array("I", placed[order].tobytes()),
            _extension=array("H", np.frombuffer(kinds, np.uint16)[order].tobytes()),
            _flags=bits.tobytes(),
            _folders=ordered,
            _extensions=extensions,
            _labels=dict(filter(None, map(_label_in, labels.items()))),
        )

    @property
    def touched(self) -> bool:
        """Whether any sample has no output or was painted."""
        return bool(self.removed or self.painted_samples)

    def gone(self, name: str, *, near: str = "") -> bool:
        """Whether every sample that the name may mean has no output."""
        return self.find(name, near=near) == GONE

    def painted(self, name: str, *, near: str = "") -> bool:
        """Whether a sample that the name may mean was painted."""
        return bool(self.find(name, near=near) & PAINTED)

    def known(self, name: str, *, near: str = "") -> bool:
        """Whether the name may mean a sample."""
        return bool(self.find(name, near=near))

    def find(self, name: str, *, near: str = "") -> int:
        """`KEPT`, `GONE` and `PAINTED` of the samples that a name may mean, or'ed; 0 where it means none.

        Parameters
        ----------
        near
            The folder of the file that says the name: names are tried from there first.
        """
        return self._union(self._meant(name, near))

    def folders(self, name: str, *, near: str = "") -> frozenset[tuple[str, ...]]:
        """The folders of the samples that a name may mean, each as its parts; none where it means none or too many."""
        span = self._meant(name, near, narrow=True)
        if len(span) > _MOST_COMPARED:
            return frozenset()
        return frozenset(self._path(self._folder[at]) for at in span)

    def companion_folders(self, key: str) -> frozenset[tuple[str, ...]]:
        """As `folders`, for the image that a side file belongs to; see `companion`."""
        return frozenset(self._path(self._folder[at]) for at in self._companions(key)[:_MOST_COMPARED])

    def label_at(self, folder: tuple[str, ...]) -> tuple[int, str] | None:
        """Which part of a folder is the label of its samples, and the label; None where it says none."""
        return self._labels.get(folder)

    def _meant(self, name: str, near: str, *, narrow: bool = False) -> Sequence[int]:
        """The samples that a name may mean; with `narrow` no more than must be, else all of the same fate."""
        if "://" in name or "\\" in name:
            name, near = "/".join(normalised(name)), ""
        folder, _, last = name.strip().rpartition("/")
        if last in ("", ".", "..") or len(name) > LONGEST:
            return ()
        for stem, extension in readings(last):
            begin, end = self._range(stem)
            if begin < end:
                exact, ends = self._tries(folder, near)
                for number in exact:
                    if span := self._within(number, number + 1, begin, end):
                        return self._same_extension(span, extension)
                return self._best(ends, extension, near, begin, end, narrow=narrow)
        return ()

    def companion(self, key: str) -> int:
        """As `find`, for the image that a side file belongs to: of its stem, in its folder or in that folder's pair.

        ``x.txt``, ``x.jpg.txt`` and ``gt_x.txt`` belong to ``x.jpg`` beside them; ``labels/a/x.txt`` and
        ``Annotations/a/x.xml`` to ``images/a/x.jpg``, ``JPEGImages/a/x.jpg`` or ``a/x.jpg``.
        """
        return self._union(self._companions(key))

    def _companions(self, key: str) -> Sequence[int]:
        folder, _, last = key.rpartition("/")
        parts = folder.split("/") if folder else []
        stem = last.rpartition(".")[0] or last
        stems = [stem, stem.rpartition(".")[0], stem.removeprefix("gt_")]
        for name in dict.fromkeys(filter(None, stems)):
            for reading, extension in readings(name):
                begin, end = self._range(reading)
                for place in places(parts) if begin < end else ():
                    number = self._number(place)
                    if number and (span := self._within(number - 1, number, begin, end)):
                        return self._same_extension(span, extension)
        return ()

    def counted(self, number: int) -> Iterator[tuple[str, int]]:
        """Folders (``""`` for all) below which `number` samples lie, and how many of these have no output."""
        if number == self.samples:
            yield "", self.removed
        if not self._counts:
            self._count()
        yield from self._counts.get(number, ())

    # ------------------------------------------------------------------ inside

    def _count(self) -> None:
        """Once: the folders by the number of samples below them."""
        folders = np.frombuffer(self._folder, np.uint32)
        gone = np.frombuffer(self._flags, np.uint8) & GONE > 0
        there = np.bincount(folders, minlength=len(self._folders)).tolist()
        lost = np.bincount(folders, weights=gone, minlength=len(self._folders)).tolist()
        sums: dict[bytes, list[int]] = {}
        for path, have, without in zip(self._folders, there, lost, strict=True):
            parts = path.split(b"\0")[:-1][::-1]
            for depth in range(1, len(parts) + 1):
                entry = sums.setdefault(b"/".join(parts[:depth]), [0, 0])
                entry[0] += have
                entry[1] += int(without)
        for path, (have, without) in sorted(sums.items()):
            self._counts.setdefault(have, []).append((path.decode("utf-8", "surrogatepass"), without))

    def _range(self, stem: str) -> tuple[int, int]:
        value = hashed(stem)
        begin = bisect_left(self._stems, value)
        return begin, bisect_left(self._stems, value + 1, begin)

    def _tries(self, folder: str, near: str) -> _Tries:
        """Where a name in that folder is looked for: folders meant exactly, and ranges of those with a common end."""
        key = folder, near
        if key not in self._known:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            parts = normalised(folder + "/x")[:-1]
            from_near = normalised(f"{near}/{folder}/x")[:-1] if near and not folder.startswith("/") else parts
            exact = dict.fromkeys(filter(None, (self._number(path) for path in (from_near, parts))))
            ends = [self._below(parts[first:]) for first in range(len(parts))]
            self._known[key] = tuple(number - 1 for number in exact), [span for span in ends if span[0] < span[1]]
        return self._known[key]

    def _number(self, parts: list[str]) -> int:
        """One more than the number of a folder; 0 where no sample lies in it."""
        path = backwards(parts)
        at = bisect_left(self._folders, path)
        return at + 1 if at < len(self._folders) and self._folders[at] == path else 0

    def _below(self, parts: list[str]) -> tuple[int, int]:
        """The numbers of the folders whose path ends in these parts."""
        path = backwards(parts)
        low = bisect_left(self._folders, path)
        return low, bisect_left(self._folders, path[:-1] + b"\1", low)

    def _within(self, low: int, high: int, begin: int, end: int) -> range:
        """Of the samples with one stem those in folders of these numbers."""
        first = bisect_left(self._folder, low, begin, end)
        return range(first, bisect_left(self._folder, high, first, end))

    def _best(
        self, ends: list[tuple[int, int]], extension: str, near: str, begin: int, end: int, *, narrow: bool
    ) -> Sequence[int]:
        spans = (self._within(low, high, begin, end) for low, high in ends)
        found = next((span for span in spans if span), range(begin, end))
        alike = not narrow and len(set(self._flags[found.start : found.stop])) == 1
        if alike or len(found) > _MOST_COMPARED:
            return found
        left = list(self._same_extension(found, extension))
        if near:
            here = list(map(encoded, near.split("/")))
            left = most(left, [common(here, self._parts(at)) for at in left])
        return most(left, [int(self._has_images(at)) for at in left])

    def _same_extension(self, span: Sequence[int], extension: str) -> Sequence[int]:
        wanted = self._extensions.get(extension) if extension else None
        return [at for at in span if self._extension[at] == wanted] or span

    def _union(self, span: Sequence[int]) -> int:
        if isinstance(span, range) and len(span) == 1:
            return self._flags[span.start]
        bits = set(self._flags[span.start : span.stop] if isinstance(span, range) else (self._flags[at] for at in span))
        return sum(flag for flag in (KEPT, GONE, PAINTED) if any(flag & each for each in bits))

    def _parts(self, at: int) -> list[bytes]:
        return self._folders[self._folder[at]].split(b"\0")[:-1][::-1]

    def _path(self, number: int) -> tuple[str, ...]:
        return self._paths.get(number) or self._paths.setdefault(number, _forwards(self._folders[number]))

    def _has_images(self, at: int) -> bool:
        return any(part.lower() in _IMAGE_FOLDERS for part in self._parts(at))


def _forwards(path: bytes) -> tuple[str, ...]:
    return tuple(part.decode("utf-8", "surrogatepass") for part in path.split(b"\0")[:-1][::-1])


def _label_in(told: tuple[str, str]) -> tuple[tuple[str, ...], tuple[int, str]] | None:
    """A folder as parts, and which of them is the label, as the samples say it; None where none is."""
    parts = _forwards(backwards(told[0].split("/")))
    label = _forwards(backwards([told[1]]))
    if len(label) != 1 or label[0] not in parts:
        return None
    at = parts.index(label[0])
    split = at == 0 and label[0].lower() in SPLITS and parts[1:2] == label
    return parts, (at + split, told[1])
