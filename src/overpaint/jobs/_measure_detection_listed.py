"""Which labelled images are to be looked at: those that truth speaks of, and that no lane holds."""

from __future__ import annotations

import contextlib
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from overpaint import formats, pipeline
from overpaint.errors import BoxesError, SampleError
from overpaint.jobs._answers import lane_first
from overpaint.jobs._measure_detection_look import LookItem
from overpaint.jobs._runs import Progress
from overpaint.records import shown_key, stored_key
from overpaint.rundir import Run

__all__ = ["Listed", "listed_images", "wanted_images"]


@dataclass(frozen=True, slots=True)
class Listed:
    """A dataset and its listing; ``run`` where it is that of a run over the same images."""

    source: str
    container: str
    listing: Path
    run: Run | None


@contextlib.contextmanager
def listed_images(source: str, container: str | None, run: Run | None) -> Iterator[Listed]:
    """The listing of the run over the same images, whose lane is heeded; else one that is gone afterwards."""
    with contextlib.ExitStack() as held:
        opened = held.enter_context(contextlib.closing(formats.open_source(source, kind=container)))
        if not formats.is_url(source):
            source = str(Path(source).resolve())
        if run is not None and run.listed and run.plan().source == source:
            lane_first(run)
            yield Listed(source, run.plan().container, run.listing, run)
            return
        listing = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="overpaint-detection-")))
        opened.write_listing(listing)
        yield Listed(source, opened.kind, listing, None)


def wanted_images(
    listed: Listed, truth: formats.Annotations, progress: Progress | None
) -> tuple[dict[str, Sequence[formats.LabelledObject]], list[LookItem], Counter[str]]:
    """The true objects of each image that truth speaks of, and the shards to look at."""
    objects: dict[str, Sequence[formats.LabelledObject]] = {}
    items: list[LookItem] = []
    counts = Counter[str]()
    refs = formats.read_shards(listed.listing)
    total, done, first = sum(ref.rows for ref in refs), 0, ""
    for ref in refs:
        held = None if listed.run is None else pipeline.InLane(listed.run, ref)
        mine = set()
        for sample in formats.read_shard(listed.listing, ref):
            if held is not None and held.reason(sample) is not None:
                counts["in-the-no-view-lane"] += 1
                continue
            first = first or sample.name or sample.key
            try:
                found = truth.lookup(sample.name or sample.key)
            except SampleError as error:
                counts[error.reason] += 1
                continue
            if found is None:
                counts["not-in-the-truth"] += 1
                continue
            objects[sample.key] = found
            mine.add(stored_key(sample.key))
        if mine:
            items.append(LookItem(ref, frozenset(mine)))
        done += ref.rows
        if progress:
            progress("reading truth", done, total)
    if not objects:
        here = f"; those of IMAGES are called like {shown_key(first)}" if first else "; there is no image in IMAGES"
        raise BoxesError(f"--truth: it names none of the {total} images{here}")
    return objects, items, counts
