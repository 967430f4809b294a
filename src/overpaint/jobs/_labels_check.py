"""``labels check``: whether the numbers of a dataset's classes mean what somebody's names file says."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from overpaint import labels
from overpaint.errors import LabelsError, UsageError
from overpaint.jobs._labels_check_beside import classes_list
from overpaint.jobs._labels_check_contents import foretold, looked_at
from overpaint.jobs._labels_check_pairs import Pair, paired, pairs_of
from overpaint.jobs._labels_check_said import FOLDERS, Said, crossing, listen, place_of
from overpaint.jobs._labels_check_seen import Contents
from overpaint.jobs._runs import Progress
from overpaint.records import shown_key

__all__ = ["LabelsCheck", "check_labels"]


@dataclass(frozen=True)
class LabelsCheck:
    """What was held against what, and whether numbers are read as classes that they are not.

    Attributes
    ----------
    images
        How many the dataset has.
    pairs
        Each thing that says what numbers mean, against another.
    counts
        The numbers' images against another copy's, where there is one and they can be compared.
    contents
        What pictures show; None where nobody looked.
    beyond
        What is amiss with the numbers themselves, where there are some beyond the list.
    notes
        What was not compared, and why.
    terms
        How classes are written.
    """

    images: int
    pairs: tuple[Pair, ...]
    counts: labels.ListCheck | None
    contents: Contents | None
    beyond: str
    notes: tuple[str, ...]
    terms: labels.Terms

    @property
    def damaged(self) -> bool:
        """Whether any of them is."""
        counted = self.counts is not None and self.counts.damaged
        seen = self.contents is not None and self.contents.check.damaged
        return counted or seen or bool(self.beyond) or any(pair.damaged for pair in self.pairs)

    @property
    def compared(self) -> bool:
        """Whether anything was."""
        some = any(pair.check.compared for pair in self.pairs)
        return some or bool(self.beyond) or self.counts is not None or self.contents is not None

    def to_dict(self) -> dict[str, Any]:
        """Plain values; terms are withheld as `labels.Terms` says."""
        return {
            "damaged": self.damaged,
            "compared": self.compared,
            "images": self.images,
            "pairs": [pair.to_dict(self._term) for pair in self.pairs],
            "counts": None if self.counts is None else self.counts.to_dict(self._term),
            "contents": None if self.contents is None else self.contents.to_dict(self._term),
            "beyond": self.beyond,
            "notes": list(self.notes),
        }

    def lines(self) -> list[str]:
        """For a terminal: what is damaged first."""
        told = [
            line for pair in sorted(self.pairs, key=lambda each: not each.damaged) for line in pair.lines(self._term)
        ]
        if self.counts is not None:
            verdict = "DAMAGED" if self.counts.damaged else "no damage shows"
            told.append(f"images of each number, against the other copy: {verdict}")
            told += [f"  {line}" for line in self.counts.lines(self._term)]
        if self.contents is not None:
            told += self.contents.lines(self._term)
        else:
            told.append("contents: nobody looked (--look N in a scanned run, or --predictions)")
        told += [f"numbers: DAMAGED: {self.beyond}"] if self.beyond else []
        told += [f"note: {note}" for note in self.notes]
        if self.damaged:
            verdict = "DAMAGED: numbers are read as classes that they are not"
        else:
            verdict = (
                "no damage found"
                if self.compared
                else "nothing was compared: give --names, --list or --classes that fit"
            )
        return [*told, *filter(None, [self.terms.note()]), verdict]

    def _term(self, id: str | None, name: str) -> str:  # noqa: A002
        if id is None:
            return shown_key(self.terms.label(name))
        shown = self.terms.of(id) if name in ("", id) else self.terms.of(id, (name,))
        return f"{shown_key(id)} {shown_key(shown)}"


def check_labels(
    dataset: str | PathLike[str],
    *,
    names: str | PathLike[str] | None = None,
    list: str | PathLike[str] | None = None,  # noqa: A002 - the word of the option
    classes: str | PathLike[str] | None = None,
    against: str | PathLike[str] | None = None,
    look: int | None = None,
    predictions: str | PathLike[str] | None = None,
    label_places: Sequence[str] = (),
    container: str | None = None,
    ratings: Sequence[str | PathLike[str]] = (),
    show_terms: bool = False,
    workers: int | None = None,
    progress: Progress | None = None,
) -> LabelsCheck:
    """Find shifted, turned, sorted, exchanged, doubled and lost names of class numbers.

    Parameters
    ----------
    dataset
        A dataset, or a run of one. Names and numbers are read; pictures are opened for ``look`` alone.
    names
        A names file: what somebody's program takes the numbers for.
    list
        What numbers are to mean: a list that comes along, or a file. Lists of the lengths and names of those that come
        along are known without it.
    classes
        A published ``classes.json``; one at the top of the dataset is found.
    against
        Another copy of the dataset, or its run: the same images by their names, and images by number.
    look
        Look at so many pictures of each class with a classifier of the 1,000 ILSVRC classes. ``dataset`` must be a run
        that is scanned, because it alone knows what is in the no-view lane.
    predictions
        Probabilities of your own model for the dataset's images, as for `labels.errors`.
    label_places
        Where labels stand (docs/reference/labels-in-datasets.md); found out unless given.
    container
        What the dataset is, where its files do not tell.
    ratings
        Your own ratings, by which terms are withheld.
    show_terms
        Print them all the same.
    workers
        Processes that look; one a core unless given.
    progress
        Called with what is going on, how many are done, and of how many.

    Raises
    ------
    LabelsError
        A names file or a list cannot be read.
    SourceError
        The dataset cannot be listed or read.
    UsageError
        Pictures are to be looked at, and it is no scanned run.
    ModelError
        The classifier is not on this machine.
    """
    if look is not None and look < 1:
        raise UsageError(f"--look {look}: give at least 1")
    terms = labels.Terms(labels.ratings(tuple(Path(file) for file in ratings)), show=show_terms)
    given = [] if list is None else [labels.class_list(list if isinstance(list, str) else Path(list))]
    given += [] if classes is None else [classes_list(Path(classes))]
    named = None if names is None else labels.class_list(Path(names))
    place = place_of(fspath(dataset), container)
    if look is not None and place.run is None:
        raise UsageError(
            "--look opens pictures, for which DATASET must be a run: `overpaint scan` it, and name its run"
        )
    said = listen(place, places=label_places, files=against is not None, progress=progress)
    pairs = [*pairs_of(said, named, given)]
    counts, notes = None, [*said.notes, *_timm(said)]
    if against is not None:
        other = listen(place_of(fspath(against), None), files=True, progress=progress)
        pairs += _joined(said, other, named, given)
        counts = _counted(said, other)
    contents = None
    if look is not None or predictions is not None:
        meaning = _meaning(said, named, given)
        if predictions is not None:
            contents = foretold(place, said, meaning, Path(predictions), label_places, progress)
        elif look is not None:
            contents = looked_at(place, said, meaning, look, label_places, workers, progress)
    notes += [f"{pair.what} was not compared with {pair.against}" for pair in pairs if not pair.check.compared]
    pairs = [pair for pair in pairs if pair.check.compared]
    beyond = _beyond(said, named or next(iter([*said.lists, *given]), None))
    return LabelsCheck(said.images, tuple(pairs), counts, contents, beyond, tuple(notes), terms)


def _timm(said: Said) -> Iterator[str]:
    """Where timm's loader of folders numbers otherwise than others do: numbers in names as numbers, capitals as small.

    As its 1.0.31 does, read in ``timm.utils.misc.natural_key``.
    """
    if said.lists and said.lists[0].name == FOLDERS:
        folders = said.lists[0].names
        others = sorted(folders, key=lambda name: [_digits(part) for part in re.split(r"(\d+)", name.lower())])
        if wrong := sum(one != other for one, other in zip(folders, others, strict=True)):
            others_do = "otherwise than torchvision, Keras and datasets do"
            yield f"timm numbers {wrong} of the {len(folders)} folders {others_do}"


def _digits(part: str) -> tuple[bool, int, str]:
    return (False, int(part), "") if part.isdecimal() else (True, 0, part)


def _beyond(said: Said, classes: labels.ClassList | None) -> str:
    """Numbers that a list has no class for."""
    if classes is None or not said.numbered or max(said.numbered) < len(classes):
        return ""
    first, last = min(said.numbered), max(said.numbered)
    one = ", so that they seem to begin at 1" if first > 0 and last == len(classes) else ""
    return f"they go from {first} to {last}, and {classes.name} goes from 0 to {len(classes) - 1}{one}"


def _meaning(said: Said, named: labels.ClassList | None, given: Sequence[labels.ClassList]) -> labels.ClassList:
    """What the numbers are said to be, with the classes of ILSVRC that are meant."""
    found = named or next(iter([*said.lists, *given]), None)
    if found is None:
        raise LabelsError("nothing says what the numbers mean; give --names or --list")
    known = labels.class_list("ilsvrc")

    def wnid(id: str | None, name: str) -> str | None:  # noqa: A002
        at = known.find(id or name)
        return known.ids[at[0]] if len(at) == 1 else id

    ids = tuple(wnid(*each) for each in zip(found.ids, found.names, strict=True))
    return labels.ClassList(found.name, ids, found.names, found.taxonomy)


def _joined(
    said: Said, other: Said, named: labels.ClassList | None, given: Sequence[labels.ClassList]
) -> Iterator[Pair]:
    """What the other copy says of the same images."""
    pairs: dict[int, Counter[str]] = {}
    for one, two in ((said, other), (other, said)):
        if one.numbered and not two.numbered:
            for stem, label in one.files.items():
                if label.isdecimal() and stem in two.files:
                    pairs.setdefault(int(label), Counter())[two.files[stem]] += 1
    found = crossing("the labels of the same images in the other copy", pairs)
    if found is not None:
        for true in [*([named] if named is not None else []), *given, *said.lists[:1], *other.lists[:1]]:
            yield paired(true, found) if true is named else paired(found, true)
    elif said.lists and other.lists:
        yield paired(said.lists[0], labels.ClassList("the other copy", other.lists[0].ids, other.lists[0].names))


def _counted(said: Said, other: Said) -> labels.ListCheck | None:
    """Images by number here against there, where one side has numbers alone."""
    if bool(said.numbered) == bool(other.numbered) and not said.numbered:
        return None
    mine, theirs = _by_number(said), _by_number(other)
    if not mine or not theirs or max(len(mine), len(theirs)) > 10 * min(len(mine), len(theirs)):
        return None
    classes = other.lists[0] if other.lists and not other.numbered else None
    if classes is None or len(classes) != len(theirs):
        numbers = tuple(str(number) for number in range(len(theirs)))
        classes = labels.ClassList("the other copy", (None,) * len(theirs), numbers)
    return labels.compare_counts(mine, theirs, classes)


def _by_number(said: Said) -> Sequence[int]:
    if said.numbered:
        most = max(said.numbered)
        return [said.numbered[number] for number in range(most + 1)] if most < 1_000_000 else []
    return [said.counts[name] for name in said.lists[0].names] if said.lists else []
