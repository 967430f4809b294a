"""``measure detection``: how well ways to look find what is truly there, by size and group, with intervals."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from overpaint import engines, measures, reports
from overpaint.errors import UsageError
from overpaint.jobs._measure_detection_held import (
    held_against,
    images_input,
    refuse_other_truth,
    truth_input,
)
from overpaint.jobs._measure_detection_listed import listed_images, wanted_images
from overpaint.jobs._measure_detection_look import LookConfig, LookedShard, LookItem, SeenImage
from overpaint.jobs._measure_detection_told import DOES_NOT_SAY, NOBODY_HELD_BACK, detection_lines
from overpaint.jobs._measure_detection_ways import AskedWay, GivenWay, asked_ways, given_ways, words
from overpaint.jobs._measured import Kept, keep_measure, place_of
from overpaint.jobs._runs import Progress
from overpaint.measures import Input, Measured, file_input
from overpaint.plan import Plan
from overpaint.rundir import Run

__all__ = ["DetectionMeasured", "measure_detection"]

PROTOCOLS = ("voc", "coco")
_VERSION = 1
_LIMITS: dict[str, Any] = {each.name: each.default for each in dataclasses.fields(Plan)}  # a scan's
_SHARD = "overpaint.jobs._measure_detection_look"


@dataclass(frozen=True, slots=True)
class DetectionMeasured:
    """What was measured, and where it is kept."""

    measured: Measured
    kept: Kept | None

    def to_dict(self) -> dict[str, Any]:
        """Plain values: the result as it is kept."""
        return self.measured.to_dict()

    def lines(self) -> list[str]:
        """Tables for a terminal."""
        return detection_lines(self.measured, self.kept)


def measure_detection(
    images: str | PathLike[str],
    *,
    truth: str | PathLike[str],
    profiles: str | Sequence[str] | None = None,
    detectors: str | Sequence[str] | None = None,
    boxes: Mapping[str, str | PathLike[str]] | None = None,
    kind: str = "face",
    label: Sequence[str] = (),
    groups: str | PathLike[str] | None = None,
    least: float = measures.LEAST_HEIGHT,
    overlap: float = measures.OVERLAP,
    protocol: str = "voc",
    recall: float | None = None,
    long_side: int | None = None,
    container: str | None = None,
    run: str | PathLike[str] | None = None,
    workers: int | None = None,
    to: str | PathLike[str] | None = None,
    seed: int = 0,
    plots: bool = True,
    progress: Progress | None = None,
) -> DetectionMeasured:
    """Hold what detectors find in labelled images against the labels.

    Parameters
    ----------
    images
        A folder of images, tars or parquet files, or one such file; a path or a URL. Only ever read.
    truth
        The true boxes: WIDER text, FDDB ellipses, imglab XML, COCO JSON, a directory of VOC or ILSVRC XML or of YOLO
        text. Images that it does not name are left out.
    profiles
        Ways to look for faces, as ``scan`` takes them; ``balanced`` where nothing else is named.
    detectors
        Searches or detectors by name, each a way of its own.
    boxes
        Boxes made elsewhere, by a name for whoever made them.
    kind
        What is measured: ``face``, ``person``, ``plate``, ``text`` or ``code``.
    label
        What the truth calls it, where that is none of the usual names.
    groups
        CSV or Parquet: for each image, or single box, the groups to compare (docs/reference/detection-measure.md).
    least
        Boxes lower than so many pixels are ignored.
    overlap
        The IoU from which on a detection matches.
    protocol
        ``voc``; ``coco`` adds average precision as COCO counts it.
    recall
        Choose a threshold that gives this recall, and say what it costs.
    long_side
        Make longer pictures smaller first, to what yours have.
    container
        ``folder``, ``webdataset`` or ``parquet``, where what lies in ``images`` does not tell.
    run
        A run that the result goes into. If it is one over the same images, what is in its no-view lane is not read.
    workers
        Processes; one a core unless given.
    to
        A directory that the result goes to.
    seed
        Of every draw.
    plots
        Draw them, where the result is kept.
    progress
        Called with what is going on, how many images are done, and of how many.

    Raises
    ------
    UsageError
        Something cannot be carried out as asked; ``BoxesError`` names the file of boxes at fault.
    """
    _sound(kind, least, overlap, recall, long_side)
    if protocol not in PROTOCOLS:
        raise UsageError(f"--protocol {protocol}: choose one of {', '.join(PROTOCOLS)}")
    place = place_of(run, to)
    measures.need_scipy()
    given = given_ways(boxes)
    asked = asked_ways(words(profiles), words(detectors), kind=kind, others=bool(given))
    _once_each([*asked, *given])
    read = measures.open_truth(truth)
    supplied = None if groups is None else measures.read_groups(groups)
    labels = {name.strip().lower() for name in label} or measures.KIND_LABELS[kind]
    source = fspath(images)
    with listed_images(source, container, place if isinstance(place, Run) else None) as listed:
        objects, items, counts = wanted_images(listed, read, progress)
        config = LookConfig(
            listed.source,
            listed.container,
            listed.listing,
            _LIMITS["max_pixels"],
            _LIMITS["max_bytes"],
            tuple((way.profile, way.detectors) for way in asked),
            kind,
            long_side or 0,
        )
        seen, unusable = _looked(config, items, workers, progress)
    coco = protocol == "coco"
    ways, true, met = held_against(
        seen, objects, asked, given, labels, supplied, least=least, overlap=overlap, coco=coco
    )
    refuse_other_truth(met, true, labels, kind)
    figures = measures.detection_figures(
        ways, true, least=least, recall=recall, supplied=supplied is not None, seed=seed
    )
    left_out = counts | unusable | Counter({name: n for name, n in met.items() if not name.startswith("label:")})
    lane = listed.run is not None
    figures = {"kind": kind, **figures, "left_out": dict(sorted(left_out.items())), "lane_known": lane}
    settings = {
        "ways": [way.name for way in ways],
        "kind": kind,
        "label": sorted(label),
        "truth": read.format,
        "groups": [] if supplied is None else list(supplied.attributes),
        "least": least,
        "overlap": overlap,
        "recall": recall,
        "long_side": long_side,
        "protocol": protocol,
    }
    inputs = [images_input(seen), truth_input(Path(truth), objects), *(each.input for each in given)]
    inputs += [each for way in asked for each in way.inputs]
    if groups is not None:
        inputs.append(file_input("groups", Path(groups)))
    says_not = DOES_NOT_SAY if lane else (*DOES_NOT_SAY, NOBODY_HELD_BACK)
    measured = Measured("detection", _VERSION, settings, _different(inputs), seed, figures, says_not)
    kept = None
    if place is not None:
        kept = keep_measure(measured, place, measures.detection_plots(figures, kind=kind) if plots else None)
        if isinstance(place, Run) and place.listed:
            reports.write(place)
    return DetectionMeasured(measured, kept)


def _sound(kind: str, least: float, overlap: float, recall: float | None, long_side: int | None) -> None:
    if kind not in measures.KIND_LABELS:
        raise UsageError(f"--kind {kind}: choose one of {', '.join(measures.KIND_LABELS)}")
    if not 0 <= least <= 10_000:
        raise UsageError(f"--least {least:g}: give a height in pixels, 0 to 10000")
    if not 0 < overlap < 1:
        raise UsageError(f"--overlap {overlap:g}: give an IoU between 0 and 1")
    if recall is not None and not 0 < recall <= 1:
        raise UsageError(f"--recall {recall:g} must lie above 0 and not above 1")
    if long_side is not None and not 16 <= long_side <= 100_000:
        raise UsageError(f"--long-side {long_side}: give pixels, 16 to 100000")


def _once_each(ways: Sequence[AskedWay | GivenWay]) -> None:
    names = [way.name for way in ways]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UsageError(f"two ways to look are called {twice[0]!a}; name each once")


def _different(inputs: Sequence[Input]) -> list[Input]:
    """Each input once: profiles share detectors."""
    return list({(each.name, each.sha256): each for each in inputs if each.sha256}.values())


def _looked(
    config: LookConfig, items: Sequence[LookItem], workers: int | None, progress: Progress | None
) -> tuple[list[SeenImage], Counter[str]]:
    total, done = sum(item.ref.rows for item in items), 0
    results: dict[int, LookedShard] = {}

    def on_rows(new: int) -> None:
        nonlocal done
        done += new
        if progress:
            progress("looking", done, total)

    job = engines.Job(f"{_SHARD}:open_room", config, f"{_SHARD}:look_shard", seconds=_LIMITS["sample_timeout"])
    engines.run_local(
        job, items, workers=workers or engines.default_workers(), on_rows=on_rows, on_done=results.__setitem__
    )
    shards = [results[index] for index in sorted(results)]
    unusable = Counter(reason for shard in shards for reason in shard.unusable)
    return [image for shard in shards for image in shard.images], unusable
