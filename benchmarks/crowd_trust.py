"""Planted workers found among real ones: who draws anywhere, copies, draws beside the thing, or leaves out small ones.

    python benchmarks/crowd_trust.py --data ../shared/data [--draws 100] [--out FILE] [--part all --part labels …]

In each draw one of each kind (and one honest newcomer) is made anew and planted among the 43 workers of
crowd/pedestrian_boxes_crowd.json; `overpaint.review.trust.suspicions` is asked once. Nothing of the experts is seen by
it: shifted, lazy and honest ones are made from the experts' boxes with real workers' errors, and to suspect a real
worker whose F1 against the experts is under 0.3 is right. Parts: `all`; the images in two halves (`images-a`,
`images-b`) and the workers (`workers-a`, `workers-b`); `answers` (how many answers it takes); `labels` (bluebirds,
imagenet_dogs); `simulated` (kinds that no file of real answers can show). Exits with 2 where the bar is missed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from _planted import PLANTED, Crowd, against_experts, careful, honest_errors, records_of
from _planted_labels import labels_part
from _planted_simulated import simulated_part
from _tables import table
from overpaint.reports._facts import wilson
from overpaint.review.trust import suspicions

ANSWERS = 100
SEED = 10_000
BAR_FOUND, BAR_FALSE, RIGHT = 0.95, 1.0, 0.3
PARTS = ("all", "images-a", "images-b", "workers-a", "workers-b", "answers", "labels", "simulated")


@dataclass
class Tally:
    """What many draws came to."""

    draws: int = 0
    seconds: float = 0.0
    found: Counter[str] = field(default_factory=Counter)
    named: Counter[str] = field(default_factory=Counter)
    all_four: int = 0
    false: int = 0
    right: int = 0
    newcomer: int = 0
    accused: Counter[str] = field(default_factory=Counter)

    @property
    def held(self) -> bool:
        """The bar: each kind in 95 % of the draws, and no more than one false accusation a draw."""
        return self.false <= BAR_FALSE * self.draws and all(
            self.found[kind] >= BAR_FOUND * self.draws for kind in PLANTED
        )


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--data", type=Path, required=True, help="real data: crowd/ is in it")
    arguments.add_argument("--draws", type=int, default=100)
    arguments.add_argument("--out", type=Path, help="the figures as JSON")
    arguments.add_argument("--part", action="append", choices=PARTS, help="only this; may be repeated")
    given = arguments.parse_args()
    crowd = Crowd.read(given.data / "crowd" / "pedestrian_boxes_crowd.json")
    told: dict[str, Any] = {}
    held = True
    for part in given.part or PARTS:
        if part == "labels":
            told[part] = labels_part(given.data / "crowd", given.draws)
        elif part == "simulated":
            told[part] = simulated_part(given.draws)
        elif part == "answers":
            for count in (20, 40, 60):
                told[f"{count} answers"] = _shown(
                    _draws(crowd, max(1, given.draws // 3), count), f"{count} answers each"
                )
        else:
            tally = _draws(_part(crowd, part), given.draws, ANSWERS)
            told[part] = _shown(tally, part)
            held = held and (part != "all" or tally.held)
    if given.out:
        given.out.write_text(json.dumps(told, indent=1))
    return 0 if held else 2


def _part(crowd: Crowd, name: str) -> Crowd:
    """Halves by a hash, so that nobody chose them."""
    if name == "all":
        return crowd
    what, side = name.split("-")
    half: Callable[[str], bool] = lambda key: (hashlib.sha256(key.encode()).digest()[0] % 2 == 0) == (side == "a")  # noqa: E731
    if what == "images":
        return crowd.part([image for image in crowd.images if half(image)])
    workers = {worker: answers for worker, answers in crowd.workers.items() if half(worker)}
    return Crowd(workers, crowd.experts, crowd.width, crowd.height)


def _draws(crowd: Crowd, draws: int, answers: int) -> Tally:
    """So many crowds with one of each kind, and an honest newcomer, among the real workers."""
    errors, f1 = honest_errors(crowd), against_experts(crowd)
    tally, start = Tally(), time.monotonic()
    for draw in range(draws):
        rng = np.random.default_rng(SEED + draw)
        workers = dict(crowd.workers)
        for name, (plant, _) in PLANTED.items():
            workers[f"planted {name}"] = plant(crowd, errors, rng, answers)
        workers["planted honest"] = careful(crowd, errors, rng, answers)
        found = suspicions(records_of(workers, rng, late=["planted copier"]))
        _count(tally, {(one.worker, one.kind) for one in found}, f1)
    tally.seconds = time.monotonic() - start
    return tally


def _count(tally: Tally, found: set[tuple[str, Any]], f1: Mapping[str, tuple[float, int]]) -> None:
    accused = {worker for worker, _ in found}
    tally.draws += 1
    for name, (_, kind) in PLANTED.items():
        tally.found[name] += f"planted {name}" in accused
        tally.named[name] += (f"planted {name}", kind) in found
    tally.all_four += all(f"planted {name}" in accused for name in PLANTED)
    tally.newcomer += "planted honest" in accused
    for worker in accused:
        if not worker.startswith("planted "):
            right = f1[worker][0] < RIGHT
            tally.right += right
            tally.false += not right
    for worker, kind in found:
        if not worker.startswith("planted "):
            tally.accused[f"F1 {f1[worker][0]:.2f}, {kind}"] += 1


def _shown(tally: Tally, title: str) -> dict[str, Any]:
    """Prints a table; gives the same as JSON. Names of workers are not in it, only their F1."""
    rows = [[name, _rate(tally.found[name], tally.draws), _rate(tally.named[name], tally.draws)] for name in PLANTED]
    rows.append(["all four", _rate(tally.all_four, tally.draws), ""])
    rows.append(["honest newcomer (must not be)", _rate(tally.newcomer, tally.draws), ""])
    print(f"\n{title}: {tally.draws} draws, {tally.seconds / max(1, tally.draws):.1f} s each")
    print(table(("planted", "suspected", "of the right thing"), rows))
    print(
        f"real workers suspected, a draw: wrongly {tally.false / tally.draws:.2f}, "
        f"rightly (F1 under {RIGHT}) {tally.right / tally.draws:.2f}"
    )
    print("; ".join(f"{what}: {count}" for what, count in tally.accused.most_common()) or "nobody")
    sys.stdout.flush()
    return {
        "draws": tally.draws,
        "found": dict(tally.found),
        "named": dict(tally.named),
        "all": tally.all_four,
        "newcomer": tally.newcomer,
        "false": tally.false,
        "right": tally.right,
        "real": dict(tally.accused),
        "held": tally.held,
    }


def _rate(part: int, whole: int) -> str:
    low, high = wilson(part, whole)
    return f"{part / whole:.0%} ({low:.0%} to {high:.0%})"


if __name__ == "__main__":
    sys.exit(main())
