"""``boxes``: write a run's boxes to files that other tools read."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import pyarrow as pa

from overpaint import formats
from overpaint import policy as policies
from overpaint.errors import RunError, UsageError
from overpaint.jobs._runs import Progress
from overpaint.records import Box, Treatment, python_key
from overpaint.rundir import Run, read_table, write_bytes

__all__ = ["BoxesOut", "boxes"]

_WHICH = ("decisions", "findings")


@dataclass(frozen=True, slots=True)
class BoxesOut:
    """What was written where; ``images_left_out`` and ``boxes_left_out`` count by reason what was not."""

    out: str
    format: str
    which: str
    frame: str
    images: int
    boxes: int
    scored: int
    images_left_out: Mapping[str, int]
    boxes_left_out: Mapping[str, int]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {name: getattr(self, name) for name in self.__slots__}

    def lines(self) -> list[str]:
        """A few lines for a terminal."""
        picture = {"stored": "the picture as it is stored", "seen": "the picture turned as EXIF says"}[self.frame]
        return [
            f"{self.boxes} boxes of {self.images} images written to {self.out} ({self.format}; {picture})",
            f"with a score: {self.scored}",
            *(f"images left out: {count} ({reason})" for reason, count in self.images_left_out.items()),
            *(f"boxes left out: {count} ({reason})" for reason, count in self.boxes_left_out.items()),
            "it names images that show people: keep it as private as the run",
        ]


def boxes(
    run: str | PathLike[str],
    out: str | PathLike[str],
    *,
    format: str = "coco",  # noqa: A002 - the word that the command line has
    which: str = "decisions",
    min_score: float | None = None,
    progress: Progress | None = None,
) -> BoxesOut:
    """Write a run's boxes for other tools (docs/reference/boxes.md); what is written is as private as the run.

    Parameters
    ----------
    run
        A run directory that was scanned to its end.
    out
        The file; for ``voc`` and ``yolo`` a directory. Replaced where this run wrote it and nobody changed it since.
    format
        ``coco``, ``voc``, ``yolo``, ``label-studio``, ``cvat``, ``wider`` or ``ilsvrc``.
    which
        ``decisions``: the boxes that the decisions in force paint over. ``findings``: of everything that was found the
        box with the highest score.
    min_score
        Leaves out boxes whose score is known and lower; nothing is left out unless given.
    progress
        Called with what is going on, how many samples are done, and of how many.

    Raises
    ------
    UsageError
        ``out`` is taken, or lies in the source, in the destination or in the run's public half.
    """
    if which not in _WHICH:
        raise UsageError(f"--which {which!r} is none of {', '.join(_WHICH)}")
    if min_score is not None and not 0 <= min_score <= 1:
        raise UsageError(f"--min-score {min_score:g} must lie between 0 and 1")
    the_run, place = Run.open(Path(run)), Path(out)
    with the_run.lock():
        _private(the_run, place)
        read = _Reading(the_run, which, min_score or 0.0)
        known = _known(the_run)
        name = os.path.realpath(place)
        written = formats.write_boxes(
            place,
            read.images(progress),
            format=format,
            kinds=read.kinds(),
            mine=lambda digest: known.get(name) == digest,
        )
        kept = {path: digest for path, digest in known.items() if os.path.lexists(path)} | {name: written.sha256}
        write_bytes(the_run.private / "boxes-out.json", (json.dumps(kept, sort_keys=True, indent=1) + "\n").encode())
    return BoxesOut(
        os.fspath(place),
        format,
        which,
        formats.BOX_FORMATS[format],
        written.images,
        written.boxes,
        written.scored,
        dict(sorted((Counter(written.images_left_out) + read.images_left_out).items())),
        dict(sorted((Counter(written.boxes_left_out) + read.boxes_left_out).items())),
    )


class _Reading:
    """A run's images with their boxes, shard by shard; what is left out is counted on the way."""

    def __init__(self, run: Run, which: str, min_score: float) -> None:
        self._run, self._which, self._min_score = run, which, min_score
        self._generation = run.generation()
        if which == "decisions" and self._generation is None:
            raise RunError(f"{run.path} has no decisions yet; run `overpaint decide {run.path}`, or --which findings")
        if not run.listed:
            raise RunError(f"{run.path} has no listing yet; run `overpaint scan` or `overpaint scrub` first")
        self._refs = formats.read_shards(run.listing)
        if any(not run.marker(ref.id).get("scanned") for ref in self._refs):
            raise UsageError(f"{run.path} is not scanned to the end; run the scan again to finish it")
        self._policy = policies.of_run(run, self._generation)
        self.images_left_out, self.boxes_left_out = Counter[str](), Counter[str]()

    def kinds(self) -> Sequence[str]:
        """What boxes are of; faces first, so that their number is the same in every run."""
        found = {"face"}
        for ref in self._refs:
            table = read_table(self._file(ref), columns=["kind", "x0"])
            found |= {kind for kind, x0 in zip(*_lists(table, "kind", "x0"), strict=True) if x0 is not None}
        return sorted(found, key=lambda kind: (kind != "face", kind))

    def images(self, progress: Progress | None) -> Iterator[formats.BoxedImage]:
        """Every image that was looked at and is not taken out of the output, in the listing's order."""
        done, total = 0, sum(ref.rows for ref in self._refs)
        for ref in self._refs:
            yield from self._shard(ref)
            done += ref.rows
            if progress:
                progress("writing boxes", done, total)

    def _shard(self, ref: formats.ShardRef) -> Iterator[formats.BoxedImage]:
        samples = read_table(
            self._run.shard_file("samples", ref.id), columns=["key", "width", "height", "orientation", "looked", "lane"]
        )
        found = read_table(self._run.shard_file("findings", ref.id))
        best = _best(found)
        treatments: dict[str, Treatment] = {}
        if self._which == "decisions":
            decided = read_table(self._file(ref))
            treatments = {e.key: e.treatment for e in policies.effective(samples, decided, self._policy)}
            per_key = _decided(decided, best)
        else:
            per_key = {}
            for (key, _), box in best.items():
                per_key.setdefault(key, []).append(box)
        for row in samples.to_pylist():
            key, held = row["key"], per_key.get(row["key"], [])
            treatment = treatments.get(key, Treatment.KEEP)
            if row["lane"]:
                self.images_left_out["in-the-lane"] += 1
            elif treatment in (Treatment.REMOVE, Treatment.QUARANTINE):
                self.images_left_out[f"decided-{treatment}"] += 1
            elif not row["width"] or not row["height"]:
                self.images_left_out["size-not-known"] += 1
            elif not row["looked"] and not held:
                self.images_left_out["not-looked-at"] += 1
            else:
                kept = [each for each in held if each.score is None or each.score >= self._min_score]
                self.boxes_left_out["score-too-low"] += len(held) - len(kept)
                yield formats.BoxedImage(
                    python_key(key), row["width"], row["height"], row["orientation"] or 1, tuple(kept)
                )

    def _file(self, ref: formats.ShardRef) -> Path:
        if self._which == "findings":
            return self._run.shard_file("findings", ref.id)
        assert self._generation is not None
        return self._run.decisions_dir(self._generation) / f"{ref.id}.parquet"


