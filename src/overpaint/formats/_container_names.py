"""What images and records of containers are called where two of them are called the same."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Literal

from overpaint.records import Sample

from ._names import nameless
from ._record import Record

__all__ = ["Twice", "called_in", "front_of", "named_apart", "named_twice"]

Twice = Literal["nowhere", "outside", "inside"]  # one container, as seen from it


def named_apart(sample: Sample, twice: Twice) -> Sample:
    """Where two images use the same name: with its container's in front, or with its own place there."""
    if twice == "nowhere" or sample.name is None or sample.file is None or nameless(sample):
        return sample
    front = sample.file.rpartition(".")[0]
    if twice == "inside":
        front += sample.key[len(sample.file) :]
    member = sample.key == f"{sample.file}/{sample.name}"  # of a tar; a row's record is called after its file anyway
    record = f"{front}/{sample.record}" if member else sample.record
    return dataclasses.replace(sample, name=f"{front}/{sample.name}", record=record)


def front_of(sample: Sample) -> str:
    """What the names of a tar's records got in front."""
    own = sample.key[len(sample.file or "") + 1 :]
    name = sample.name or ""
    return name[: -len(own)] if name.endswith(own) else ""


def called_in(record: Record, known: Mapping[str, Sample], front: str, *, packs: bool) -> tuple[Record, str]:
    """A record with its samples as they were listed, and what its name has in front in a folder."""
    mine = tuple(known[sample.key] for sample in record.samples)
    if packs:
        own = zip(mine, record.samples, strict=True)
        samples = tuple(dataclasses.replace(a, name=b.name, record=b.record) for a, b in own)
        return dataclasses.replace(record, samples=samples), front
    if mine and (inner := record.samples[0].name) and (mine[0].name or "").endswith(f"/{inner}"):
        front = (mine[0].name or "").removesuffix(inner)
    return dataclasses.replace(record, name=front + record.name, samples=mine), front


def named_twice(rows: Iterator[tuple[bytes, bytes]]) -> Twice:
    """Where images are called the same, of sorted names and containers."""
    found: Twice = "nowhere"
    before = None
    for row in rows:
        if row == before:
            return "inside"
        if before is not None and row[0] == before[0]:
            found = "outside"
        before = row
    return found
