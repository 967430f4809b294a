"""``lane``: how much is in the no-view lane, and what people put into it."""

from __future__ import annotations

import json
import os
import re
import shutil
import warnings
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any

from overpaint import formats, pipeline, reports
from overpaint import policy as policies
from overpaint.errors import OverpaintError, OverpaintWarning, PolicyError, RunError, UsageError
from overpaint.jobs._finish import finish
from overpaint.jobs._moved import take_away_former
from overpaint.jobs._places import output_of
from overpaint.jobs._runs import Progress, gather_facts, run_shards
from overpaint.plan import Plan
from overpaint.records import python_key
from overpaint.rundir import Run, write_bytes

__all__ = ["InTheLane", "copies_follow", "hold", "lane"]

SUSPICION = "machine suspicion, hash list or a reviewer's word; not a finding about any person"
_NEXT = "nobody should look at them; what to do next: docs/how-to/what-the-lane-holds.md, and ask counsel"


@dataclass(frozen=True, slots=True)
class InTheLane:
    """How many images are in the lane, by reason code; and what was done now.

    Attributes
    ----------
    images
        In the lane, the new ones included.
    by_reason
        ``nudity-age``, ``nudity-adulthood-not-established``, ``hash-list``, ``reviewer`` and ``copy``.
    added, copies
        New by the list that was given, and copies of what is in the lane that followed.
    exports_removed, exports_left
        Files of boxes that the run wrote for other tools and that may name what was moved: taken away, and still
        there because somebody changed them.
    """

    images: int
    by_reason: Mapping[str, int]
    added: int = 0
    copies: int = 0
    exports_removed: int = 0
    exports_left: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON; nothing in it names an image."""
        return {name: getattr(self, name) for name in self.__slots__} | {"what": SUSPICION}

    def lines(self) -> list[str]:
        """A few lines for a terminal."""
        lines = [f"{self.images} image{'' if self.images == 1 else 's'} in the no-view lane ({SUSPICION})"]
        lines += [f"  {reason}: {count}" for reason, count in self.by_reason.items()]
        if self.added or self.copies:
            lines.append(f"moved now: {self.added} by the list, {self.copies} as copies of what is in the lane")
        if self.exports_removed:
            lines.append(f"files of boxes taken away, since they may name what was moved: {self.exports_removed}")
        if self.exports_left:
            lines.append(
                f"files of boxes that were changed since this run wrote them, to be deleted by you: {self.exports_left}"
            )
        return [*lines, *([_NEXT] if self.images else [])]


@dataclass(slots=True)
class _Moved:
    added: int = 0
    found: int = 0
    refs: dict[str, formats.ShardRef] = field(default_factory=dict)
    samples: dict[str, list[str]] = field(default_factory=dict)


def lane(
    run: str | PathLike[str],
    *,
    add: str | PathLike[str] | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> InTheLane:
    """Count what is in the no-view lane; with ``add`` put images into it, for everyone and at once.

    Nothing that is returned, printed or raised names an image. There is no way out of the lane but a new run.

    Parameters
    ----------
    run
        A run directory, scanned or not.
    add
        A file of keys as for ``--remove``: a reviewer's word that they may show a minor sexually. They and their
        copies leave the run's other files and the destination, containers too.
    workers
        Processes for writing containers anew; one a core unless given.
    progress
        Called with what is going on, how many samples are done, and of how many.

    Raises
    ------
    UsageError
        The list cannot be read, or none of its keys is in the source.
    SourceError
        A container has to be written anew and the source is not there; what it held of the lane is gone already.
    """
    the_run = Run.open(Path(run))
    if add is None:
        return _counted(the_run)
    keys = _keys(Path(add))
    result, found = _put(the_run, keys, workers=workers, progress=progress)
    if not found:
        raise UsageError(f"--add {add}: none of its {len(keys)} keys is in SOURCE; keys are paths relative to SOURCE")
    if found < len(keys):
        message = f"{len(keys) - found} of the {len(keys)} keys of {Path(add).name} are not in SOURCE"
        warnings.warn(message, OverpaintWarning, stacklevel=2)
    return result


def hold(run: str | PathLike[str], keys: Collection[str]) -> InTheLane:
    """Put images into a run's no-view lane by their keys, as `lane` does by a list; keys of no image are passed over.

    Raises
    ------
    RunError
        Another command is at work on the run: try again.
    """
    return _put(Run.open(Path(run)), frozenset(keys), workers=None, progress=None)[0]


def _put(run: Run, keys: Collection[str], *, workers: int | None, progress: Progress | None) -> tuple[InTheLane, int]:
    """Move images there, and back out of wherever they are; what became of it, and how many keys name an image."""
    plan = run.plan()
    with run.lock():
        if not run.listed:
            raise RunError(f"{run.path} has no listing yet; run `overpaint scan` or `overpaint scrub` first")
        refs = formats.read_shards(run.listing)
        before = _counted(run).images
        moved = _move(run, refs, keys)
        take_back(run, plan, list(moved.refs.values()), workers=workers, progress=progress)
        copies = copies_follow(run, plan, refs, workers=workers, progress=progress)
        removed, left = _exports(run)
        if moved.refs or copies:
            reports.write(run)
        now = _counted(run)
    _out_of_review(run)
    copied = now.images - before - moved.added
    return InTheLane(now.images, now.by_reason, moved.added, copied, removed, left), moved.found


def copies_follow(
    run: Run,
    plan: Plan,
    refs: Sequence[formats.ShardRef],
    *,
    workers: int | None = None,
    progress: Progress | None = None,
) -> bool:
    """Move copies of what is in the lane there too, out of the destination as well; False where there are none."""
    touched = pipeline.inherit(run, refs)
    take_back(run, plan, touched, workers=workers, progress=progress)
    return bool(touched)


def take_back(
    run: Run, plan: Plan, refs: Sequence[formats.ShardRef], *, workers: int | None, progress: Progress | None
) -> None:
    """Take what is in the lane out of the destination: first what is there, then containers and lists written anew."""
    output = output_of(run)
    if output is None or not refs:
        return
    labelling = pipeline.Labelling.of(run, run.generation() or "")
    dest = formats.Destination(
        output, listing=run.listing, relabelling=None if labelling is None else labelling.relabelling
    )
    for ref in refs:
        held = pipeline.InLane(run, ref)
        dest.take_back(ref, [s for s in formats.read_shard(run.listing, ref) if held.reason(s) is not None])
    take_away_former(run, refs, dest, lane=True)
    dest.settle()
    generation = run.generation()
    again = [ref for ref in refs if run.marker(ref.id).get("held")]
    if generation is None or not again:
        return
    gather_facts(run, plan, output)
    run_shards(
        run,
        plan,
        again,
        "overpaint.pipeline:act_shard",
        output=output,
        generation=generation,
        looks=False,
        workers=workers,
        progress=progress,
        verb="taking back",
    )
    every = formats.read_shards(run.listing)
    if all(run.marker(ref.id).get("generation") is not None for ref in every):  # else whoever goes on finishes it
        finish(run, plan, every, output)


def _out_of_review(run: Run) -> None:
    """Nobody is asked about what is in the lane, and the review's store forgets which pictures these are."""
    if not (run.private / "review" / "review.toml").exists():
        return
    try:
        from overpaint.review import opened

        with opened(run.path) as (place, bench):
            for sample in place.in_lane():
                bench.store.withdraw(sample, reason="lane", now=bench.clock())
                bench.store.erase(sample, known_as=place.erased(sample))
    except (ImportError, OverpaintError) as error:
        message = f"the review of {run.path} still names what is in the lane ({error}); run this again when it is there"
        warnings.warn(message, OverpaintWarning, stacklevel=4)


