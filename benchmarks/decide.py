"""How long deciding takes for a dataset of ImageNet's size, fabricated: one core, shards of 512.

    python benchmarks/decide.py [--samples 1400000] [--findings 560000]

Prints seconds and rates for `decide` alone, for `effective` (which `act` asks), for `diff` of two policies, and peak
memory. Making the tables is not timed.
"""

from __future__ import annotations

import argparse
import datetime as dt
import resource
import time
from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from overpaint.policy import Policy, decide, diff, effective, loads, with_removals
from overpaint.records import FINDINGS, SAMPLES

SHARD = 512
TODAY = dt.date(2026, 5, 1)
RULES = """
version = 1
purpose = "p"
[[rule]]
name = "held"
kind = "face"
min_confidence = 0.97
min_share = 0.3
classes = ["n0000001*", "n0000002*"]
treatment = "quarantine"
reason = "r"
[[rule]]
name = "tiny"
kind = "face"
max_size = 6
detectors = ["centerface"]
treatment = "keep"
reason = "r"
[[rule]]
name = "faces"
kind = "face"
min_confidence = BOUND
treatment = "redact"
reason = "r"
"""


def key(number: int) -> str:
    return f"train/n{number // 1400:08d}/n{number // 1400:08d}_{number}.JPEG"


def policy(bound: float, samples: int) -> Policy:
    text = RULES.replace("BOUND", str(bound))
    for number in range(0, samples, max(1, samples // 1000)):
        text += f'[[allow]]\nsample = "{key(number)}"\nbox = [0, 0, 150, 150]\nreason = "r"\n'
        text += f'[[consent]]\nperson = "P{number}"\nsample = "{key(number + 1)}"\npurpose = "p"\nevidence = "e"\n'
    return with_removals(loads(text, today=TODAY), [key(number) for number in range(7, samples, 140)])


def shards(samples: int, findings: int) -> Iterator[tuple[pa.Table, pa.Table]]:
    """The same tables each time."""
    random = np.random.default_rng(0)
    share = findings / samples
    for start in range(0, samples, SHARD):
        numbers = np.arange(start, min(start + SHARD, samples))
        yield (
            samples_table(numbers),
            findings_table(np.sort(random.choice(numbers, round(len(numbers) * share))), random),
        )


def samples_table(numbers: np.ndarray) -> pa.Table:
    count = len(numbers)
    made = {
        "key": [key(number) for number in numbers],
        "label": [f"n{number // 1400:08d}" for number in numbers],
        "split": ["train"] * count,
        "size": [110_000] * count,
        "width": [500] * count,
        "height": [375] * count,
        "looked": [True] * count,
    }
    columns = [made[field.name] if field.name in made else [None] * count for field in SAMPLES]
    return pa.table([pa.array(c, field.type) for c, field in zip(columns, SAMPLES, strict=True)], schema=SAMPLES)


def findings_table(numbers: np.ndarray, random: np.random.Generator) -> pa.Table:
    count = len(numbers)
    first = np.searchsorted(numbers, numbers)
    corner, side = random.uniform(0, 300, (count, 2)), random.gamma(2, 25, count)
    score = random.beta(2, 1, count)
    made = {
        "key": [key(number) for number in numbers],
        "kind": ["face"] * count,
        "score": score,
        "x0": corner[:, 0],
        "y0": corner[:, 1],
        "x1": corner[:, 0] + side,
        "y1": corner[:, 1] + side * 1.2,
        "text": [None] * count,
        "detector": np.where(random.random(count) < 0.5, "yunet", "centerface"),
        "version": ["1"] * count,
        "weights": ["0" * 64] * count,
        "subject": (np.arange(count) - first) // 2,  # two findings a subject, where a sample has several
        "confidence": score,
    }
    columns = [pa.array(made[field.name]).cast(field.type) for field in FINDINGS]
    return pa.table(columns, schema=FINDINGS)


def timed(name: str, seconds: float, count: int) -> None:
    print(f"{name:<10} {seconds:7.2f} s  {count / seconds:12,.0f} samples/s")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--samples", type=int, default=1_400_000)
    parser.add_argument("--findings", type=int, default=560_000)
    options = parser.parse_args()
    pa.set_cpu_count(1)
    start = time.perf_counter()
    old, new = policy(0.6, options.samples), policy(0.7, options.samples)
    print(f"two policies read in {time.perf_counter() - start:.2f} s, {len(old.removed):,} keys to remove in each")
    deciding = acting = comparing = 0.0
    rows = changed = 0
    for samples, findings in shards(options.samples, options.findings):
        marks = [time.perf_counter()]
        one = decide(samples, findings, old)
        marks.append(time.perf_counter())
        effective(samples, one, old)
        marks.append(time.perf_counter())
        other = decide(samples, findings, new)
        marks.append(time.perf_counter())
        changed += len(diff([(samples, one)], [(samples, other)], old=old, new=new))
        marks.append(time.perf_counter())
        rows += one.num_rows
        deciding += marks[1] - marks[0]
        acting += marks[2] - marks[1]
        comparing += marks[4] - marks[3]
    timed("decide", deciding, options.samples)
    timed("effective", acting, options.samples)
    timed("diff", comparing, options.samples)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{rows:,} decisions; {changed:,} samples differ between the policies; peak memory {peak:.0f} MB")


if __name__ == "__main__":
    main()
