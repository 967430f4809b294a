"""Images per second out of a folder, tars and parquet files, into the same kind, on the same pictures in one run.

    python benchmarks/containers.py --data ../shared/data/imagenette2-160 [--profile fast] [--rounds 3]

The kinds take turns, so that a machine that slows down slows all of them. The bar is 10 %: exits with 2 below it.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
import time
import warnings
from pathlib import Path

import overpaint
from overpaint.errors import OverpaintWarning

KINDS = ("folder", "webdataset", "parquet")
BAR = 0.9


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--data", type=Path, required=True, help="a folder of images")
    arguments.add_argument("--profile", default="fast")
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--copies", type=int, default=1, help="how often each picture is in the dataset")
    given = arguments.parse_args()
    warnings.simplefilter("ignore", OverpaintWarning)
    with tempfile.TemporaryDirectory(prefix="overpaint-bench-") as place:
        root = Path(place)
        for copy in range(given.copies):
            shutil.copytree(given.data, root / "folder" / f"copy{copy}")
        for kind in KINDS[1:]:
            _convert(root, kind)
        rates: dict[str, list[float]] = {kind: [] for kind in KINDS}
        for _ in range(given.rounds):
            for kind in KINDS:
                rates[kind].append(_rate(root, kind, given.profile))
    return _told(rates)


def _convert(root: Path, kind: str) -> None:
    """The same pictures in containers, unpainted, in as many pieces as the folder has shards."""
    policy = root / "keep.toml"
    policy.write_text('version = 1\n[metadata]\npolicy = "keep"\n')
    boxes = root / "none.json"
    boxes.write_text('{"images": [], "annotations": []}')
    overpaint.scrub(root / "folder", root / kind, run=root / "x.run", to=kind, policy=policy, boxes=boxes)
    shutil.rmtree(root / "x.run")


def _rate(root: Path, kind: str, profile: str) -> float:
    begin = time.perf_counter()
    summary = overpaint.scrub(root / kind, root / "out", run=root / "out.run", profile=profile)
    seconds = time.perf_counter() - begin
    shutil.rmtree(root / "out")
    shutil.rmtree(root / "out.run")
    return summary.conservation.listed / seconds


def _told(rates: dict[str, list[float]]) -> int:
    folder = statistics.median(rates["folder"])
    worst = 1.0
    print(f"{'kind':12} {'images/s':>9} {'of folder':>9}   rounds")
    for kind, found in rates.items():
        middle = statistics.median(found)
        worst = min(worst, middle / folder)
        print(f"{kind:12} {middle:9.1f} {middle / folder:9.2f}   {' '.join(f'{rate:.1f}' for rate in found)}")
    print(f"bar: at least {BAR:.2f} of the folder's: {'held' if worst >= BAR else 'MISSED'}")
    return 0 if worst >= BAR else 2


if __name__ == "__main__":
    sys.exit(main())