def _best(findings: pa.Table) -> dict[tuple[str, int], formats.ScoredBox]:
    """Of each subject the box with the highest score, and the subject's confidence."""
    best: dict[tuple[str, int], tuple[float, formats.ScoredBox]] = {}
    for row in findings.to_pylist():
        if row["x0"] is not None:
            subject, rival = (row["key"], row["subject"]), best.get((row["key"], row["subject"]))
            if rival is None or row["score"] > rival[0]:
                best[subject] = row["score"], formats.ScoredBox(_box(row), row["confidence"], row["kind"])
    return {subject: box for subject, (_, box) in best.items()}


def _decided(
    decisions: pa.Table, best: Mapping[tuple[str, int], formats.ScoredBox]
) -> dict[str, list[formats.ScoredBox]]:
    """The boxes to paint over, with the confidence of the subject that they were decided for."""
    per_key: dict[str, list[formats.ScoredBox]] = {}
    for row in decisions.to_pylist():
        if row["treatment"] == Treatment.REDACT.value and row["x0"] is not None:
            subject = best.get((row["key"], row["subject"]))
            score = None if subject is None else subject.score
            per_key.setdefault(row["key"], []).append(formats.ScoredBox(_box(row), score, row["kind"]))
    return per_key


def _box(row: Mapping[str, Any]) -> Box:
    return Box(row["x0"], row["y0"], row["x1"], row["y1"], row["page"] or 0)


def _lists(table: pa.Table, *names: str) -> list[list[Any]]:
    return [table.column(name).to_pylist() for name in names]


def _private(run: Run, out: Path) -> None:
    """Refuse a place that is read from, or that is made to be published."""
    bound = run.destination() or {}
    places = {"SOURCE": run.plan().source, "DEST": bound.get("place"), "the run's public half": run.public}
    for what, place in places.items():
        if place is None:
            continue
        try:
            formats.apart(place, out)
        except UsageError:
            raise UsageError(
                f"OUT {os.fspath(out)!a} touches {what} ({place}); boxes name images that show people: choose an OUT "
                "that is neither published nor read from"
            ) from None


def _known(run: Run) -> dict[str, str]:
    """What this run wrote before, by path: hashes."""
    try:
        value = json.loads((run.private / "boxes-out.json").read_bytes())
    except (FileNotFoundError, ValueError):
        return {}
    return (
        {path: digest for path, digest in value.items() if isinstance(digest, str)} if isinstance(value, dict) else {}
    )
