"""What a worker of ``verify`` does with one shard: read both files of each sample again and check them."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import cv2

from overpaint import checks, formats, pipeline
from overpaint import policy as policies
from overpaint.detectors import Looker, open_looker
from overpaint.errors import RunError, SampleError
from overpaint.pipeline import GivenShard
from overpaint.records import Box, Look, MetadataPolicy, Outcome, Sample, python_key
from overpaint.rundir import Run, read_table

__all__ = ["ShardResult", "VerifyConfig", "VerifyRoom", "open_room", "verify_shard"]

# Of a check with boxes that the painter did not have, only these speak of the output and not of the difference
# between two detectors' boxes.
_WITHOUT_REGIONS = frozenset(
    {
        "animation-left",
        "depth-changed",
        "detail-left",
        "location-left",
        "maker-note-left",
        "metadata-left",
        "mode-changed",  # this and three others: the pictures could not be compared, so that nothing was measured
        "preview-left",
        "sampling-changed",
        "size-changed",
        "text-left",
        "trailing-data",
        "undecodable",
        "unknown-format",
        "orientation-changed",
    }
)
_MIN_SCORE = 0.5
_MAX_PIXELS = 200_000_000
_NOT_ACTED = (
    "not-acted",
    "the decisions in force were not carried out on it; run `overpaint act`, or finish the scrub",
)
_PUBLISHED = frozenset({Outcome.IDENTICAL, Outcome.METADATA_ONLY, Outcome.REDACTED, Outcome.RE_ENCODED})


@dataclass(frozen=True, slots=True)
class VerifyConfig:
    """What has to be told to a worker; ``run`` holds the listing, and in mode "run" the decisions too."""

    mode: str  # "run", "boxes" or "detector"
    run: Path
    source: str
    container: str
    output: formats.Output
    generation: str = ""
    detector: str = ""
    look: Look = "fill"
    cells: int = 4
    metadata: MetadataPolicy = "strip"


@dataclass
class VerifyRoom:
    """What a worker opens once."""

    config: VerifyConfig
    run: Run
    source: formats.Source
    dest: formats.Destination
    looker: Looker | None
    policy: policies.Policy | None
    skip: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ShardResult:
    """One shard's samples checked, the faces in them, and what was found wrong: key, reason, detail.

    ``compared`` of the faces were too smooth for their detail to be measured: they were compared with the expected
    replacement.
    """

    samples: int
    absent: int
    faces: int
    compared: int
    problems: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class _Checked:
    """What came of one sample; ``absent`` where the output does not hold it (removed, or never written)."""

    problems: list[tuple[str, str]]
    faces: int = 0
    compared: int = 0
    absent: int = 0


@dataclass(frozen=True, slots=True)
class _Row:
    """What a run says of one sample, or what can be guessed without one."""

    sample: Sample
    outcome: str | None
    output: str | None
    output_sha256: str | None
    faces: Sequence[Box]
    look: str = "fill"
    alias: str = ""  # what it is called here where it is in the no-view lane


def open_room(config: VerifyConfig) -> VerifyRoom:
    """Open what verifying needs, once for each worker."""
    cv2.setNumThreads(1)
    run = Run(config.run)
    policy = None
    if config.mode == "run":
        policy = policies.of_run(run, config.generation)
    looker = open_looker(config.detector, threads=1) if config.mode == "detector" else None
    source = formats.open_source(config.source, kind=config.container)
    dest = formats.Destination(config.output, listing=run.listing, create=False)
    return VerifyRoom(config, run, source, dest, looker, policy)


def verify_shard(room: VerifyRoom, ref: formats.ShardRef, beat: pipeline.Beat) -> ShardResult:
    """Check every sample of a shard; nothing is written."""
    samples = formats.read_shard(room.run.listing, ref)
    known = _known(room, ref, samples) if room.config.mode == "run" else {}
    others = {row.output for row in known.values() if row.output is not None}
    given = GivenShard.open(room.run, ref.id) if room.config.mode == "boxes" else None
    problems: list[tuple[str, str, str]] = []
    all_checked: list[_Checked] = []
    for index, sample in enumerate(samples):
        beat(index)
        name = (known[sample.key].alias if sample.key in known else "") or sample.key
        if index in room.skip:
            problems.append((name, room.skip[index], "the worker process ended while it was in this sample"))
            continue
        if room.config.mode != "run":
            checked = _check_pair(room, ref, sample, given)
        elif sample.key in known:
            checked = _check_row(room, ref, known[sample.key], others)
        else:
            checked = _Checked([_NOT_ACTED])
        all_checked.append(checked)
        problems += [(name, reason, detail) for reason, detail in checked.problems]
    beat(ref.rows)
    absent, faces, compared = (sum(getattr(c, name) for c in all_checked) for name in ("absent", "faces", "compared"))
    return ShardResult(len(samples), absent, faces, compared, tuple(problems))


def _known(room: VerifyRoom, ref: formats.ShardRef, samples: Sequence[Sample]) -> dict[str, _Row]:
    assert room.policy is not None
    if room.run.marker(ref.id).get("generation") != room.config.generation:
        return {}
    table = read_table(room.run.shard_file("samples", ref.id))
    decided = read_table(room.run.decisions_dir(room.config.generation) / f"{ref.id}.parquet")
    effects = policies.effective(table, decided, room.policy)
    by_key = {sample.key: sample for sample in samples}
    rows = {}
    columns = (table[name].to_pylist() for name in ("key", "outcome", "output", "output_sha256", "decision", "lane"))
    for key, outcome, output, digest, decision, lane, effect in zip(*columns, effects, strict=True):
        sample = by_key.get(python_key(key))
        if sample is None:
            raise RunError(f"{room.run.path} names samples that are not in its listing; start a new run")
        # a row of other decisions says nothing of those in force
        acted = outcome if decision == effect.digest else None
        where = None if output is None else python_key(output)
        alias = f"lane:{room.run.keyed(sample.key)}" if lane else ""
        rows[sample.key] = _Row(sample, acted, where, digest, effect.boxes, effect.look, alias)
    return rows


def _check_row(room: VerifyRoom, ref: formats.ShardRef, row: _Row, others: Collection[str]) -> _Checked:
    if row.outcome is None:
        return _Checked([_NOT_ACTED], len(row.faces))
    outcome = Outcome(row.outcome)
    if outcome not in _PUBLISHED or row.output is None:  # an overlay leaves out what is identical
        anyway = room.dest.holds(ref, row.sample, others=others)
        published = [("published-anyway", f"its outcome is {outcome.value}, and yet a file is there")]
        return _Checked(published if anyway else [], len(row.faces))
    after = room.dest.read(ref, row.output)
    if after is None:
        return _Checked([("missing-output", f"its outcome is {outcome.value}, and no file is there")], len(row.faces))
    found = []
    if hashlib.sha256(after).hexdigest() != row.output_sha256:
        found.append(("swapped", "the file is not the one that the run wrote"))
    try:
        before = room.source.read(row.sample)
    except SampleError as error:
        return _Checked([*found, (f"source-{error.reason}", error.detail)], len(row.faces))
    assert room.policy is not None
    verdict = checks.check(
        before,
        after,
        row.faces,  # whatever outcome the run claims
        look=cast("Look", row.look),
        cells=room.policy.cells,
        metadata=cast("MetadataPolicy", room.policy.metadata),
        outcome=outcome,
    )
    found += [(p.reason, p.detail) for p in verdict.problems]
    return _Checked(found, len(row.faces), _compared(verdict))


def _check_pair(room: VerifyRoom, ref: formats.ShardRef, sample: Sample, given: GivenShard | None) -> _Checked:
    """Check a sample of which only the two files are known, and boxes or a detector to find its faces."""
    after = room.dest.find(ref, sample)
    if after is None:
        return _Checked([], absent=1)
    try:
        before = room.source.read(sample)
        faces = _faces(room, sample, before, given)
    except SampleError as error:
        return _Checked([(f"source-{error.reason}", error.detail)])
    same = before == after
    outcome = Outcome.REDACTED if faces else Outcome.IDENTICAL if same else Outcome.METADATA_ONLY
    config = room.config
    if given is None and not faces and not same:
        outcome = Outcome.REDACTED  # others' boxes may have been painted: look only for what must not be left
    verdict = checks.check(
        before,
        after,
        faces,
        look=config.look,
        cells=config.cells,
        metadata=config.metadata,
        outcome=outcome,
    )
    found = [(p.reason, p.detail) for p in verdict.problems if given is not None or p.reason in _WITHOUT_REGIONS]
    return _Checked(found, len(faces), _compared(verdict))


def _compared(verdict: checks.Verdict) -> int:
    return sum(core.left is None for core in verdict.measures.cores)


def _faces(room: VerifyRoom, sample: Sample, before: bytes, given: GivenShard | None) -> list[Box]:
    sniffed = formats.sniff(before)
    if given is not None:
        return [f.box for f in given.findings(sample, sniffed) or () if f.box is not None]
    assert room.looker is not None
    pipeline.check_editable(sniffed, max_pixels=_MAX_PIXELS)
    detected = pipeline.detect(sample.key, before, sniffed, room.looker, max_pixels=_MAX_PIXELS)
    return [
        _inner(finding.box, detected.orientations[finding.box.page])
        for finding in detected.findings
        if finding.box is not None and finding.kind == "face" and finding.confidence >= _MIN_SCORE
    ]


_ABOVE = {1: "y0", 2: "y0", 3: "y1", 4: "y1", 5: "x0", 6: "x0", 7: "x1", 8: "x1"}
_OUTWARD = {"x0": -1, "y0": -1, "x1": 1, "y1": 1}


def _inner(box: Box, orientation: int) -> Box:
    """A face whose core is the box itself: another detector's margins were promised to nobody."""
    grown = {side: 0.30 if side == _ABOVE[orientation] else 0.15 for side in _OUTWARD}
    wide, tall = 1 + grown["x0"] + grown["x1"], 1 + grown["y0"] + grown["y1"]
    sides = {"x0": box.width / wide, "x1": box.width / wide, "y0": box.height / tall, "y1": box.height / tall}
    corners = {name: getattr(box, name) - _OUTWARD[name] * grown[name] * sides[name] for name in _OUTWARD}
    return Box(**corners, page=box.page)
