"""What clusters of copies say: how many, across which splits, and which copies of something removed are still there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from overpaint import fingerprints
from overpaint.errors import UsageError
from overpaint.fingerprints import Look
from overpaint.jobs._duplicates_find import Found, Marks, Proposed
from overpaint.records import Treatment, python_key
from overpaint.rundir import write_bytes, write_table

__all__ = ["CLUSTERS", "counted", "members", "offered", "write_offer"]

CLUSTERS = pa.schema(
    [
        ("cluster", pa.int64()),
        ("dataset", pa.int32()),
        ("key", pa.string()),
        ("split", pa.string()),
        ("label", pa.string()),
        ("signal", pa.string()),
        ("distance", pa.int32()),
        ("mirrored", pa.bool_()),
        ("likeness", pa.float32()),
        ("treatment", pa.string()),
    ]
)
"""One row a sample that has a copy; distance, mirrored and likeness are against the first of its cluster."""

_GONE = {Treatment.REMOVE.value, Treatment.QUARANTINE.value}
_SIZES = ((2, "2"), (3, "3"), (5, "4-5"), (10, "6-10"), (100, "11-100"), (1 << 62, "above 100"))


def members(
    marks: Marks,
    proposed: Proposed,
    found: Found,
    looks: Mapping[int, Look],
    treatments: Sequence[Sequence[str | None]],
) -> tuple[pa.Table, NDArray[np.int64]]:
    """The rows of `CLUSTERS`, by cluster, and the place of each among the marks."""
    places = _members(found)
    label = found.label[places]
    same_bytes, same_pixels = _repeated(marks.same("sha256")), _repeated(marks.same("pixels"))
    rows = marks.table.take(pa.array(places))
    signals, distances, mirrors, scores, treated = [], [], [], [], []
    for place, first in zip(places.tolist(), label.tolist(), strict=True):
        signals.append("bytes" if same_bytes[place] else "pixels" if same_pixels[place] else "near")
        distance, mirrored = _distance(marks, place, first)
        distances.append(distance)
        mirrors.append(mirrored)
        scores.append(_score(proposed, looks, place, first))
        treated.append(treatments[marks.file[place]][marks.row[place]])
    columns = [
        pa.array(label, pa.int64()),
        pa.array(marks.dataset[places], pa.int32()),
        *(rows.column(name) for name in ("key", "split", "label")),
        *(pa.array(held, CLUSTERS.field(name).type) for name, held in (
            ("signal", signals), ("distance", distances), ("mirrored", mirrors),
            ("likeness", scores), ("treatment", treated),
        )),
    ]  # fmt: skip
    return pa.table(columns, schema=CLUSTERS), places


def counted(
    table: pa.Table, places: NDArray[np.int64], marks: Marks, proposed: Proposed, found: Found
) -> dict[str, Any]:
    """Aggregates; the names of splits are in ``leaks`` and nowhere else."""
    sizes = Counter(table.column("cluster").to_pylist())
    reasons = Counter(each for each in marks.table.column("reason").to_pylist() if each is not None)
    return {
        "samples": len(marks),
        "not_compared": dict(sorted(reasons.items())),
        "too_little_in_them": int((~marks.good).sum()) - sum(reasons.values()),
        "clusters": len(sizes),
        "samples_in_clusters": sum(sizes.values()),
        "largest": max(sizes.values(), default=0),
        "sizes": _by_size(sizes.values()),
        "signals": dict(sorted(Counter(table.column("signal").to_pylist()).items())),
        "labels_differ": _differing(table, "label"),
        "pairs": {
            "proposed": found.proposed,
            "confirmed": found.confirmed,
            "not_seen_again": found.unseen,
            "kept_apart": found.apart,
            "left_out": proposed.cut,
        },
        "leaks": _leaks(table, proposed.equal[places]),
        "offer": _offer_counts(table),
    }


def offered(table: pa.Table) -> list[str]:
    """Keys of the first dataset that are published and have a copy, in any, that is removed or quarantined."""
    gone, rows = _gone(table), _rows(table, "cluster", "dataset", "key", "treatment")
    return [key for cluster, dataset, key, treated in rows if not dataset and treated not in _GONE and cluster in gone]


def write_offer(path: Path, keys: Sequence[str]) -> None:
    """A list that `overpaint decide --remove` takes: ``.parquet`` has a column ``key``, anything else a key a line.

    Raises
    ------
    UsageError
        A key has a line break in it, and the list is text.
    """
    if path.suffix.lower() == ".parquet":
        write_table(path, pa.table({"key": pa.array(keys, pa.string())}))
        return
    plain = [python_key(key) for key in keys]
    if any("\n" in key or "\r" in key or key != key.strip() for key in plain):
        raise UsageError(f"--offer {path}: a key in it does not fit into a line of text; call the file .parquet")
    write_bytes(path, "".join(f"{key}\n" for key in plain).encode("utf-8", "surrogateescape"), mode=0o600)


def _members(found: Found) -> NDArray[np.int64]:
    """The places of all samples that have a copy, by cluster."""
    sizes = np.bincount(found.label, minlength=len(found.label))
    places = np.flatnonzero(sizes[found.label] > 1)
    return np.asarray(places[np.argsort(found.label[places], kind="stable")])


def _repeated(first: NDArray[np.int64]) -> NDArray[np.bool_]:
    return np.asarray(np.bincount(first, minlength=len(first))[first] > 1)


def _distance(marks: Marks, place: int, first: int) -> tuple[int | None, bool | None]:
    asked = marks.pdq[first]
    if not asked.any() or not marks.pdq[place].any():
        return None, None
    plain, mirrored = (int(np.bitwise_count(asked ^ held[place]).sum()) for held in (marks.pdq, marks.mirrored))
    return min(plain, mirrored), mirrored < plain


def _score(proposed: Proposed, looks: Mapping[int, Look], place: int, first: int) -> float | None:
    """The likeness to a cluster's first, by those that stand for both."""
    one, other = int(proposed.equal[place]), int(proposed.equal[first])
    if one == other:
        return 1.0
    if one not in looks or other not in looks:
        return None
    return fingerprints.likeness(looks[one], looks[other], enough=0.995)


