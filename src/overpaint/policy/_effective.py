"""Decisions → what shall happen to each sample as a whole, with a digest that changes only when that does."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa

from overpaint.errors import RunError
from overpaint.policy._model import Policy
from overpaint.records import Box, Treatment

__all__ = ["Effect", "effective"]

_STRENGTH = {Treatment.KEEP: 0, Treatment.REDACT: 1, Treatment.QUARANTINE: 2, Treatment.REMOVE: 3}
_CORNERS = ("x0", "y0", "x1", "y1")
_PEOPLE = frozenset({"face", "person", "name-xmp"})
"""Kinds that are painted as the policy's look says."""
_Row = tuple[Treatment, str, Box | None, str, tuple[str, ...] | None]
_Key = tuple[int, tuple[int, int, int, int], tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class Effect:
    """What shall happen to one sample.

    ``boxes`` are those to paint over, sorted; empty unless the treatment is ``redact``. ``look`` is how: the policy's
    where they are faces and people, and ``fill`` where anything is among them that can be read, for letters can be told
    from a few averages. ``faces`` is how many of the boxes are faces. ``basis`` names the clauses
    that ask for the treatment, each once, in the decisions' order (for ``keep``: those that kept findings).
    ``digest`` is the SHA-256, in hex, of all that decides the sample's bytes: the treatment; the boxes grown to whole
    pixels (and their pages, where one is not the first), look and cells where something is painted; the metadata
    policy where something is written. ``labels`` is what the sample is labelled with from now on, None: as it was.
    """

    key: str
    treatment: Treatment
    boxes: tuple[Box, ...]
    basis: tuple[str, ...]
    digest: str
    look: str = "fill"
    faces: int = 0
    labels: tuple[str, ...] | None = None


def effective(samples: pa.Table, decisions: pa.Table, policy: Policy) -> list[Effect]:
    """The effect of a shard's decisions on each of its samples, in the order of ``samples``.

    The strongest treatment of a sample wins: remove, quarantine, redact, keep. What is in the no-view lane is held
    back, whatever was decided.

    Parameters
    ----------
    samples
        Any table with the shard's ``key`` column; ``lane`` says who is in the no-view lane.
    decisions
        What `decide` returned for it.
    policy
        For its look, cells and metadata policy.

    Raises
    ------
    RunError
        A decision names no sample of the shard.
    """
    keys = samples.column("key").to_pylist()
    decided: dict[str, list[_Row]] = {}
    for key, treatment, kind, box, basis, labels in _rows(decisions):
        decided.setdefault(key, []).append((treatment, kind, box, basis, labels))
    if not decided.keys() <= set(keys):
        raise RunError("decisions name samples that are not in their shard; decide again")
    kept = _digest(Treatment.KEEP, (), policy, policy.look)
    held = _digest(Treatment.QUARANTINE, (), policy, policy.look)
    lane = samples.column("lane").to_pylist() if "lane" in samples.column_names else [None] * len(keys)
    return [
        Effect(key, Treatment.QUARANTINE, (), ("lane",), held, policy.look)
        if in_lane
        else _effect(key, decided[key], policy)
        if key in decided
        else Effect(key, Treatment.KEEP, (), (), kept, policy.look)
        for key, in_lane in zip(keys, lane, strict=True)
    ]


def _rows(decisions: pa.Table) -> Iterator[tuple[str, Treatment, str, Box | None, str, tuple[str, ...] | None]]:
    names = ("key", "treatment", "kind", "basis", "page", *_CORNERS)
    columns = [decisions.column(name).to_pylist() for name in names]
    told = "labels" in decisions.column_names and decisions.column("labels").null_count < decisions.num_rows
    columns.append(decisions.column("labels").to_pylist() if told else [None] * decisions.num_rows)
    for key, treatment, kind, basis, page, x0, y0, x1, y1, labels in zip(*columns, strict=True):
        box = None if x0 is None else Box(x0, y0, x1, y1, page or 0)
        yield key, Treatment(treatment), kind, box, basis, None if labels is None else tuple(labels)


def _effect(key: str, rows: list[_Row], policy: Policy) -> Effect:
    treatment = max((row[0] for row in rows), key=_STRENGTH.__getitem__)
    ruling = [row for row in rows if row[0] is treatment]
    boxes: tuple[Box, ...] = ()
    look, faces = policy.look, 0
    if treatment is Treatment.REDACT:
        if any(row[2] is None for row in ruling):
            raise RunError("a decision to redact has no box; decide again")
        # Sorted by what is painted first: samples of one digest then give the painter one order of faces.
        boxes = tuple(sorted((row[2] for row in ruling if row[2] is not None), key=_painted))
        faces = sum(row[1] == "face" for row in ruling)
        if not {row[1] for row in ruling} <= _PEOPLE:
            look = "fill"
    basis = tuple(dict.fromkeys(row[3] for row in ruling))
    labels = next((row[4] for row in rows if row[4] is not None), None)
    return Effect(key, treatment, boxes, basis, _digest(treatment, boxes, policy, look, labels), look, faces, labels)


def _painted(box: Box) -> _Key:
    return box.page, box.outward(), (box.x0, box.y0, box.x1, box.y1)


def _digest(
    treatment: Treatment,
    boxes: tuple[Box, ...],
    policy: Policy,
    look: str,
    labels: tuple[str, ...] | None = None,
) -> str:
    content: list[object] = [1, str(treatment)]
    if boxes:
        # A box of the first page is four numbers, as it was before boxes had pages: such runs stay valid.
        where = [(*box.outward(), box.page) if box.page else box.outward() for box in boxes]
        content += [where, look, policy.cells]
    if treatment in {Treatment.KEEP, Treatment.REDACT}:
        content.append(policy.metadata)
        if labels is not None:
            content.append(["labels", *labels])
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()
