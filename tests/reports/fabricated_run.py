"""Run directories made of nothing, for tests: rows without pictures, as the pipeline would have written them."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from overpaint.plan import DetectorPlan, Plan
from overpaint.records import DECISIONS, FINDINGS, LISTING, OTHERS, SAMPLES, stored_key
from overpaint.rundir import Run, write_table

POLICY = """\
version = 1
title = "Faces are painted over"
purpose = "image classification research"

[[rule]]
name = "faces"
kind = "face"
min_confidence = 0.6
treatment = "redact"
reason = "A face was found with enough confidence; people in pictures were not asked."
"""

YUNET = DetectorPlan("yunet", "2023mar-1", "ab" * 32, "MIT", "WIDER FACE training set")
CENTERFACE = DetectorPlan("centerface", "1", "cd" * 32, "MIT", "WIDER FACE training set")
WEIGHTS = {"yunet": YUNET, "centerface": CENTERFACE}


@dataclass
class Fake:
    """One sample: what was listed, seen, decided and done. ``faces`` are (x0, y0, x1, y1, confidence[, detectors])."""

    key: str
    label: str | None = None
    split: str | None = None
    size: int = 1000
    codec: str | None = "jpeg"
    width: int | None = 160
    height: int | None = 120
    looked: bool = True
    outcome: str | None = "identical"
    faces: Sequence[Any] = ()
    faces_painted: int | None = None
    metadata_removed: Sequence[str] | None = None
    stage: str | None = None
    reason: str | None = None
    detail: str | None = None
    note: str | None = None
    text: str | None = None
    decisions: Sequence[tuple[str, str, str, str]] = field(default_factory=tuple)  # treatment, kind, basis, reason

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.key.encode("utf-8", "surrogateescape")).hexdigest()

    def sample(self) -> dict[str, Any]:
        written = self.outcome in {"identical", "metadata-only", "redacted", "re-encoded"}
        values = {name: getattr(self, name, None) for name in SAMPLES.names}
        values |= {
            "key": stored_key(self.key),
            "label": None if self.label is None else stored_key(self.label),
            "orientation": 1,
            "sha256": self.digest,
            "output_size": self.size if written else None,
            "output_sha256": self.digest if written else None,
            "decision": None if self.outcome is None else self.digest[:16],
            "metadata_removed": None if self.metadata_removed is None else list(self.metadata_removed),
        }
        return values

    def findings(self) -> list[dict[str, Any]]:
        rows = []
        for subject, (x0, y0, x1, y1, confidence, *names) in enumerate(self.faces):
            for name in names or ["yunet"]:
                by = WEIGHTS.get(name, DetectorPlan(name, "0", ""))
                row = {"key": stored_key(self.key), "kind": "face", "score": confidence, "text": self.text}
                row |= {"x0": x0, "y0": y0, "x1": x1, "y1": y1, "detector": name, "version": by.version}
                rows.append(row | {"weights": by.weights, "subject": subject, "confidence": confidence})
        return rows

    def decided(self) -> list[dict[str, Any]]:
        rows = []
        for subject, (treatment, kind, basis, reason) in enumerate(self.decisions):
            row = {"key": stored_key(self.key), "treatment": treatment, "kind": kind, "basis": basis, "reason": reason}
            rows.append(row | {"x0": None, "y0": None, "x1": None, "y1": None, "subject": subject})
        return rows


def plan(source: Path, **changes: Any) -> Plan:
    values: dict[str, Any] = {
        "source": str(source),
        "layout": "split/class",
        "profile": "balanced",
        "detectors": (YUNET, CENTERFACE),
        "policy": POLICY,
        "today": dt.date(2025, 3, 1),
        "overpaint": "0.0.0",
    }
    return Plan(**(values | changes))


def fabricate(
    path: Path,
    samples: Sequence[Fake],
    *,
    shard_size: int = 4,
    acted: bool = True,
    shards_done: int | None = None,
    others: Sequence[tuple[str, int, str]] = (),
    policy: str = POLICY,
    **changes: Any,
) -> Run:
    """A run at ``path`` over those samples, which are sorted by key.

    ``acted=False`` is a run after `scan` only; ``shards_done`` stops it after that many shards;
    ``changes`` go to the plan.
    """
    run = Run(path)
    run.create(plan(path.parent / "source", policy=policy, **changes))
    samples = sorted(samples, key=lambda sample: sample.key.encode("utf-8", "surrogateescape"))
    parts = [samples[n : n + shard_size] for n in range(0, len(samples), shard_size)]
    ids = [hashlib.sha256(f"shard {n}".encode()).hexdigest()[:32] for n in range(len(parts))]
    write_listing(run, [[_listed(sample) for sample in part] for part in parts], ids, others=others)
    if acted:
        run.decisions_dir("0001").mkdir(parents=True)
        run.begin_generation("0001", policy=policy, day=dt.date(2026, 11, 22))
        run.set_generation("0001")
    for part, shard in list(zip(parts, ids, strict=True))[:shards_done]:
        _write(run.shard_file("samples", shard), [sample.sample() for sample in part], SAMPLES)
        _write(run.shard_file("findings", shard), [row for sample in part for row in sample.findings()], FINDINGS)
        if acted:
            rows = [row for sample in part for row in sample.decided()]
            _write(run.decisions_dir("0001") / f"{shard}.parquet", rows, DECISIONS)
        mark(run, shard, rows=len(part), generation="0001" if acted else None)
    return run


def write_listing(
    run: Run, parts: Sequence[list[dict[str, Any]]], ids: Sequence[str], *, others: Sequence[tuple[str, int, str]] = ()
) -> None:
    with pq.ParquetWriter(run.listing / "listing.parquet", LISTING, compression="zstd") as writer:
        for part in parts:
            writer.write_table(pa.Table.from_pylist(part, schema=LISTING))
    numbers = list(range(len(parts)))
    columns = {"id": list(ids), "row_group": numbers, "rows": [len(part) for part in parts]}
    schema = pa.schema([("id", pa.string()), ("row_group", pa.int32()), ("rows", pa.int64())])
    write_table(run.listing / "shards.parquet", pa.table(columns, schema=schema))
    rows = [{"key": key, "size": size, "reason": reason} for key, size, reason in others]
    _write(run.listing / "others.parquet", rows, OTHERS)


def mark(run: Run, shard: str, *, rows: int, generation: str | None) -> None:
    run.write_marker(shard, {"shard": shard, "rows": rows, "scanned": True, "generation": generation})


def write_verification(run: Run, **values: Any) -> None:
    result = {"checked": 0, "passed": 0, "failed": 0, "by_reason": {}, "mode": "run", "detector": None} | values
    (run.private / "verify.json").write_text(json.dumps(result))


def shard_ids(run: Run) -> list[str]:
    ids: list[str] = pq.read_table(run.listing / "shards.parquet").column("id").to_pylist()
    return ids


def _listed(sample: Fake) -> dict[str, Any]:
    row = sample.sample()
    return {"key": row["key"], "size": sample.size, "mtime_ns": 0, "label": row["label"], "split": sample.split}


def _write(path: Path, rows: list[dict[str, Any]], schema: pa.Schema) -> None:
    write_table(path, pa.Table.from_pylist(rows, schema=schema))


def fabricate_many(path: Path, count: int, *, shard_size: int = 512, classes: int = 1000, seed: int = 0) -> Run:
    """A run of many samples by columns: about four faces in ten images, one image in a hundred failed.

    Made for size, not for sense: faces lie anywhere and every one above 0.6 was painted.
    """
    rng = np.random.default_rng(seed)
    run = Run(path)
    run.create(plan(path.parent / "source", shard_size=shard_size))
    run.decisions_dir("0001").mkdir(parents=True)
    run.begin_generation("0001", policy=POLICY, day=dt.date(2026, 11, 22))
    run.set_generation("0001")
    firsts = range(0, count, shard_size)
    ids = [hashlib.sha256(f"shard {first}".encode()).hexdigest()[:32] for first in firsts]
    rows = []
    with pq.ParquetWriter(run.listing / "listing.parquet", LISTING, compression="zstd") as writer:
        for first, shard in zip(firsts, ids, strict=True):
            numbers = np.arange(first, min(first + shard_size, count))
            samples = _many_samples(numbers, classes=classes, count=count, rng=rng)
            findings = _many_findings(samples, rng=rng)
            writer.write_table(_columns(samples, LISTING, mtime_ns=np.zeros(len(numbers), np.int64)))
            write_table(run.shard_file("samples", shard), samples)
            write_table(run.shard_file("findings", shard), findings)
            n = findings.num_rows
            acts = {"treatment": ["redact"] * n, "basis": ["rule:faces"] * n, "reason": ["A face was found."] * n}
            write_table(run.decisions_dir("0001") / f"{shard}.parquet", _columns(findings, DECISIONS, **acts))
            mark(run, shard, rows=len(numbers), generation="0001")
            rows.append(len(numbers))
    columns = {"id": ids, "row_group": list(range(len(ids))), "rows": rows}
    schema = pa.schema([("id", pa.string()), ("row_group", pa.int32()), ("rows", pa.int64())])
    write_table(run.listing / "shards.parquet", pa.table(columns, schema=schema))
    _write(run.listing / "others.parquet", [], OTHERS)
    return run


def _many_samples(numbers: Any, *, classes: int, count: int, rng: Any) -> pa.Table:
    n = len(numbers)
    label = [f"n{100000 + int(number) * classes // count:08d}" for number in numbers]
    outcome = rng.choice(["identical", "metadata-only", "redacted", "failed"], n, p=[0.5, 0.24, 0.25, 0.01])
    failed = outcome == "failed"
    sha = [hashlib.sha256(str(number).encode()).hexdigest() for number in numbers]
    columns = {
        "key": [f"train/{name}/{name}_{number}.JPEG" for name, number in zip(label, numbers, strict=True)],
        "label": label,
        "split": ["train"] * n,
        "size": rng.integers(20_000, 200_000, n),
        "codec": ["jpeg"] * n,
        "width": np.full(n, 500, np.int32),
        "height": np.full(n, 375, np.int32),
        "orientation": np.ones(n, np.int32),
        "sha256": sha,
        "looked": ~failed,
        "outcome": outcome,
        "output_size": rng.integers(20_000, 200_000, n),
        "output_sha256": sha,
        "faces_painted": np.where(outcome == "redacted", 2, 0).astype(np.int32),
        "decision": [one[:32] for one in sha],
        "metadata_removed": [["exif", "gps", "maker-note"] if one == "metadata-only" else [] for one in outcome],
        "stage": np.where(failed, "decode", None),
        "reason": np.where(failed, "undecodable", None),
        "detail": np.where(failed, "the decoder could make no picture of it", None),
        "note": [None] * n,
    }
    return pa.table({name: pa.array(columns.get(name, [None] * n), SAMPLES.field(name).type) for name in SAMPLES.names})


def _many_findings(samples: pa.Table, *, rng: Any) -> pa.Table:
    faces = rng.poisson(1.6, samples.num_rows) * (rng.random(samples.num_rows) < 0.25)
    which = np.repeat(np.arange(samples.num_rows), faces)
    n = len(which)
    side = np.exp(rng.normal(3.5, 0.9, n)).clip(4, 370)
    confidence = rng.beta(3, 1.2, n) * 0.8 + 0.2
    columns = {
        "score": confidence,
        "x0": np.zeros(n),
        "y0": np.zeros(n),
        "page": [None] * n,
        "frame": [None] * n,
        "x1": side,
        "y1": side * 1.25,
        "confidence": confidence,
        "subject": np.arange(n) - np.repeat(np.cumsum(faces) - faces, faces),
    }
    words = {"kind": "face", "detector": YUNET.name, "version": YUNET.version, "weights": YUNET.weights, "text": None}
    return _columns(samples.select(["key"]).take(which), FINDINGS, **columns, **{k: [v] * n for k, v in words.items()})


def _columns(table: pa.Table, schema: pa.Schema, **more: Any) -> pa.Table:
    nothing = [None] * table.num_rows
    given = {name: table.column(name) for name in table.column_names} | more
    arrays = [pa.array(given[f.name], f.type) if f.name in more else given.get(f.name, nothing) for f in schema]
    return pa.table(arrays, schema=schema)
