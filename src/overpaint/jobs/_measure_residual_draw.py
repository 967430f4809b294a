"""The sample of an audit: drawn once, kept in the run's private half, and extended when more images are asked for."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from overpaint.errors import RunError
from overpaint.jobs._measure_residual_frame import Frame
from overpaint.jobs._measure_residual_strata import MOST, Strata, stratify
from overpaint.measures import Audit, draw_audit
from overpaint.rundir import Run, disk_errors, read_table, write_table

__all__ = ["Drawn", "draw_new", "drawn_of"]

_VERSION = 1
_A_STRATUM = 4  # images of an audit, at least: with fewer there are fewer strata
_MORE = 64  # images beyond those asked for, at most, where an extension would else lose one that was drawn


@dataclass(frozen=True, slots=True)
class Drawn:
    """An audit's sample.

    Attributes
    ----------
    audit
        Its indices are of the frame it was asked for.
    name
        What the sample is called: the same for the same decisions, kinds and seed.
    gone
        Images that were drawn and have gone into the no-view lane since.
    before
        Images that had been drawn when it was asked for.
    """

    audit: Audit
    name: str
    gone: int = 0
    before: int = 0


def draw_new(frame: Frame, kinds: Sequence[str], *, images: int, seed: int) -> Drawn:
    """A sample that is kept nowhere: where the truth is known, nobody has to be asked twice."""
    name = _name(frame.generation, kinds, seed)
    strata = _strata(frame, images)
    return Drawn(_draw(strata, images, certain=strata.certain, name=name), name)


def drawn_of(run: Run, frame: Frame, kinds: Sequence[str], *, images: int, seed: int) -> Drawn:
    """The run's sample of the decisions in force: made, read again, or extended.

    The draw is by ``seed`` and the number of the decisions: what an audit found is painted by the next ones, and the
    next audit then is not of the pictures that were mended.

    Raises
    ------
    RunError
        The file of the sample is damaged, or is not about these images.
    """
    name = _name(frame.generation, kinds, seed)
    path = run.private / "measures" / f"audit-{name}.parquet"
    secret = run.secret()
    ids = [run.keyed(f"audit\0{key}", secret=secret) for key in frame.keys]  # the lane's keys are written nowhere
    if path.exists():
        kept = _read(path)
        if set(ids) <= kept.keys() and len(kept) <= len(ids) + frame.lane:
            return _again(path, kept, ids, name, images)
    strata = _strata(frame, images)
    audit = _draw(strata, images, certain=strata.certain, name=name)
    _write(path, ids, strata, audit)
    return Drawn(audit, name)


def _strata(frame: Frame, images: int) -> Strata:
    return stratify(frame.features, images=images, most=max(1, min(MOST, images // _A_STRATUM)))


def _name(generation: str, kinds: Sequence[str], seed: int) -> str:
    told = json.dumps([_VERSION, generation, sorted(kinds), seed])
    return hashlib.sha256(told.encode()).hexdigest()[:12]


def _draw(strata: Strata, images: int, *, certain: Sequence[int], name: str) -> Audit:
    number = min(images, len(strata.names))
    return draw_audit(strata.names, number, expected=strata.expected, certain=certain, seed=int(name, 16) % 2**32)


@dataclass(frozen=True, slots=True)
class _Kept:
    """An image of a kept frame: its stratum, its place in the order of looking (-1: not drawn), if it is certain."""

    stratum: str
    place: int
    certain: bool
    expected: float


def _again(path: Path, kept: Mapping[str, _Kept], ids: Sequence[str], name: str, images: int) -> Drawn:
    """The sample as it was, or with more images; without those that have gone into the lane since."""
    every, rows = list(kept), list(kept.values())
    expected = {row.stratum: row.expected for row in rows}
    certain = tuple(at for at, row in enumerate(rows) if row.certain)
    strata = Strata(tuple(row.stratum for row in rows), expected, certain)
    drawn = {at for at, row in enumerate(rows) if row.place >= 0}
    wanted = min(max(images, len(drawn)), len(rows))
    audit = _draw(strata, wanted, certain=certain, name=name)
    while not drawn <= set(audit.chosen):
        wanted += 1
        if wanted > min(len(rows), max(images, len(drawn)) + _MORE):
            raise RunError(f"{path} is damaged or was drawn by another version; move it away to draw anew")
        audit = _draw(strata, wanted, certain=certain, name=name)
    if len(audit.chosen) > len(drawn):
        _write(path, every, strata, audit)
    here = {identity: at for at, identity in enumerate(ids)}
    places = {at: here[identity] for at, identity in enumerate(every) if identity in here}
    left = [at for at in range(len(every)) if at not in places]
    sizes = dict(audit.strata)
    for at in left:
        sizes[rows[at].stratum] -= 1
    still = [at for at, index in enumerate(audit.chosen) if index in places]
    audit = replace(
        audit,
        chosen=tuple(places[audit.chosen[at]] for at in still),
        probability=tuple(audit.probability[at] for at in still),
        stratum=tuple(audit.stratum[at] for at in still),
        strata={stratum: size for stratum, size in sizes.items() if size > 0},
    )
    return Drawn(audit, name, gone=len(drawn & set(left)), before=len(drawn))


_SCHEMA = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("stratum", pa.dictionary(pa.int32(), pa.string()), nullable=False),
        pa.field("place", pa.int32(), nullable=False),
        pa.field("certain", pa.bool_(), nullable=False),
        pa.field("expected", pa.float64(), nullable=False),
    ]
)


def _write(path: Path, ids: Sequence[str], strata: Strata, audit: Audit) -> None:
    places, certain = {index: at for at, index in enumerate(audit.chosen)}, set(strata.certain)
    columns: dict[str, Any] = {
        "id": pa.array(ids, pa.string()),
        "stratum": pa.array(strata.names, pa.string()).dictionary_encode(),
        "place": pa.array([places.get(at, -1) for at in range(len(ids))], pa.int32()),
        "certain": pa.array([at in certain for at in range(len(ids))], pa.bool_()),
        "expected": pa.array([strata.expected[name] for name in strata.names], pa.float64()),
    }
    with disk_errors(path.parent):
        path.parent.mkdir(exist_ok=True)
    write_table(path, pa.table(columns, schema=_SCHEMA))


def _read(path: Path) -> dict[str, _Kept]:
    try:
        rows = read_table(path).select(_SCHEMA.names).to_pylist()
    except (RunError, KeyError) as error:
        raise RunError(f"{path} cannot be read; move it away to draw the sample anew") from error
    return {row["id"]: _Kept(row["stratum"], row["place"], row["certain"], row["expected"]) for row in rows}
