"""What images are called by, where the directory is the label: which part it is, and what it becomes."""

from __future__ import annotations

import functools
import hashlib
import os
import re
from dataclasses import dataclass

from overpaint.records import Sample

from ._layout import SPLITS
from ._names import called, nameless, stem
from ._record import place_in_container

__all__ = ["Placed", "looks_tagged", "more_digits", "placed", "tag", "without_label", "wnid_of"]

_WNID = re.compile(r"n[0-9]{8}(?![0-9])")
_TAGGED = re.compile(r".*-[0-9a-f]{12}(?:[0-9a-f]{4})?", re.DOTALL)
_LONGEST = 255  # bytes of a file's name
_NAMELESS = "image"


@dataclass(frozen=True, slots=True)
class Placed:
    """A path that says a label.

    Attributes
    ----------
    front
        The directories before the label: what a container's name added, and the split.
    label
        The directory that is the label.
    below
        The directories between it and the file.
    base
        The file's name.
    """

    front: tuple[str, ...]
    label: str
    below: tuple[str, ...]
    base: str

    @property
    def stem(self) -> str:
        """The file's name up to its first dot: what the members of one record share."""
        return stem(self.base)

    def at(self, path: str) -> Placed | None:
        """Another path in the same directory, taken apart in the same way; None for one elsewhere."""
        folder, _, base = path.rpartition("/")
        own = "/".join([*self.front, self.label, *self.below])
        return Placed(self.front, self.label, self.below, base) if folder == own and base else None

    def moved(self, label: str | None, *, tagged: bool, hidden: bool) -> str:
        """The path under another label, or (None) under none.

        Parameters
        ----------
        tagged
            The stem gets ``-`` and 12 hexadecimal digits of the BLAKE2b of the old label behind it, so that no other
            label's image comes to lie where this one does.
        hidden
            What names the old label leaves the stem, and the directories below the label go; then 16 digits, of the
            old path up to its first dot, follow.
        """
        start, rest = self.stem, self.base[len(self.stem) :]
        whole = "/".join([self.label, *self.below, start])
        below = () if hidden or label is None else self.below
        if hidden or label is None:
            start = f"{without_label(start, self.label)}-{_digest(whole, 8)}"
        elif tagged:
            start = f"{start}-{tag(self.label)}"
        if len(os.fsencode(start + rest)) > _LONGEST:
            start = f"{_NAMELESS}-{_digest(whole, 16)}"
        return "/".join([*self.front, *(() if label is None else (label,)), *below, start + rest])

    def names_label(self) -> bool:
        """Whether the stem or a directory below says the label once more."""
        return any(without_label(part, self.label) != part for part in (self.stem, *self.below))


def placed(sample: Sample) -> Placed | None:
    """Where the path of a sample says its label; None where it says none."""
    if nameless(sample):
        return None
    name = sample.name or sample.key
    if sample.file is None:
        before = 1 if sample.split is not None else 0
        return _cut(name.split("/"), before)
    inner = _inner(sample, name)
    label, _ = place_in_container(sample.file, inner)
    if label is None:
        return None
    parts, own = name.split("/"), inner.split("/")
    return _cut(parts, len(parts) - len(own) + (own[0].lower() in SPLITS))


def _cut(parts: list[str], before: int) -> Placed | None:
    if len(parts) < before + 2:
        return None
    return Placed(tuple(parts[:before]), parts[before], tuple(parts[before + 1 : -1]), parts[-1])


def _inner(sample: Sample, name: str) -> str:
    """The name without what the listing put in front where two images were called the same."""
    assert sample.file is not None
    own = sample.key[len(sample.file) + 1 :]
    if name == own or name.endswith(f"/{own}"):  # a member of a tar
        return own
    ways = called(sample)
    told = [way for way in ways if place_in_container(sample.file, way)[0] == sample.label]
    return (told or ways)[-1]


def wnid_of(text: str) -> str | None:
    """The wnid that a text begins with."""
    found = _WNID.match(text)
    return found[0] if found else None


def tag(label: str) -> str:
    """12 hexadecimal digits of BLAKE2b: they tell labels apart, and keep none secret."""
    return _digest(label, 6)


def more_digits(path: str) -> str:
    """The path of an image without a label, where one that loses its label may come to be called as it is."""
    folder, slash, base = path.rpartition("/")
    start = stem(base)
    return f"{folder}{slash}{start}-{tag('')}{base[len(start) :]}"


def looks_tagged(start: str) -> bool:
    """Whether a stem ends as `Placed.moved` makes stems end."""
    return _TAGGED.fullmatch(start) is not None


def without_label(text: str, label: str) -> str:
    """A part of a name without the label where it stands as a word; numbers and single letters name nothing."""
    words = _words(label)
    found = text if words is None else words.sub("", text)
    return text if found == text else found.strip(" _-.") or _NAMELESS


@functools.lru_cache(maxsize=4096)
def _words(label: str) -> re.Pattern[str] | None:
    words = [re.escape(word) for word in re.split(r"[\s_-]+", label) if word]
    if not words or len(label) < 2 or label.isdigit():
        return None
    label_again = r"[\s_-]+".join(words)
    return re.compile(rf"(?<![^\W_]){label_again}(?![^\W_])", re.IGNORECASE)


def _digest(text: str, size: int) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogateescape"), digest_size=size).hexdigest()
