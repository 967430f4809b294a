"""The rows that a shard collects, and how they become the files of a run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import pyarrow as pa

from overpaint.records import FINDINGS, SAMPLES, Box, Finding, Outcome, Sample, python_key, stored_key

__all__ = ["LOOK_NOTES", "Row", "findings_by_key", "findings_table", "rows_of", "samples_table"]

LOOK_NOTES = ("no-boxes-given", "detector-error:")


@dataclass(slots=True)
class Row:
    """What is known of one sample; the columns of `records.SAMPLES`, filled in as it goes through the rooms."""

    key: str
    label: str | None
    split: str | None
    size: int
    codec: str | None = None
    width: int | None = None
    height: int | None = None
    orientation: int | None = None
    sha256: str | None = None
    looked: bool = False
    outcome: str | None = None
    output: str | None = None
    output_size: int | None = None
    output_sha256: str | None = None
    faces_painted: int | None = None
    decision: str | None = None
    metadata_removed: tuple[str, ...] | None = None
    stage: str | None = None
    reason: str | None = None
    detail: str | None = None
    note: str | None = None
    lane: bool | None = None

    @classmethod
    def of(cls, sample: Sample) -> Row:
        return cls(sample.key, sample.label, sample.split, sample.size)

    def fail(self, stage: str, reason: str, detail: str) -> None:
        """Count the sample as failed; nothing of it is published."""
        self.clear_outcome()
        self.outcome, self.stage, self.reason, self.detail = Outcome.FAILED.value, stage, reason, detail

    def clear_outcome(self) -> None:
        """Forget what happened to the image; keep what was seen of it, and why it could not be looked at."""
        self.outcome = self.output = self.output_size = self.output_sha256 = self.faces_painted = (
            self.metadata_removed
        ) = None
        if self.looked:
            self.stage = self.reason = self.detail = None
            notes = (self.note or "").split()
            self.note = " ".join(note for note in notes if note.startswith(LOOK_NOTES)) or None


def samples_table(rows: Sequence[Row]) -> pa.Table:
    columns = {f.name: [getattr(row, f.name) for row in rows] for f in fields(Row)}
    columns["key"] = [stored_key(key) for key in columns["key"]]
    for name in ("label", "split", "output"):
        columns[name] = [None if value is None else stored_key(value) for value in columns[name]]
    return pa.table(columns, schema=SAMPLES)


def rows_of(table: pa.Table) -> list[Row]:
    """The inverse of `samples_table`."""
    out = []
    for record in table.to_pylist():
        values: dict[str, Any] = {name: record[name] for name in SAMPLES.names}
        values["key"] = python_key(values["key"])
        for name in ("label", "split", "output"):
            values[name] = None if values[name] is None else python_key(values[name])
        if values["metadata_removed"] is not None:
            values["metadata_removed"] = tuple(values["metadata_removed"])
        out.append(Row(**values))
    return out


def findings_table(findings: Iterable[Finding]) -> pa.Table:
    columns: dict[str, list[Any]] = {name: [] for name in FINDINGS.names}
    for f in findings:
        box = (None,) * 5 if f.box is None else (f.box.x0, f.box.y0, f.box.x1, f.box.y1, f.box.page or None)
        values = (
            stored_key(f.key),
            f.kind,
            f.score,
            *box,
            f.text,
            f.detector,
            f.version,
            f.weights,
            f.subject,
            f.confidence,
            f.frame,
        )
        for name, value in zip(FINDINGS.names, values, strict=True):
            columns[name].append(value)
    return pa.table(columns, schema=FINDINGS)


def findings_by_key(table: pa.Table) -> dict[str, list[Finding]]:
    """Findings of a shard, by sample, in the order they were written."""
    out: dict[str, list[Finding]] = {}
    for r in table.to_pylist():
        box = None if r["x0"] is None else Box(r["x0"], r["y0"], r["x1"], r["y1"], r["page"] or 0)
        key = python_key(r["key"])
        out.setdefault(key, []).append(
            Finding(
                key,
                r["kind"],
                r["score"],
                box,
                r["detector"],
                r["version"],
                r["weights"],
                r["subject"],
                r["confidence"],
                r["text"],
                r["frame"],
            )
        )
    return out
