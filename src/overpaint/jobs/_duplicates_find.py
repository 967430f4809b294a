"""Marks of many samples → clusters of copies: pairs are proposed by two signals and confirmed by a third."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from overpaint import fingerprints, measures
from overpaint.fingerprints import ALIKE, CLOSE, RADIUS, Look
from overpaint.jobs._duplicates_shard import MARKS

__all__ = ["Found", "Marks", "Proposed", "cluster", "propose"]

Longs = NDArray[np.int64]
Beat = Callable[[str, int, int], None]
_AT_ONCE = 10_000
_LEAST_QUALITY = 20  # lists want 50, but there the hash alone decides; here the looks must agree


@dataclass(frozen=True, slots=True)
class Marks:
    """The marks of all samples of all datasets, one row each; ``file`` and ``row`` say where each comes from."""

    table: pa.Table
    dataset: Longs
    file: Longs
    row: Longs
    pdq: NDArray[np.uint8]
    mirrored: NDArray[np.uint8]
    features: NDArray[np.int8] | None
    good: NDArray[np.bool_]

    @classmethod
    def of(cls, tables: list[tuple[int, pa.Table]], *, features: bool) -> Marks:
        """Put the tables of all shards together; each with the number of its dataset."""
        count = sum(len(table) for _, table in tables)
        hashes = {name: np.zeros((count, 32), np.uint8) for name in ("pdq", "mirrored")}
        seen = np.zeros((count, measures.FEATURES), np.int8) if features else None
        dataset, file, row = (np.zeros(count, np.int64) for _ in range(3))
        good = np.zeros(count, bool)
        names = ["key", "label", "split", "sha256", "pixels", "reason"]
        light, start = [MARKS.empty_table().select(names)], 0
        for number, (owner, table) in enumerate(tables):
            place = slice(start, start + len(table))
            there = np.flatnonzero([held is not None for held in table.column("pdq").to_pylist()])
            dataset[place], file[place] = owner, number
            row[place] = table.column("row").to_numpy()
            for name, into in hashes.items():
                into[start + there] = _wide(table, name, 32)
            if seen is not None:
                seen[start + there] = _wide(table, "features", measures.FEATURES).view(np.int8)
            good[start + there] = table.column("quality").drop_null().to_numpy() >= _LEAST_QUALITY
            light.append(table.select(names).replace_schema_metadata(None))
            start += len(table)
        joined = pa.concat_tables(light)
        return cls(joined, dataset, file, row, hashes["pdq"], hashes["mirrored"], seen, good)

    def __len__(self) -> int:
        return len(self.dataset)

    def same(self, column: str) -> Longs:
        """For each sample the first that has the same value in a column; itself where it has none."""
        first: dict[object, int] = {}
        values = self.table.column(column).to_pylist()
        found = [place if value is None else first.setdefault(value, place) for place, value in enumerate(values)]
        return np.array(found, np.int64)


@dataclass(frozen=True, slots=True)
class Proposed:
    """Pairs to be confirmed, of samples that stand for all that equal them.

    ``equal`` names for each sample the first that has the same bytes or pixels. ``cut`` counts comparisons left out.
    """

    equal: Longs
    one: Longs
    other: Longs
    cut: int


@dataclass(frozen=True, slots=True)
class Found:
    """The clusters: for each sample its cluster's smallest member; how alike pairs were; what was not joined."""

    label: Longs
    proposed: int
    confirmed: int
    unseen: int
    apart: int


def propose(marks: Marks, *, threads: int, beat: Beat) -> Proposed:
    """Which pictures to look at again: near by PDQ, plain or mirrored, or by their features.

    Pictures with too little in them (of a PDQ quality below 20) are proposed only by equal bytes or pixels.
    """
    equal = _joined(marks.same("sha256"), marks.same("pixels"))
    places = np.flatnonzero(marks.good & (equal == np.arange(len(marks))))
    pairs = []
    cut = 0
    for what, mirrored in (("comparing", None), ("comparing mirrored", marks.mirrored[places])):

        def told(done: int, of: int, what: str = what) -> None:
            beat(what, done, of)

        near = fingerprints.near_pairs(marks.pdq[places], radius=RADIUS, mirrored=mirrored, threads=threads, beat=told)
        cut += near.cut
        pairs.append((near.one, near.other))
    if marks.features is not None:
        close = fingerprints.near_directions(
            marks.features[places], cosine=CLOSE, beat=lambda done, of: beat("comparing features", done, of)
        )
        pairs.append((close.one, close.other))
    one, other = (np.concatenate([pair[side] for pair in pairs]) for side in (0, 1))
    codes = np.unique(one * np.int64(max(1, len(places))) + other)
    one, other = np.divmod(codes, max(1, len(places)))
    return Proposed(equal, places[one], places[other], cut)


def cluster(proposed: Proposed, looks: Mapping[int, Look], *, threads: int, beat: Beat) -> Found:
    """Confirm the pairs by their looks, and put together what belongs together.

    A pair of which one cannot be looked at any more is not confirmed. Two clusters are joined only if the looks of
    their representatives are alike too.
    """
    seen = [place for place, pair in enumerate(zip(proposed.one.tolist(), proposed.other.tolist(), strict=True))
            if pair[0] in looks and pair[1] in looks]  # fmt: skip
    one, other = proposed.one[seen], proposed.other[seen]

    def of_pair(pair: tuple[int, int]) -> float:
        return fingerprints.likeness(looks[pair[0]], looks[pair[1]], enough=0.995)

    pairs = list(zip(one.tolist(), other.tolist(), strict=True))
    scores: list[float] = []
    with ThreadPoolExecutor(threads) as pool:
        for start in range(0, len(pairs), _AT_ONCE):
            scores += pool.map(of_pair, pairs[start : start + _AT_ONCE])
            beat("confirming", len(scores), len(pairs))
    score = np.array(scores)
    best = np.argsort(-score, kind="stable")
    best = best[score[best] >= ALIKE]

    def alike(first: int, second: int) -> bool:
        return fingerprints.likeness(looks[first], looks[second], enough=ALIKE) >= ALIKE

    count = len(proposed.equal)
    found = fingerprints.clusters(count, one[best], other[best], alike=alike)
    label = found.label[proposed.equal]
    return Found(_smallest(label), len(proposed.one), len(best), len(proposed.one) - len(seen), found.apart)


def _wide(table: pa.Table, name: str, width: int) -> NDArray[np.uint8]:
    """The values of a binary column that are there, as rows of bytes."""
    values = table.column(name).drop_null().to_pylist()
    return np.frombuffer(b"".join(values), np.uint8).reshape(len(values), width)


def _joined(one: Longs, other: Longs) -> Longs:
    """Two ways of being equal as one: the smallest that a sample is equal to by any chain of the two."""
    places = np.arange(len(one))
    return fingerprints.clusters(len(one), np.concatenate([one, other]), np.concatenate([places, places])).label


def _smallest(label: Longs) -> Longs:
    """Labels as the smallest place that has each."""
    first = np.full(len(label), len(label), np.int64)
    np.minimum.at(first, label, np.arange(len(label)))
    return np.asarray(first[label])
