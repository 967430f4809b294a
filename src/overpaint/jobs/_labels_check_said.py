"""What a dataset itself says of its class numbers, and which label each of its images bears; no picture is opened."""

from __future__ import annotations

import contextlib
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from overpaint import formats, labels
from overpaint.errors import LabelsError
from overpaint.jobs._labels_check_beside import beside, label_list
from overpaint.jobs._runs import Progress
from overpaint.records import Sample
from overpaint.rundir import Run

__all__ = [
    "FOLDERS",
    "Place",
    "Said",
    "crossing",
    "labelled_samples",
    "listed_source",
    "listen",
    "place_of",
    "where",
]

FOLDERS = "the folders in their sorted order"
MOST_FILES = 2_000_000
"""Images whose names are held, to find the same ones in another copy."""

_MOST_CLASSES = 1_000_000


@dataclass(frozen=True)
class Place:
    """A dataset as it was named: itself, or the run that knows where it is."""

    source: str
    container: str | None
    run: Run | None


@dataclass(frozen=True)
class Said:
    """What there is to compare.

    Attributes
    ----------
    lists
        What numbers mean: one list for each thing that says so. The first is what a loader goes by.
    splits
        The folders of each split, sorted, where not all splits have the same.
    as_numbers
        The folders in the order of the numbers that they are called by, where all are called by numbers.
    images
        How many there are.
    counts
        Images by label, of the first place where labels stand.
    numbered
        Images by number, where some place holds numbers without saying what they mean.
    crossed
        For each such number the labels that stand beside it in the same images, where they do.
    files
        The label of each image by its name without folders and extension; empty where names are there twice, or are
        too many.
    notes
        What was not looked into.
    """

    lists: tuple[labels.ClassList, ...]
    splits: tuple[labels.ClassList, ...]
    as_numbers: labels.ClassList | None
    images: int
    counts: Counter[str]
    numbered: Counter[int]
    crossed: labels.ClassList | None
    files: dict[str, str]
    notes: tuple[str, ...]


def place_of(dataset: str, container: str | None) -> Place:
    """A dataset, or a run of one: a directory with a plan in it."""
    if not formats.is_url(dataset) and (Path(dataset) / "plan.toml").is_file():
        run = Run.open(Path(dataset))
        plan = run.plan()
        return Place(plan.source, plan.container, run)
    return Place(dataset, container, None)


def listen(place: Place, *, places: Sequence[str] = (), files: bool = False, progress: Progress | None = None) -> Said:
    """Gather what a dataset says.

    Parameters
    ----------
    places
        Where labels stand; found out unless given.
    files
        Whether the label of each image is wanted, to find the same images in another copy.
    """
    with listed_source(place) as (source, listing):
        found = where(source, listing, places)
        told = _Told(files=files, several=len(found) > 1)
        for number, each in enumerate(found):
            told.of(number, each, labelled_samples(source, listing, each, progress))
        lists, notes = beside(place.source, source, listing)
        if not told.spoke:
            notes.append("no image says a label that is known to be one; --label-place says where labels stand")
        return told.said([*told.lists, *lists], notes, images=sum(ref.rows for ref in formats.read_shards(listing)))


def where(source: formats.Source, listing: Path, places: Sequence[str]) -> tuple[formats.LabelPlace, ...]:
    """The places that were said, or those that are found."""
    if not places:
        return formats.find_label_places(source, listing)
    return formats.complete_places(source, listing, [formats.LabelPlace.parse(text) for text in places])


@contextlib.contextmanager
def listed_source(place: Place) -> Iterator[tuple[formats.Source, Path]]:
    """A dataset, and its listing: the run's, or one that is gone afterwards."""
    with contextlib.ExitStack() as held:
        source = held.enter_context(contextlib.closing(formats.open_source(place.source, kind=place.container)))
        if place.run is not None and place.run.listed:
            yield source, place.run.listing
        else:
            listing = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="overpaint-labels-")))
            source.write_listing(listing)
            yield source, listing