def _by_size(sizes: Any) -> dict[str, int]:
    held = Counter(next(name for most, name in _SIZES if size <= most) for size in sizes)
    return {name: held[name] for _, name in _SIZES if held[name]}


def _rows(table: pa.Table, *names: str) -> list[tuple[Any, ...]]:
    return list(zip(*(table.column(name).to_pylist() for name in names), strict=True))


def _differing(table: pa.Table, column: str) -> int:
    """Clusters whose samples have more than one value in a column."""
    held: dict[int, set[Any]] = {}
    for cluster, value in _rows(table, "cluster", column):
        held.setdefault(cluster, set()).add(value)
    return sum(len(values) > 1 for values in held.values())


def _leaks(table: pa.Table, equal: NDArray[np.int64]) -> list[dict[str, Any]]:
    """Pairs of copies in two different splits (or datasets), exact and near, and how many clusters they are in."""
    found: dict[tuple[tuple[int, str], tuple[int, str]], Counter[str]] = {}
    held: dict[int, list[tuple[tuple[int, str], int]]] = {}
    for (cluster, dataset, split), same in zip(
        _rows(table, "cluster", "dataset", "split"), equal.tolist(), strict=True
    ):
        held.setdefault(cluster, []).append(((dataset, split or ""), same))
    for group in held.values():
        parts, exact = Counter(part for part, _ in group), Counter(group)
        classes: dict[int, Counter[tuple[int, str]]] = {}
        for (part, same), count in exact.items():
            classes.setdefault(same, Counter())[part] += count
        for pair in combinations(sorted(parts), 2):
            same_pairs = sum(each[pair[0]] * each[pair[1]] for each in classes.values())
            counts = found.setdefault(pair, Counter())
            counts["exact"] += same_pairs
            counts["near"] += parts[pair[0]] * parts[pair[1]] - same_pairs
            counts["clusters"] += 1
    return [
        {"one": _part(one), "other": _part(other), **{name: counts[name] for name in ("exact", "near", "clusters")}}
        for (one, other), counts in sorted(found.items())
    ]


def _part(part: tuple[int, str]) -> dict[str, Any]:
    return {"dataset": part[0], "split": part[1] or None}


def _gone(table: pa.Table) -> set[int]:
    return {cluster for cluster, treated in _rows(table, "cluster", "treatment") if treated in _GONE}


def _offer_counts(table: pa.Table) -> dict[str, int]:
    """How many that are removed, quarantined or painted have copies that are not, and how many those are."""
    held: dict[int, Counter[str]] = {}
    for cluster, treated in _rows(table, "cluster", "treatment"):
        kind = "gone" if treated in _GONE else "painted" if treated == Treatment.REDACT.value else "kept"
        held.setdefault(cluster, Counter())[kind] += 1
    gone = [each for each in held.values() if each["gone"] and each["gone"] < each.total()]
    painted = [each for each in held.values() if each["painted"] and each["kept"]]
    return {
        "gone": sum(each["gone"] for each in gone),
        "copies_of_gone": sum(each.total() - each["gone"] for each in gone),
        "painted": sum(each["painted"] for each in painted),
        "copies_of_painted": sum(each["kept"] for each in painted),
    }
