"""On which curve the default strength stands: looks and cells against attackers, on two sets of known people.

    python benchmarks/reidentify.py --data DIR [--to DIR] [--cells N ...] [--attacker NAME ...]

DIR holds reid_lfw and reid_orl. Every look with every number of cells is measured by `overpaint measure reidentify`;
then the mildest is told whose AUC lies above the control arm's (core cut out) by .05 at most, for the naive, the parrot
and the trained attacker and on both sets. docs/reference/strength.md says what came out and what the default is.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from overpaint.jobs import measure_reidentify

SETS = ("reid_orl", "reid_lfw")
CELLS = (1, 2, 3, 4, 6, 8, 12, 16)
ATTACKERS = ("naive", "parrot", "trained", "restored")
JUDGED = ("naive", "parrot", "trained")
BAR = 0.05


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--to", type=Path, help="where results and plots go")
    parser.add_argument("--cells", type=int, action="append", help="instead of all")
    parser.add_argument("--look", action="append", choices=("blur", "mosaic", "fill"), help="instead of all")
    parser.add_argument("--attacker", action="append", choices=ATTACKERS, help="instead of all")
    asked = parser.parse_args()
    results = {}
    for name in SETS:
        start = time.monotonic()
        result = measure_reidentify(
            asked.data / name,
            looks=asked.look or ("blur", "mosaic", "fill"),
            cells=asked.cells or CELLS,
            attackers=asked.attacker or ATTACKERS,
            to=None if asked.to is None else asked.to / name,
        )
        results[name] = result.to_dict()["figures"]
        print(f"# {name}: {time.monotonic() - start:.0f} s", *result.lines(), sep="\n", flush=True)
    print("# how far the AUC lies above the control arm's, at the most, over both sets and the attackers that count")
    for arm, worst in sorted(worst_of(list(results.values())).items(), key=lambda item: item[1]):
        print(f"{arm:<16}{worst:+.3f}{'   within the bar' if worst <= BAR else ''}")


def worst_of(results: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """For each arm the largest AUC above the control arm's, over results and the attackers that count."""
    worst: dict[str, float] = {}
    for figures in results:
        for arm, told in figures["arms"].items():
            for attacker in set(JUDGED) & set(told["attackers"]):
                above = told["attackers"][attacker]["auc_above_control"]["value"]
                worst[arm] = max(worst.get(arm, -1.0), above)
    return worst


if __name__ == "__main__":
    main()
