"""A label policy over a table of 14,000,000 labels: time and memory, beside reading and writing the same table.

The table is made up: keys and labels of 21,843 classes, the labels as wnids, as class numbers, or as lists of up to
three. Each reading runs in a process of its own. The floor is pyarrow reading the table and writing it as it is.

    python benchmarks/label_table.py /tmp/scratch
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from _watch import Cost, clean_environment, watch
from overpaint import labels

ROWS = 14_000_000
MOST_SECONDS, MOST_BYTES = 60.0, 2_000_000_000
KINDS = ("wnids.parquet", "numbers.parquet", "lists.parquet", "wnids.csv")
_PIECE = 1_000_000
_FLOOR = """
import sys, pyarrow as pa, pyarrow.parquet as pq, pyarrow.csv as c
source, dest = sys.argv[1:]
if source.endswith(".csv"):
    read = c.open_csv(source, read_options=c.ReadOptions(block_size=16 << 20))
    with c.CSVWriter(dest, read.schema) as out:
        for batch in read: out.write(batch)
else:
    with pq.ParquetFile(source) as file, pq.ParquetWriter(dest, file.schema_arrow) as out:
        for batch in file.iter_batches(1 << 20): out.write_batch(batch)
"""
_OURS = """
import sys, json
from overpaint.jobs._labels_table import filter_table
source, dest, policy, ratings, listed = sys.argv[1:]
found = filter_table(source, dest, policy=policy, ratings=[ratings], label_list=listed or None)
print(json.dumps(found.to_dict()))
"""


def fabricate(path: Path, rows: int) -> None:
    """A table with `rows` rows, a million at a time; classes have unequal numbers of images."""
    ids = np.array(labels.class_list("21k").ids)
    random = np.random.default_rng(0)
    share = random.pareto(1.2, len(ids)) + 0.05
    share /= share.sum()
    schema, writer = None, None
    for piece in _pieces(rows, ids, share, random, path.stem):
        if writer is None:
            schema = piece.schema
            writer = pacsv.CSVWriter(path, schema) if path.suffix == ".csv" else pq.ParquetWriter(path, schema)
        writer.write_table(piece)
    assert writer is not None
    writer.close()


def _pieces(
    rows: int, ids: np.ndarray, share: np.ndarray, random: np.random.Generator, kind: str
) -> Iterator[pa.Table]:
    for begin in range(0, rows, _PIECE):
        count = min(_PIECE, rows - begin)
        first = random.choice(len(ids), count, p=share)
        keys = pa.array([f"train/{number:08d}.jpg" for number in range(begin, begin + count)])
        if kind == "numbers":
            column = pa.array(first.astype(np.int32))
        elif kind == "wnids":
            column = pa.array(ids[first])
        else:
            lengths = random.integers(0, 4, count)
            flat = random.choice(len(ids), int(lengths.sum()), p=share)
            offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
            column = pa.ListArray.from_arrays(offsets, pa.array(ids[flat]))
        yield pa.table({"key": keys, "label": column})


def made_up_ratings(path: Path) -> None:
    """Ratings of the person subtree by nobody: a number of each wnid decides."""
    tree = labels.wordnet()
    people = [wnid for wnid in labels.class_list("21k").ids if wnid and labels.PERSON in tree.ancestors(wnid)]
    words = ("offensive", "sensitive", "sensitive", "safe", "safe")
    lines = [f"{wnid},{words[int(wnid[1:]) % 5]}" for wnid in people[5:]]
    path.write_text("wnid,safety\n" + "\n".join(lines) + "\n", "utf-8")


def measure(scratch: Path, kind: str, repeats: int) -> dict[str, object]:
    """Filter one table and copy it, so many times, in turn."""
    source, dest = scratch / kind, scratch / f"out-{kind}"
    listed = "21k" if kind.startswith("numbers") else ""
    ours: list[Cost] = []
    floor: list[Cost] = []
    environment = clean_environment(PYTHONPATH=str(Path(__file__).parent.parent / "src"))
    told: dict[str, object] = {}
    for _ in range(repeats):
        log = scratch / f"{kind}.log"
        words: list[str | Path] = [sys.executable, "-c", _OURS, source, dest]
        words += ["imagenet-2020-unsafe", scratch / "ratings.csv", listed]
        ours.append(watch(words, log=log, environment=environment))
        told = json.loads(log.read_text())
        for path in scratch.glob(f"out-{kind}*"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        floor.append(watch([sys.executable, "-c", _FLOOR, source, dest], log=log, environment=environment))
        dest.unlink()
    seconds = [cost.seconds for cost in ours]
    return {
        "table": kind,
        "rows": told["rows"],
        "kept": told["kept"],
        "removed": told["removed"],
        "quarantined": told["quarantined"],
        "seconds": statistics.median(seconds),
        "slowest": max(seconds),
        "processor_seconds": statistics.median(cost.cpu for cost in ours),
        "peak_bytes": max(cost.peak_root for cost in ours),
        "floor_processor_seconds": statistics.median(cost.cpu for cost in floor),
        "floor_seconds": statistics.median(cost.seconds for cost in floor),
        "floor_peak_bytes": max(cost.peak_root for cost in floor),
        "within": max(seconds) < MOST_SECONDS and max(cost.peak_root for cost in ours) < MOST_BYTES,
    }


def main() -> int:
    """Measure, and fail where a bar is not reached."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scratch", type=Path)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--kinds", nargs="+", default=list(KINDS), choices=KINDS)
    chosen = parser.parse_args()
    chosen.scratch.mkdir(parents=True, exist_ok=True)
    made_up_ratings(chosen.scratch / "ratings.csv")
    results = []
    for kind in chosen.kinds:
        if not (chosen.scratch / kind).exists():
            fabricate(chosen.scratch / kind, chosen.rows)
        results.append(measure(chosen.scratch, kind, chosen.repeats))
        print(json.dumps(results[-1]), flush=True)
    return 0 if all(result["within"] for result in results) else 2


if __name__ == "__main__":
    sys.exit(main())
