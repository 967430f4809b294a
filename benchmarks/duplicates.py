"""Copies found again: planted ones of real pictures, unrelated pairs taken for copies, and a million fabricated hashes.

    python benchmarks/duplicates.py --data ../shared/data [--cache FILE] [--million] [--threads 2]

Of each picture of imagenet_samples and imagenette: a halved one, 90 % of each side from a random place, JPEG of quality
40, a mirrored one. All are compared as `overpaint duplicates` compares, in one set; a copy is found if it is in its
original's cluster. Brackets are 95 % bootstrap intervals over pictures. Exits with 2 where a bar is missed.
"""

from __future__ import annotations

import argparse
import itertools
import pickle
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from _tables import table
from overpaint import fingerprints, measures
from overpaint.jobs._duplicates_find import Marks, cluster, propose
from overpaint.jobs._duplicates_shard import MARKS

BARS = {"half": 0.98, "crop": 0.90, "recompressed": 0.99, "mirror": 0.95}
SECONDS = 120.0
Picture = NDArray[np.uint8]


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--data", type=Path, help="real pictures: imagenet_samples and imagenette2-160 are in it")
    arguments.add_argument("--cache", type=Path, help="keep hashes and features there between runs")
    arguments.add_argument("--million", action="store_true", help="a million fabricated hashes, 10,000 of them planted")
    arguments.add_argument("--threads", type=int, default=2)
    given = arguments.parse_args()
    held = True
    if given.data:
        rows, looks = _pictures(given.data, given.cache)
        held = _planted(rows, looks, given.threads)
    if given.million:
        held = _million(1_000_000, given.threads) and held
    return 0 if held else 2