def labelled_samples(
    source: formats.Source, listing: Path, place: formats.LabelPlace, progress: Progress | None
) -> Iterator[tuple[Sample, str]]:
    """Each image and its label, if it bears exactly one."""
    refs = formats.read_shards(listing)
    total, done = sum(ref.rows for ref in refs), 0
    for ref in refs:
        samples = formats.read_shard(listing, ref)
        for sample, own in zip(samples, formats.read_labels(source, samples, [place]), strict=True):
            if len(own) == 1:
                yield sample, own[0]
        done += ref.rows
        if progress:
            progress("reading labels", done, total)


class _Told:
    """Labels of every place, gathered one place after the other."""

    def __init__(self, *, files: bool, several: bool) -> None:
        self.lists: list[labels.ClassList] = []
        self._files, self._wanted, self._several = dict[str, str | None](), files, several
        self._first, self._counts = dict[str, str](), Counter[str]()
        self._numbered, self._pairs = Counter[int](), dict[int, Counter[str]]()
        self._splits = dict[str, set[str]]()
        self._as_numbers: labels.ClassList | None = None

    def of(self, number: int, place: formats.LabelPlace, found: Iterator[tuple[Sample, str]]) -> None:
        counts = Counter[str]()
        beside = number > 0 and place.classes is None
        for sample, label in found:
            counts[label] += 1
            if len(counts) > _MOST_CLASSES:
                raise LabelsError(f"{place.place} has more than {_MOST_CLASSES:,} different labels; are they classes?")
            if place.kind == "path" and sample.split is not None:
                self._splits.setdefault(sample.split, set()).add(label)
            if number == 0:
                self._hold(sample, label)
            elif beside and label.isdecimal() and len(label) < 8 and sample.key in self._first:
                self._pairs.setdefault(int(label), Counter())[self._first[sample.key]] += 1
        if number == 0:
            self._counts = counts
        numbers = {int(label): count for label, count in counts.items() if label.isdecimal() and len(label) < 8}
        if place.classes is not None:
            self.lists.append(label_list(place.place, place.classes))
        elif counts and len(numbers) == len(counts) and place.kind != "path":
            self._numbered = self._numbered or Counter(numbers)
        elif counts and place.kind == "path":
            self.lists.append(label_list(FOLDERS, sorted(counts)))
            if len(numbers) == len(counts) and len(counts) > 1:
                self._as_numbers = label_list("the folders' own numbers", [str(each) for each in sorted(numbers)])

    @property
    def spoke(self) -> bool:
        """Whether any image has a label."""
        return bool(self._counts)

    def _hold(self, sample: Sample, label: str) -> None:
        if self._several and len(self._first) < MOST_FILES:
            self._first[sample.key] = label
        if self._wanted and len(self._files) < MOST_FILES:
            stem = sample.key.rpartition("/")[2].partition(".")[0]
            self._files[stem] = None if stem in self._files else label

    def said(self, lists: Sequence[labels.ClassList], notes: Sequence[str], *, images: int) -> Said:
        full = len(self._files) >= MOST_FILES
        twice = sum(label is None for label in self._files.values())
        usable = not full and 10 * twice < len(self._files)
        files = {stem: label for stem, label in self._files.items() if label is not None} if usable else {}
        crossed = crossing("the folders beside these numbers", self._pairs)
        differ = len({frozenset(each) for each in self._splits.values()}) > 1
        splits = [label_list(f"the folders of {name}", sorted(own)) for name, own in sorted(self._splits.items())]
        return Said(
            tuple(lists),
            tuple(splits if differ else ()),
            self._as_numbers,
            images,
            self._counts,
            self._numbered,
            crossed,
            files,
            tuple(notes),
        )


def crossing(name: str, pairs: dict[int, Counter[str]]) -> labels.ClassList | None:
    """What numbers mean by the labels that stand beside them: the one that nine in ten of their images bear."""
    if not pairs or max(pairs) >= 10 * len(pairs) + 1000:
        return None
    told = []
    for number in range(max(pairs) + 1):
        (label, most), *_ = pairs.get(number, Counter()).most_common(1) or [("", 0)]
        told.append(label if most >= 0.9 * sum(pairs.get(number, Counter()).values()) else "")
    return label_list(name, told)
