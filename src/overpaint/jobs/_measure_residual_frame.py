"""What an audit of a run speaks of: its published images, and what is known of them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from overpaint import formats, painting
from overpaint import policy as policies
from overpaint.errors import BoxesError, RunError, UsageError
from overpaint.jobs._measure_residual_strata import Features
from overpaint.jobs._runs import Progress
from overpaint.records import Box, Outcome, Treatment, python_key
from overpaint.review import counts_for
from overpaint.rundir import Run, read_table

__all__ = ["Frame", "Sight", "frame_of", "height_of", "sights"]

_PUBLISHED = frozenset({Outcome.REDACTED, Outcome.RE_ENCODED, Outcome.IDENTICAL, Outcome.METADATA_ONLY})
_Rectangle = tuple[int, int, int, int]
_Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Sight:
    """One sample that is published, or would be: its row, what is decided, and what detectors said of it.

    ``treated`` are the subjects (kind, number) that something is done about; ``kept`` the boxes that a rule, an
    allow-list or a consent keeps on purpose.
    """

    key: str
    shard: str
    row: Mapping[str, Any]
    effect: policies.Effect
    findings: _Rows
    treated: frozenset[tuple[str, int]]
    kept: tuple[tuple[str, Box], ...]
    cells: int

    @property
    def size(self) -> tuple[int, int, int]:
        """Width, height and orientation of the stored frame."""
        return self.row["width"], self.row["height"], self.row["orientation"] or 1

    def cores(self) -> list[_Rectangle]:
        """What is painted at full strength in the first picture of the file."""
        width, height, orientation = self.size
        first = [box for box in self.effect.boxes if box.page == 0]
        made = painting.regions(first, width=width, height=height, orientation=orientation, cells=self.cells)
        return [core for group in made.groups for core in group.cores]


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """The images that an audit speaks of, in the order of the listing.

    Attributes
    ----------
    keys, shards, tokens
        Of each image: its key, its shard, and what its published bytes are known by (a keyed hash; where nothing is
        written, of what would be done).
    labels
        Of each image: its class, None without one.
    features
        What strata are made of.
    generation
        The decisions in force.
    written
        Whether they are carried out: people then look at what was written, else at the source.
    lane
        Images in the no-view lane, which are no part of it.
    left
        Other images that are no part of it, by reason.
    """

    keys: tuple[str, ...]
    shards: tuple[str, ...]
    tokens: tuple[str, ...]
    labels: tuple[str | None, ...]
    features: Features
    generation: str
    written: bool
    lane: int
    left: Mapping[str, int]


def height_of(box: Box, orientation: int) -> float:
    """How high a box is in the picture as it is seen."""
    return box.width if orientation >= 5 else box.height


def _decided(run: Run) -> str:
    generation = run.generation()
    if generation is None or not run.listed:
        raise RunError(f"{run.path}: nothing is decided yet; run `overpaint scan` and `overpaint decide`, or `scrub`")
    return generation


def sights(
    run: Run,
    *,
    shards: Collection[str] | None = None,
    left: Counter[str] | None = None,
    progress: Progress | None = None,
) -> Iterator[Sight]:
    """The samples that are published, or would be where nothing is written yet; what is left out is counted.

    Parameters
    ----------
    shards
        Only the samples of these.
    left
        Counts what is left out, by reason.

    Raises
    ------
    RunError
        Nothing is decided yet, the scan or the writing is not finished, or decisions changed since.
    """
    generation, counted = _decided(run), Counter[str]() if left is None else left
    policy = policies.of_run(run, generation)
    refs = [ref for ref in formats.read_shards(run.listing) if shards is None or ref.id in shards]
    done, total = 0, sum(ref.rows for ref in refs)
    written: set[bool] = set()
    for ref in refs:
        decided = run.decisions_dir(generation) / f"{ref.id}.parquet"
        if not run.marker(ref.id).get("scanned") or not decided.exists():
            raise RunError(f"{run.path} is not finished; run the same scan or scrub again to finish it, then measure")
        samples = read_table(run.shard_file("samples", ref.id))
        table = read_table(decided)
        effects = policies.effective(samples, table, policy)
        said = _by_key(table.select(_DECIDED).to_pylist())
        found = _by_key(read_table(run.shard_file("findings", ref.id), columns=_COLUMNS).to_pylist())
        for row, effect in zip(samples.to_pylist(), effects, strict=True):
            why = _left_out(row, effect)
            if why is not None:
                counted[why] += 1
                continue
            written.add(_is_written(run, row, effect))
            if len(written) > 1:
                raise RunError(f"{run.path}: not everything is written; run `overpaint act` to the end, then measure")
            mine, key = said.get(row["key"], ()), python_key(row["key"])
            treated = frozenset((one["kind"], one["subject"]) for one in mine if one["treatment"] != Treatment.KEEP)
            kept = tuple(_kept(one) for one in mine if _on_purpose(one))
            yield Sight(key, ref.id, row, effect, found.get(row["key"], ()), treated, kept, policy.cells)
        done += ref.rows
        if progress:
            progress("reading the run", done, total)


_COLUMNS = ["key", "kind", "score", "confidence", "x0", "y0", "x1", "y1", "page", "subject", "detector"]
_DECIDED = ["key", "kind", "treatment", "basis", "x0", "y0", "x1", "y1", "page", "subject"]
_NOBODY_SPOKE = ("no-rule", "people:")  # a detector was not sure enough, or people said that nothing is there


def _by_key(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["key"], []).append(row)
    return found


def _on_purpose(row: Mapping[str, Any]) -> bool:
    kept = row["treatment"] == Treatment.KEEP and row["x0"] is not None and not row["page"]
    return kept and not row["basis"].startswith(_NOBODY_SPOKE)


def _kept(row: Mapping[str, Any]) -> tuple[str, Box]:
    return row["kind"], Box(row["x0"], row["y0"], row["x1"], row["y1"])


def _left_out(row: Mapping[str, Any], effect: policies.Effect) -> str | None:
    """Why a sample is no part of what is published, or cannot be looked at; None: it is and can."""
    if row["lane"]:
        return "lane"
    if row["outcome"] == Outcome.FAILED or (row["outcome"] is None and row["reason"] is not None):
        return "failed"
    if effect.treatment in {Treatment.REMOVE, Treatment.QUARANTINE}:
        return "removed" if effect.treatment is Treatment.REMOVE else "quarantined"
    return None if row["width"] and row["height"] else "size-not-known"


def _is_written(run: Run, row: Mapping[str, Any], effect: policies.Effect) -> bool:
    """Whether what is decided of a sample is carried out."""
    if row["outcome"] is None:
        return False
    if row["outcome"] not in _PUBLISHED or row["decision"] != effect.digest:
        raise RunError(
            f"{run.path}: decisions changed since the images were written; run `overpaint act`, then measure"
        )
    return True


def frame_of(
    run: Run,
    kinds: Sequence[str],
    *,
    known: Callable[[Sight], bool] | None = None,
    progress: Progress | None = None,
) -> Frame:
    """All that is published of a run, with what detectors said of those kinds of things.

    Parameters
    ----------
    known
        Asked of each image; those of which it says no are left out, as ``not-in-truth``.

    Raises
    ------
    RunError
        As `sights` says.
    UsageError
        Nothing is published.
    """
    left, secret = Counter[str](), run.secret()
    keys, shards, tokens = list[str](), list[str](), list[str]()
    labels, groups = list[str | None](), dict[str, int]()
    rows: list[tuple[int, float, float, int]] = []
    written = False
    for sight in sights(run, left=left, progress=progress):
        if known is not None and not known(sight):
            left["not-in-truth"] += 1
            continue
        written = sight.row["outcome"] is not None
        told = (sight.row["output_sha256"] or sight.row["sha256"] or "") if written else sight.effect.digest
        label = sight.row["label"]
        keys.append(sight.key)
        shards.append(sight.shard)
        tokens.append(run.keyed(f"residual\0{told}", secret=secret)[:16])
        labels.append(label)
        rows.append((*_features(sight, kinds), -1 if label is None else groups.setdefault(label, len(groups))))
    lane = left.pop("lane", 0)
    if not keys:
        if left["not-in-truth"]:
            raise BoxesError(
                f"--truth: none of the {left['not-in-truth']} published images is named there; names are those below "
                "the source, or what is left of them without leading directories"
            )
        raise UsageError(f"{run.path}: no image is published, so that nothing can be left in any")
    found, doubts, smallest, group = zip(*rows, strict=True)
    features = Features(
        np.array(found, np.int64), np.array(doubts), np.array(smallest, np.float64), np.array(group, np.int64)
    )
    generation = _decided(run)
    every = tuple(keys), tuple(shards), tuple(tokens), tuple(labels)
    return Frame(*every, features, generation, written, lane, dict(sorted(left.items())))


def _features(sight: Sight, kinds: Sequence[str]) -> tuple[int, float, float]:
    """Things that are painted, summed confidence of those that are not, and the height of the smallest painted one."""
    painted = [box for box in sight.effect.boxes if box.page == 0]
    smallest = min((height_of(box, sight.size[2]) for box in painted), default=math.inf)
    best: dict[tuple[str, int], float] = {}
    for row in sight.findings:
        subject = row["kind"], row["subject"]
        if subject not in sight.treated and any(counts_for(row["kind"], kind) for kind in kinds):
            best[subject] = max(best.get(subject, 0.0), float(row["confidence"]))
    return len(painted), float(sum(best.values())), smallest