def _versions(image: Picture, rng: np.random.Generator) -> Iterator[tuple[str, Picture]]:
    height, width = image.shape[:2]
    tall, wide = round(0.9 * height), round(0.9 * width)
    top, left = int(rng.integers(0, height - tall + 1)), int(rng.integers(0, width - wide + 1))
    half = cv2.resize(image, (max(1, width // 2), max(1, height // 2)), interpolation=cv2.INTER_AREA)
    yield "original", image
    yield "half", _coded(half.astype(np.uint8), 90)
    yield "crop", _coded(image[top : top + tall, left : left + wide], 90)
    yield "recompressed", _coded(image, 40)
    yield "mirror", _coded(image[:, ::-1], 90)


def _coded(image: Picture, quality: int) -> Picture:
    data = cv2.imencode(".jpg", np.ascontiguousarray(image), [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


def _pictures(data: Path, cache: Path | None) -> tuple[list[dict[str, Any]], list[Picture]]:
    """The marks of all versions of all pictures, and their looks."""
    if cache is not None and cache.exists():
        held: tuple[list[dict[str, Any]], list[Picture]] = pickle.loads(cache.read_bytes())
        return held
    rng, network = np.random.default_rng(0), measures.Features.open(threads=1)
    files = itertools.chain((data / "imagenet_samples").glob("*.JPEG"), (data / "imagenette2-160").glob("*/*/*.JPEG"))
    rows: list[dict[str, Any]] = []
    looks = []
    for file in sorted(files):
        for name, version in _versions(np.asarray(cv2.imread(str(file)), np.uint8), rng):
            image = version[:, :, ::-1]
            plain, mirrored = fingerprints.pdq_levelled(image)
            features = fingerprints.quantised(network.of(image)).tobytes()
            marks = {"pdq": plain.bits, "mirrored": mirrored.bits, "quality": plain.quality, "features": features}
            rows.append(marks | {"key": file.stem, "split": name, "row": len(rows), "label": file.name.split("_")[0]})
            looks.append(fingerprints.look_of(image))
    if cache is not None:
        cache.write_bytes(pickle.dumps((rows, looks)))
    return rows, looks


def _planted(rows: list[dict[str, Any]], looks: list[Picture], threads: int) -> bool:
    kinds = list(dict.fromkeys(row["split"] for row in rows))
    cells, held = [], True
    for features in (True, False):
        marks = Marks.of([(0, pa.Table.from_pylist(rows, schema=MARKS))], features=features)
        proposed = propose(marks, threads=threads, beat=_silent)
        seen = dict(enumerate(looks))
        found = cluster(proposed, seen, threads=threads, beat=_silent)
        label = found.label.reshape(-1, len(kinds))
        hits = {kind: label[:, at] == label[:, 0] for at, kind in enumerate(kinds) if at}
        if features:
            held = all(hits[kind].mean() >= bar for kind, bar in BARS.items())
        cells.append(["PDQ and features" if features else "PDQ alone", *(_share(hits[kind]) for kind in BARS)])
        print(_false(found.label, len(kinds), rows, proposed.one, proposed.other))
        sizes = np.bincount(np.bincount(found.label))
        print(f"clusters by size: { {size: int(count) for size, count in enumerate(sizes) if size > 1 and count} }")
        print(f"pairs proposed {found.proposed}, confirmed {found.confirmed}, kept apart {found.apart}\n")
    print(f"{len(rows) // len(kinds)} pictures\n\n{table(('signals', *BARS), cells)}\n")
    return held


def _false(label: NDArray[np.int64], kinds: int, rows: list[dict[str, Any]], one: Any, other: Any) -> str:
    """How many pairs of different originals were put together, of all there are."""
    sizes = np.bincount(label)
    pictures = np.arange(len(label)) // kinds
    together = sum(int(size) * (int(size) - 1) // 2 for size in sizes)
    same = sum(
        int(count) * (int(count) - 1) // 2
        for count in np.unique(label * np.int64(len(label)) + pictures, return_counts=True)[1]
    )
    of = len(rows) * (len(rows) - kinds) // 2
    asked = int((pictures[one] != pictures[other]).sum())
    mixed = {int(each) for each in label[_mixed(label, pictures)]}
    names = [sorted({rows[place]["key"] for place in np.flatnonzero(label == each)}) for each in sorted(mixed)]
    return f"unrelated pairs: {asked} looked at again, {together - same} put together, of {of:,}; {names[:10]}"


def _mixed(label: NDArray[np.int64], pictures: NDArray[np.int64]) -> NDArray[np.bool_]:
    lowest, highest = np.full(len(label), len(label)), np.zeros(len(label), np.int64)
    np.minimum.at(lowest, label, pictures)
    np.maximum.at(highest, label, pictures)
    return np.asarray(lowest[label] < highest[label])


def _share(hits: NDArray[np.bool_]) -> str:
    """A share and its 95 % bootstrap interval."""
    rng = np.random.default_rng(1)
    shares = [rng.choice(hits, len(hits)).mean() for _ in range(2_000)]
    low, high = np.percentile(shares, [2.5, 97.5])
    return f"{hits.mean():.2%} ({low:.2%} to {high:.2%})"


def _million(count: int, threads: int) -> bool:
    """Hashes of random bits; of one in a hundred a second one with 0 to 31 bits turned."""
    rng = np.random.default_rng(0)
    hashes = rng.integers(0, 256, (count, 32), dtype=np.uint8)
    planted = count // 100
    sources = rng.choice(count // 2, planted, replace=False)
    copies = count // 2 + rng.choice(count // 2, planted, replace=False)
    for source, copy in zip(sources, copies, strict=True):
        turned = np.zeros(256, np.uint8)
        turned[rng.permutation(256)[: rng.integers(0, 32)]] = 1
        hashes[copy] = hashes[source] ^ np.packbits(turned)
    wall, cpu = time.perf_counter(), time.process_time()
    pairs = fingerprints.near_pairs(hashes, threads=threads)
    order = np.argsort(pairs.distance, kind="stable")

    def alike(one: int, other: int) -> bool:
        return int(np.bitwise_count(hashes[one] ^ hashes[other]).sum()) <= fingerprints.RADIUS

    found = fingerprints.clusters(count, pairs.one[order], pairs.other[order], alike=alike)
    seconds, worked = time.perf_counter() - wall, time.process_time() - cpu
    right = int((found.label[sources] == found.label[copies]).sum())
    print(
        f"{count:,} hashes clustered in {seconds:.1f} s ({worked:.1f} s of CPU, {threads} threads): "
        f"{right} of {planted} planted pairs found, {len(found.sizes())} clusters, "
        f"the largest of {max(found.sizes())}, {len(pairs) - planted} other pairs, {pairs.cut} comparisons left out"
    )
    return seconds < SECONDS and right == planted


def _silent(what: str, done: int, of: int) -> None:
    del what, done, of


if __name__ == "__main__":
    sys.exit(main())
