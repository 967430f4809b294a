"""Boxes made elsewhere, cut up by shard so that a worker holds only its own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa

from overpaint.formats import GivenBox, GivenBoxes, ShardRef, Sniffed, read_shard
from overpaint.records import Box, Finding, Sample, python_key, stored_key
from overpaint.rundir import Run, read_table, write_table

__all__ = ["GivenShard", "cut_boxes"]

_SCHEMA = pa.schema(
    [
        pa.field("key", pa.string(), nullable=False),
        *(pa.field(name, pa.float64()) for name in ("x0", "y0", "x1", "y1", "score")),
        pa.field("page", pa.int32()),
        pa.field("relative", pa.bool_()),
        pa.field("upright", pa.bool_()),
        pa.field("width", pa.int32()),
        pa.field("height", pa.int32()),
    ],
    metadata={"about": "one row a box; a row without a box says that the file names the sample and gives it none"},
)


def cut_boxes(run: Run, refs: Iterable[ShardRef], boxes: GivenBoxes) -> int:
    """Write the boxes of each shard beside it; returns how many of the file's images the dataset holds.

    Images of containers go by their key, or else by what they would be called in a folder.
    """
    found: set[str] = set()
    for ref in refs:
        rows = []
        for sample in read_shard(run.listing, ref):
            name = next((n for n in (sample.key, sample.name) if n is not None and n in boxes), None)
            given = None if name is None else boxes.lookup(name)
            if name is None or given is None:
                continue
            found.add(name)
            rows += [_row(sample.key, box) for box in given] or [_row(sample.key, None)]
        write_table(run.shard_file("boxes", ref.id), pa.Table.from_pylist(rows, schema=_SCHEMA))
    return len(found)


def _row(key: str, given: GivenBox | None) -> dict[str, object]:
    if given is None:
        return {"key": stored_key(key)}
    box, (width, height) = given.box, given.size or (None, None)
    return {
        "key": stored_key(key),
        **{name: getattr(box, name) for name in ("x0", "y0", "x1", "y1")},
        "score": given.score,
        "page": box.page or None,
        "relative": given.relative,
        "upright": given.upright,
        "width": width,
        "height": height,
    }


@dataclass(frozen=True, slots=True)
class GivenShard:
    """The given boxes of one shard's samples."""

    boxes: dict[str, list[GivenBox]]
    version: str
    weights: str

    @classmethod
    def open(cls, run: Run, shard: str, *, sha256: str = "") -> GivenShard:
        """Read one shard's boxes; ``sha256`` is that of the file they came from."""
        boxes: dict[str, list[GivenBox]] = {}
        for r in read_table(run.shard_file("boxes", shard)).to_pylist():
            mine = boxes.setdefault(python_key(r["key"]), [])
            if r["x0"] is not None:
                box = Box(r["x0"], r["y0"], r["x1"], r["y1"], r["page"] or 0)
                size = None if r["width"] is None else (r["width"], r["height"])
                mine.append(GivenBox(box, r["score"], relative=r["relative"], upright=r["upright"], size=size))
        return cls(boxes, "given", sha256)

    def findings(self, sample: Sample, sniffed: Sniffed) -> list[Finding] | None:
        """The sample's boxes as findings, or None where the file does not name it."""
        given = self.boxes.get(sample.key)
        if given is None:
            return None
        assert sniffed.width is not None and sniffed.height is not None
        out = []
        for subject, one in enumerate(given):
            box = one.to_stored(sniffed.width, sniffed.height, sniffed.orientation)
            score = 1.0 if one.score is None else one.score
            out.append(Finding(sample.key, "face", score, box, "boxes", self.version, self.weights, subject, score))
        return out
