"""What looking for everything costs: images a second, memory, who costs what, and ImageNet-1k on 32 cores, projected.

    python benchmarks/everything.py --data ../shared/data [--count 400]

The pictures are crops of the real ImageNet pictures of the data, 500 pixels long, 17 % from pictures with a face. Every
set of searches runs as its users run it, one worker a core. The bar is 3 hours: exits with 2 above it. Run it on a
machine that does nothing else.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

from _bars import IMAGENET
from _pictures import Base, bases, imagenet_like
from _watch import Cost, watch

SETS = (
    "faces",
    "faces,people",
    "faces,plates,codes",
    "faces,text",
    "faces,nudity",
    "faces,names",
    "all",
)
CORES = 32
BAR = 3.0  # hours
MEGABYTE = 1e6


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument(
        "--data", type=Path, required=True, help="a directory of real data, as make realdata takes it"
    )
    arguments.add_argument("--count", type=int, default=400, help="how many pictures")
    arguments.add_argument("--only", nargs="*", default=SETS, help="sets of searches")
    given = arguments.parse_args()
    cores = len(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory(prefix="overpaint-bench-") as place:
        imagenet_like(_imagenet(given.data), Path(place) / "pictures", count=given.count)
        print(f"{given.count} pictures, {cores} cores\n")
        print(f"{'searches':22} {'images/s':>9} {'CPU ms/image':>13} {'MB, largest':>12} {'MB, all':>8}")
        for searches in given.only:
            cost, summary = _scan(Path(place), searches)
            largest = max(cost.peak_root, cost.peak_child) / MEGABYTE
            ms = 1000 * cost.cpu / given.count
            rate, every = given.count / cost.seconds, cost.peak_sum / MEGABYTE
            print(f"{searches:22} {rate:9.2f} {ms:13.1f} {largest:12.0f} {every:8.0f}")
        print(f"\nof the last: {'detector':18} {'asked':>6} {'ms each':>9} {'ms/image':>9}")
        for row in summary["things"]["costs"]:
            name, each, spread = row["detector"], row["ms_per_picture"], row["ms_per_image"]
            print(f"             {name:18} {row['pictures']:6} {each:9.1f} {spread:9.1f}")
    rate = _steady(given, given.only[-1])
    print(f"\nof the last without start-up: {rate:.2f} images/s")
    hours = IMAGENET / (rate / cores * CORES) / 3600
    print(f"\nImageNet-1k with the last on {CORES} cores: {hours:.2f} h (taken to give {CORES // cores} times {cores})")
    print(f"bar: at most {BAR:g} h: {'held' if hours <= BAR else 'MISSED'}")
    return 0 if hours <= BAR else 2


def _steady(given: argparse.Namespace, searches: str) -> float:
    """Images a second once the workers run: what twice as many pictures take longer than these."""
    seconds = []
    for count in (given.count, 2 * given.count):
        with tempfile.TemporaryDirectory(prefix="overpaint-bench-") as place:
            imagenet_like(_imagenet(given.data), Path(place) / "pictures", count=count)
            seconds.append(_scan(Path(place), searches)[0].seconds)
    return float(given.count / (seconds[1] - seconds[0]))


def _imagenet(data: Path) -> list[Base]:
    """ImageNet's own pictures alone: text, plates and crowds come as often as they do there, not as in other data."""
    return [base for base in bases(data) if base.path.parent.name == "imagenet_samples"]


def _scan(place: Path, searches: str) -> tuple[Cost, dict[str, dict[str, list[dict[str, object]]]]]:
    """One whole run, start-up included."""
    run = place / f"{searches.replace(',', '-')}.run"
    command = [sys.executable, "-m", "overpaint", "scan", place / "pictures", "--detectors", searches, "--run", run]
    cost = watch([*map(str, command), "--quiet"], log=place / "log.txt")
    return cost, json.loads((run / "public" / "summary.json").read_text("utf-8"))


if __name__ == "__main__":
    sys.exit(main())
