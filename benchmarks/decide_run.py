"""How long ``overpaint decide RUN`` takes on a fabricated run of 1.4 million samples, files included.

    python benchmarks/decide_run.py [--samples N] [--work DIR]

`benchmarks/decide.py` measures the deciding alone; this adds what a real run adds: reading every shard's samples and
findings, writing its decisions, and comparing them with those in force before.
"""

from __future__ import annotations

import argparse
import datetime as dt
import resource
import shutil
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa

from overpaint import jobs, policy
from overpaint.formats import read_shards
from overpaint.formats._layout import Layout
from overpaint.formats._listing import write_others, write_samples
from overpaint.plan import DetectorPlan, Plan
from overpaint.records import FINDINGS, SAMPLES, Sample
from overpaint.rundir import Run, write_table

DAY = dt.date(2026, 11, 22)


def fabricate(place: Path, samples: int, *, shard_size: int = 256) -> Run:
    """A scanned run: 1,000 classes, two findings for every fifth sample."""
    run = Run(place)
    plan = Plan("/nowhere", "", "balanced", (DetectorPlan("yunet", "1", "0" * 64),), policy.default(0.6).to_toml(), DAY)
    run.create(plan)
    keys = (f"n{i * 1000 // samples:08d}/image_{i:09d}.JPEG" for i in range(samples))
    layout = Layout()
    write_samples((Sample(key, 110_000, 0, *layout.place(key)) for key in keys), run.listing, size=shard_size)
    write_others(iter(()), run.listing)
    chance = np.random.default_rng(1)
    for number, ref in enumerate(read_shards(run.listing)):
        first = number * shard_size
        names = [f"n{i * 1000 // samples:08d}/image_{i:09d}.JPEG" for i in range(first, first + ref.rows)]
        rows = {name: pa.nulls(ref.rows, SAMPLES.field(name).type) for name in SAMPLES.names}
        rows |= {
            "key": names,
            "label": [n[:9] for n in names],
            "size": np.full(ref.rows, 110_000),
            "looked": np.ones(ref.rows, bool),
        }
        rows |= {"width": np.full(ref.rows, 500, np.int32), "height": np.full(ref.rows, 375, np.int32)}
        write_table(
            run.shard_file("samples", ref.id),
            pa.table([pa.array(rows[n], SAMPLES.field(n).type) for n in SAMPLES.names], schema=SAMPLES),
        )
        write_table(run.shard_file("findings", ref.id), _findings(names[::5], chance))
        run.write_marker(ref.id, {"shard": ref.id, "rows": ref.rows, "scanned": True, "generation": None})
    return run


def _findings(keys: list[str], chance: np.random.Generator) -> pa.Table:
    n = 2 * len(keys)
    corner, score = chance.uniform(0, 300, (n, 2)).astype(np.float32), chance.uniform(0.3, 1, n).astype(np.float32)
    columns = {
        "key": [k for k in keys for _ in (0, 1)],
        "kind": ["face"] * n,
        "score": score,
        "x0": corner[:, 0],
        "y0": corner[:, 1],
        "x1": corner[:, 0] + 40,
        "y1": corner[:, 1] + 50,
        "text": pa.nulls(n, pa.string()),
        "detector": ["yunet"] * n,
        "version": ["1"] * n,
        "weights": ["0" * 64] * n,
        "subject": np.tile(np.arange(2, dtype=np.int32), len(keys)),
        "confidence": score,
    }
    return pa.table([pa.array(columns[name], FINDINGS.field(name).type) for name in FINDINGS.names], schema=FINDINGS)


def main() -> None:
    """Fabricate, decide twice, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=1_400_000)
    parser.add_argument("--work", type=Path)
    options = parser.parse_args()
    work = Path(tempfile.mkdtemp(prefix="overpaint-bench-", dir=options.work))
    try:
        started = time.perf_counter()
        run = fabricate(work / "fabricated.run", options.samples)
        print(f"fabricated {options.samples:,} samples in {time.perf_counter() - started:.0f} s")
        stricter = work / "stricter.toml"
        stricter.write_text(policy.default(0.8).to_toml())
        for name, file in (("first decisions", None), ("a stricter policy", stricter)):
            started = time.perf_counter()
            result = jobs.decide(run.path, policy=file)
            print(
                f"{name}: {time.perf_counter() - started:.1f} s, {len(result):,} of {result.samples:,} samples change"
            )
        print(f"peak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
