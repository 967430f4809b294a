"""Which labels a source has, where they stand, and how many images bear each: counted before anybody decides on them.

Labels that paths say are counted from the listing. Members and columns are read once, and what they say of each sample
is kept in the private half (``labels/SHARD.parquet``).
"""

from __future__ import annotations

import contextlib
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from overpaint import formats, labels, pipeline
from overpaint.errors import LabelsError, OverpaintWarning
from overpaint.jobs._runs import Progress
from overpaint.rundir import Run

__all__ = ["Census", "take_census"]


@dataclass(frozen=True, slots=True)
class Census:
    """The labels of a dataset.

    Attributes
    ----------
    counts
        Every label with its images, its number and what it means.
    images, unlabelled
        How many images there are, and how many of them have no label.
    places
        Where labels stand.
    numbers
        The class list that numbers stand for: the dataset's own, or the folders in their sorted order.
    beside
        Labels that only files beside the images name (COCO, VOC, YOLO, tables), with the images that these give them.
    """

    counts: tuple[labels.LabelCount, ...]
    images: int
    unlabelled: int
    places: tuple[formats.LabelPlace, ...]
    numbers: tuple[str, ...]
    beside: tuple[labels.LabelCount, ...] = ()


def take_census(
    run: Run,
    place: str,
    container: str,
    refs: Sequence[formats.ShardRef],
    *,
    places: Sequence[str] = (),
    listed: str = "",
    taxonomy: labels.Taxonomy | None = None,
    progress: Progress | None = None,
) -> Census:
    """Count the labels of a listed source, and keep what the samples of each shard are labelled with.

    Parameters
    ----------
    run
        Where the listing is, and where the labels go.
    place, container
        The source, and what it is.
    places
        Where labels stand (docs/reference/labels-in-datasets.md); found out unless given.
    taxonomy
        What labels mean; WordNet's nouns unless given.
    listed
        A class list, by name or file, that says what numbers mean where the dataset does not.

    Raises
    ------
    LabelsError
        A place that is none, a class list that is not there, or a dataset without labels.
    """
    known = labels.class_list(listed, taxonomy=taxonomy) if listed else None
    found = _places(run, place, container, places, known)
    counter: Counter[str] = Counter()
    amiss: Counter[str] = Counter()
    images = unlabelled = 0
    with contextlib.closing(formats.open_source(place, kind=container)) as source:
        total = sum(ref.rows for ref in refs)
        for ref in refs:
            samples = formats.read_shard(run.listing, ref)
            if [each.kind for each in found] == ["path"]:
                said: list[tuple[str, ...]] = [() if s.label is None else (s.label,) for s in samples]
                run.shard_file("labels", ref.id).unlink(missing_ok=True)
            else:
                said = list(formats.read_labels(source, samples, found, amiss=amiss))
                pipeline.write_labels(run, ref, zip((s.key for s in samples), said, strict=True))
            for each in said:
                counter.update(each)
                unlabelled += not each
            images += len(samples)
            if progress:
                progress("counting labels", images, total)
    if amiss:
        told = ", ".join(f"{reason} {number}" for reason, number in sorted(amiss.items()))
        warnings.warn(f"labels that could not be read, and count as none: {told}", OverpaintWarning, stacklevel=3)
    numbers = _numbers(found, counter)
    counts = _counted(counter, numbers, known, taxonomy)
    more = _counted(_beside(run, place) - Counter(dict.fromkeys({*counter, *numbers}, _ANY)), (), known, taxonomy)
    if not found and not more:
        raise LabelsError(
            f"{formats.shown(place)} says no labels that are known to be such; say where they are with "
            "--label-place (path, .cls, .json:labels, column:label)"
        )
    return Census(counts, images, unlabelled, found, numbers, more)


_ANY = 1 << 62  # more images than any label has


def _beside(run: Run, place: str) -> Counter[str]:
    """Labels that files beside the images name."""
    found: Counter[str] = Counter()
    store = formats.beside(place)
    if store is None:
        return found
    for side in formats.read_side_labels(formats.read_others(run.listing), open=store.open):
        for label, images in side.images.items():
            found[label] += max(images, 1)  # of a list of classes nobody knows how many bear it
    return found


def _places(
    run: Run, place: str, container: str, asked: Sequence[str], known: labels.ClassList | None
) -> tuple[formats.LabelPlace, ...]:
    with contextlib.closing(formats.open_source(place, kind=container)) as source:
        if asked:
            said = [formats.LabelPlace.parse(text) for text in asked]
            found = formats.complete_places(source, run.listing, said)
        else:
            found = formats.find_label_places(source, run.listing)
    if known is not None:  # what the dataset itself says of its numbers stands
        found = tuple(p.meaning(known.identifiers) if p.classes is None and p.kind != "path" else p for p in found)
    return found


def _numbers(places: Sequence[formats.LabelPlace], counter: Counter[str]) -> tuple[str, ...]:
    """The class list whose numbers the data uses; folders are numbered as loaders number them, by sorted name."""
    for place in places:
        if place.classes is not None:
            return place.classes
    return tuple(sorted(counter)) if any(place.kind == "path" for place in places) else ()


def _counted(
    counter: Counter[str],
    numbers: Sequence[str],
    known: labels.ClassList | None,
    taxonomy: labels.Taxonomy | None,
) -> tuple[labels.LabelCount, ...]:
    at = {label: number for number, label in enumerate(numbers)}
    lists = () if known is None else (known,)
    return tuple(
        labels.LabelCount(
            label, counter[label], at.get(label), labels.resolve_label(label, taxonomy=taxonomy, lists=lists).id
        )
        for label in sorted({*counter, *numbers})
    )
