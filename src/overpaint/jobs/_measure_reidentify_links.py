"""What no painting of faces hides: names, addresses, pictures that are alike to a hash, and people still to be seen.

Counted in what a run published. What is in the no-view lane is neither read nor counted.
"""

from __future__ import annotations

import contextlib
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

from overpaint import fingerprints, formats, measures, pipeline, reports
from overpaint.errors import RunError, SampleError
from overpaint.fingerprints import MIN_QUALITY, RADIUS
from overpaint.jobs._places import output_of
from overpaint.jobs._runs import Progress
from overpaint.records import Outcome, Sample, python_key
from overpaint.rundir import Run, read_table

__all__ = ["links_of", "need_outputs"]

_PUBLISHED = frozenset({Outcome.IDENTICAL, Outcome.METADATA_ONLY, Outcome.REDACTED, Outcome.RE_ENCODED})
_PAINTED = frozenset({Outcome.REDACTED, Outcome.RE_ENCODED})
_ADDRESS: Final = re.compile(r"\bhttps?://|\bwww\.", re.IGNORECASE)
_HASH_SIDE = 256  # hashes take averages of 64 x 64
_NUMBER = re.compile(r"\d*")


@dataclass(slots=True)
class _Count:
    """What was counted so far."""

    published: int = 0
    named: int = 0
    compared: int = 0
    alike: int = 0
    plain: int = 0
    unreadable: int = 0


@dataclass(frozen=True, slots=True)
class _Written:
    """One published image: what it was, where it lies, and whether it was painted."""

    ref: formats.ShardRef
    sample: Sample
    output: str
    painted: bool


def links_of(run: Run, *, progress: Progress | None = None) -> dict[str, Any]:
    """Shares of a run's published samples that can be linked to their originals without looking at a face.

    ``same_name``: the file is called as the original, by more than a number. ``with_address``: an address (URL) stands
    in what is published beside the image. ``alike``: of the painted images whose original has enough in it to be
    hashed, those whose PDQ is within the distance at which `overpaint.duplicates` looks twice.

    Raises
    ------
    RunError
        Nothing was written yet, or what was written is not there.
    """
    output, plan = need_outputs(run), run.plan()
    total = sum(ref.rows for ref in formats.read_shards(run.listing))
    count = _Count()
    dest = formats.Destination(output, listing=run.listing, create=False)
    with contextlib.closing(formats.open_source(plan.source, kind=plan.container)) as source:
        for number, each in enumerate(_written(run)):
            if progress:
                progress("comparing", number, total)
            count.published += 1
            count.named += _tells(_stem(each.sample.name or each.sample.key), _stem(each.output))
            if each.painted:
                _compare(count, source, dest, each)
    if not count.published:
        raise RunError(f"{run.path} published no image; there is nothing to link")
    samples, addressed = _addressed(run, output)
    people = reports.summarise(run).things.people
    share = measures.share
    return {
        "published": count.published,
        "same_name": share(count.named, count.published, unit="published samples"),
        "with_address": share(addressed, samples, unit="published samples"),
        "compared": count.compared,
        "alike": share(count.alike, count.compared, unit="painted samples"),
        "distance": RADIUS,
        "too_plain_to_hash": count.plain,
        "unreadable": count.unreadable,
        "people_visible": None if people is None else people.visible,
        "images_with_people_visible": None if people is None else people.visible_images,
    }


def need_outputs(run: Run) -> formats.Output:
    """What a run is bound to, if it wrote anything; asked before the long work, so that nobody waits for a refusal."""
    output = output_of(run)
    if output is None or run.generation() is None or not run.listed:
        raise RunError(f"{run.path} has no outputs yet; run `overpaint scrub`, or `decide` and `act`")
    return output


def _written(run: Run) -> Iterator[_Written]:
    columns = ["key", "outcome", "output", "lane"]
    for ref in formats.read_shards(run.listing):
        if run.marker(ref.id).get("generation") is None:
            continue
        held = pipeline.InLane(run, ref)
        samples = {sample.key: sample for sample in formats.read_shard(run.listing, ref)}
        for row in read_table(run.shard_file("samples", ref.id), columns=columns).to_pylist():
            sample = samples.get(python_key(row["key"]))
            if sample is None:
                raise RunError(f"{run.path} names samples that are not in its listing; start a new run")
            if row["lane"] or held.reason(sample) is not None:
                continue
            if row["outcome"] in _PUBLISHED and row["output"] is not None:
                yield _Written(ref, sample, python_key(row["output"]), row["outcome"] in _PAINTED)


def _stem(name: str) -> str:
    return PurePosixPath(name).name.partition(".")[0]


def _tells(before: str, after: str) -> bool:
    """Whether a name is the original's and more than a running number."""
    return before == after and _NUMBER.fullmatch(before) is None


def _compare(count: _Count, source: formats.Source, dest: formats.Destination, each: _Written) -> None:
    try:
        before = source.read(each.sample)
        after = dest.read(each.ref, each.output)
        if after is None:
            raise SampleError("missing-output")
        hashes = [
            fingerprints.pdq_levelled(pipeline.decode(d, _sniffed(d), long_side=_HASH_SIDE))[0] for d in (before, after)
        ]
    except SampleError:
        count.unreadable += 1
        return
    if min(each.quality for each in hashes) < MIN_QUALITY:
        count.plain += 1
        return
    count.compared += 1
    count.alike += hashes[0].distance(hashes[1]) <= RADIUS


def _sniffed(data: bytes) -> formats.Sniffed:
    sniffed = formats.sniff(data)
    pipeline.check_editable(sniffed, max_pixels=_MAX_PIXELS)
    return sniffed


_MAX_PIXELS = 200_000_000


def _addressed(run: Run, output: formats.Output) -> tuple[int, int]:
    """How many samples are in the destination, and beside how many an address is published."""
    samples = found = 0
    with (
        tempfile.TemporaryDirectory(prefix=".links-", dir=run.private) as place,
        contextlib.closing(formats.open_source(output.place, kind=output.kind)) as published,
    ):
        listing = Path(place) / "listing"
        published.write_listing(listing)
        for ref in formats.read_shards(listing):
            for sample in formats.read_shard(listing, ref):
                samples += 1
                with contextlib.suppress(SampleError):  # what nobody can read links to nothing
                    found += any(_ADDRESS.search(text) for text in published.texts(sample).values())
    return samples, found
