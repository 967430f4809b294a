"""Pictures asked about what they show: which of them, by whom, and what comes of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from overpaint import engines, formats, labels, measures, models, pipeline
from overpaint.errors import LabelsError, UsageError
from overpaint.jobs._labels_check_look import LookConfig, Looked, LookItem
from overpaint.jobs._labels_check_said import Place, Said, labelled_samples, listed_source, where
from overpaint.jobs._labels_check_seen import Contents, judged
from overpaint.jobs._labels_errors_file import read_predictions
from overpaint.jobs._runs import Progress
from overpaint.records import Sample, stored_key
from overpaint.rundir import Run, read_table

__all__ = ["foretold", "looked_at"]

_SHARD = "overpaint.jobs._labels_check_look"


def looked_at(
    place: Place,
    said: Said,
    meaning: labels.ClassList,
    look: int,
    places: Sequence[str],
    workers: int | None,
    progress: Progress | None,
) -> Contents:
    """Look at some pictures of each class of a scanned run; none of the no-view lane."""
    run = place.run
    if run is None:
        raise UsageError("--look opens pictures, for which DATASET must be a run")
    refs = formats.read_shards(run.listing)
    if any(not run.marker(ref.id).get("scanned") for ref in refs):
        raise UsageError(f"{run.path} is not scanned to the end; run the scan again to finish it")
    models.read(measures.CLASSIFIER)  # say now that it is missing
    among = [at for at, wnid in enumerate(meaning.ids) if wnid in measures.CLASSES]
    if len(among) < 2:
        raise LabelsError(f"--look: fewer than two classes of {meaning.name} are ILSVRC classes, which alone are known")
    plan = run.plan()
    config = LookConfig(
        run,
        plan.source,
        plan.container,
        plan.max_pixels,
        tuple(measures.CLASSES[meaning.ids[at] or ""] for at in among),
    )
    items = _chosen(place, run, said, meaning, look, places, refs, set(among))
    total, done = sum(item.ref.rows for item in items), 0

    def on_rows(new: int) -> None:
        nonlocal done
        done += new
        if progress:
            progress("looking", done, total)

    results: dict[int, Looked] = {}
    job = engines.Job(f"{_SHARD}:open_room", config, f"{_SHARD}:look_shard")
    engines.run_local(
        job, items, workers=workers or engines.default_workers(), on_rows=on_rows, on_done=results.__setitem__
    )
    taken = sum((each.taken for each in results.values()), Counter[tuple[int, int]]())
    unusable = sum((each.unusable for each in results.values()), Counter[str]())
    how = f"{measures.CLASSIFIER}, {look} pictures a class"
    return judged(taken, meaning, among, how=how, unusable=dict(sorted(unusable.items())))


def _chosen(
    place: Place,
    run: Run,
    said: Said,
    meaning: labels.ClassList,
    look: int,
    places: Sequence[str],
    refs: Sequence[formats.ShardRef],
    among: set[int],
) -> list[LookItem]:
    """Of each class so many, evenly over the listing."""
    numbers = _numbers(said, meaning)
    met, kept = Counter[str](), Counter[str]()
    wanted: dict[str, int] = {}
    held = _in_lane(run)
    with listed_source(place) as (source, listing):
        for sample, label in _first_place(source, listing, places):
            number = numbers.get(label)
            if number is None or number not in among or stored_key(sample.key) in held:
                continue
            step = max(1, said.counts[label] // look)
            if met[label] % step == 0 and kept[label] < look:
                kept[label] += 1
                wanted[stored_key(sample.key)] = number
            met[label] += 1
    items = []
    for ref in refs:
        keys = (stored_key(sample.key) for sample in formats.read_shard(run.listing, ref))
        if own := {key: wanted[key] for key in keys if key in wanted}:
            items.append(LookItem(ref, own))
    return items


def _first_place(source: formats.Source, listing: Path, places: Sequence[str]) -> Iterator[tuple[Sample, str]]:
    found = where(source, listing, places)
    return labelled_samples(source, listing, found[0], None) if found else iter(())


def _numbers(said: Said, meaning: labels.ClassList) -> dict[str, int]:
    """The number of each label as it stands in the data: as a loader numbers it, or the number that it is."""
    if said.lists and not said.numbered:
        return {name: at for at, name in enumerate(said.lists[0].names)}
    return {str(at): at for at in range(len(meaning))}


def foretold(
    place: Place,
    said: Said,
    meaning: labels.ClassList,
    path: Path,
    places: Sequence[str],
    progress: Progress | None,
) -> Contents:
    """What a maintainer's model says; of a run, samples in the no-view lane are left out."""
    told = read_predictions(path)
    if told.keys is None or told.classes is None:
        raise LabelsError(f"--predictions {path}: give keys and names of classes, as CSV, TSV, Parquet or NPZ")
    columns = [(column, at[0]) for column, name in enumerate(told.classes) if len(at := meaning.find(name)) == 1]
    if len(columns) < 2:
        raise LabelsError(f"--predictions {path}: none of its columns is a class of {meaning.name}")
    among = [at for _, at in columns]
    likely = told.probabilities[:, [column for column, _ in columns]].argmax(axis=1)
    rows = {stored_key(key): at for at, key in enumerate(told.keys)}
    held = set() if place.run is None else _in_lane(place.run)
    numbers, taken = _numbers(said, meaning), Counter[tuple[int, int]]()
    with listed_source(place) as (source, listing):
        for sample, label in _first_place(source, listing, places):
            row, number = rows.get(stored_key(sample.key)), numbers.get(label)
            if row is not None and number is not None and stored_key(sample.key) not in held:
                taken[number, int(likely[row])] += 1
    if not taken:
        raise LabelsError(f"--predictions {path}: none of its rows is an image of this dataset with a label")
    if progress:
        progress("predictions", len(rows), len(rows))
    return judged(taken, meaning, among, how=f"the predictions in {path.name}")


def _in_lane(run: Run) -> set[str]:
    """Stored keys of what is in the no-view lane, whoever put it there."""
    found: set[str] = set()
    for ref in formats.read_shards(run.listing):
        held = pipeline.InLane(run, ref)
        samples = formats.read_shard(run.listing, ref)
        found.update(stored_key(sample.key) for sample in samples if held.reason(sample) is not None)
        if run.marker(ref.id).get("scanned"):
            rows = read_table(run.shard_file("samples", ref.id), columns=["key", "lane"]).to_pylist()
            found.update(row["key"] for row in rows if row["lane"])
    return found