def _counted(run: Run) -> InTheLane:
    refs = formats.read_shards(run.listing) if run.listed else []
    reasons = Counter(reason for ref in refs for reason in pipeline.read_lane(run, ref.id).values())
    return InTheLane(reasons.total(), dict(sorted(reasons.items())))


def _keys(add: Path) -> set[str]:
    """The keys of a list; whatever is wrong with it, nothing of what stands there is repeated."""
    try:
        return {python_key(key) for key in policies.read_keys(add)}
    except PolicyError as error:
        where = re.search(r"(line|row) \d+", str(error).replace(str(add), ""))
        raise UsageError(
            f"--add {add}: it cannot be read as a list of keys{f' ({where[0]})' if where else ''}; "
            "write one key a line, as `overpaint` calls the image"
        ) from None


def _move(run: Run, refs: Sequence[formats.ShardRef], keys: Collection[str]) -> _Moved:
    moved = _Moved()
    for ref in refs:
        mine = {sample.key for sample in formats.read_shard(run.listing, ref)}.intersection(keys)
        if mine:
            moved.found += len(mine)
            moved.refs[ref.id] = ref
            moved.added += pipeline.move_to_lane(run, ref, dict.fromkeys(mine, pipeline.REVIEWER))
    return moved


def _exports(run: Run) -> tuple[int, int]:
    """Take away the files of boxes that the run wrote, as long as they are its own; how many were, and were not."""
    file = run.private / "boxes-out.json"
    try:
        known = json.loads(file.read_bytes())
    except (FileNotFoundError, ValueError):
        return 0, 0
    removed = left = 0
    for name, digest in known.items() if isinstance(known, dict) else ():
        place = Path(name)
        if not os.path.lexists(place):
            continue
        if place.is_symlink() or formats.content_sha256(place) != digest:
            left += 1
        elif place.is_dir():
            shutil.rmtree(place)
            removed += 1
        else:
            place.unlink()
            removed += 1
    write_bytes(file, b"{}\n")
    return removed, left
