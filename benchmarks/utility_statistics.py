"""Utility: do its intervals hold the truth, is the share of false discoveries held, and what could be seen?

    python benchmarks/utility_statistics.py [--rounds 1000] [--seed 0]

Experiments are simulated from outputs: what an image shows of each class, what each training makes of the image, and
what each training thinks of each class (by classes differently much), in two arms with common seeds. Rounds are
experiments; brackets are 95 % intervals over rounds. Exits with 2 where an interval of the product holds the truth in
fewer than 93 % of the rounds, or more than 5 % of what it names is false (beyond what chance of the rounds allows).
"""

from __future__ import annotations

import argparse
import math
import sys
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from _tables import table
from overpaint.measures import Predictions
from overpaint.measures._confusables import swaps
from overpaint.measures._discoveries import benjamini_hochberg
from overpaint.measures._utility_cells import Cells, Contrast, cells_of
from overpaint.measures._utility_classes import ClassTests, class_tests, precisions
from overpaint.measures._utility_paired import Differences, paired
from overpaint.measures._utility_power import power_of
from overpaint.measures._utility_scores import hits, scored
from overpaint.measures._utility_share import rank_correlation

CLASSES, IMAGES, NOISE, BIAS = 20, 20, 0.6, 0.15
OWN = Contrast("redacted - recompressed", ("redacted", "redacted"), ("recompressed", "recompressed"), "")
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Design:
    """An experiment: seeds, and by how much the true output of some classes, or of some images, falls."""

    name: str
    seeds: int
    drop: float = 0.0
    dropped: int = 0
    classes: int = CLASSES
    images: int = IMAGES
    struck: float = 0.0  # share of the images, by chance, whose true output falls by 3
    noise: float = NOISE


def experiment(design: Design, draw: np.random.Generator) -> list[Predictions]:
    """One experiment's predictions."""
    classes, seeds = design.classes, design.seeds
    labels = np.repeat(np.arange(classes), design.images)
    n = len(labels)
    shown = draw.normal(0, 1, (n, classes))
    shown[np.arange(n), labels] += 2.5
    spread = BIAS * np.exp(draw.normal(0, 0.5, classes))
    keys, names = tuple(map(str, range(n))), tuple(f"n{c:08d}" for c in range(classes))
    struck = 3.0 * (draw.random(n) < design.struck) if design.struck else 0.0
    common = draw.normal(0, 1, (seeds, classes)) * spread
    found = []
    for arm in ("recompressed", "redacted"):
        for s in range(seeds):
            bias = common[s] + draw.normal(0, 1, classes) * spread
            logits = shown + draw.normal(0, design.noise, (n, classes)) + bias
            if arm == "redacted":
                logits[np.arange(n), labels] -= design.drop * (labels < design.dropped) + struck
            found.append(Predictions(arm, s, labels, logits.astype(np.float32), keys, names))
    return found


def tested(cells: Cells) -> tuple[Floats, ClassTests, Floats]:
    """Top-1 differences [seeds, images], the tests by class, and differences of average precision [seeds, classes]."""
    own = {(arm, s): scored(each) for (arm, _), s, each in cells.every()}
    seeds = cells.paired(OWN.of, OWN.against)
    right = np.array([own["redacted", s].top1 - own["recompressed", s].top1 for s in seeds])
    of = precisions(cells, own, (OWN,))
    values = np.array([of.of["redacted", s] - of.of["recompressed", s] for s in seeds])
    return right, class_tests(cells, own, of, OWN, level=0.95), values


# ------------------------------------------------------------------- intervals


def pigeonhole(rows: Floats, draw: np.random.Generator, rounds: int = 400) -> tuple[float, float]:
    """Both resampled, percentiles (Owen 2007)."""
    seeds, n = rows.shape
    of_seeds = draw.multinomial(seeds, np.full(seeds, 1 / seeds), rounds) / seeds
    of_images = draw.multinomial(n, np.full(n, 1 / n), rounds) / n
    means = ((of_seeds @ rows) * of_images).sum(axis=1)
    return float(np.quantile(means, 0.025)), float(np.quantile(means, 0.975))


def images_alone(rows: Floats) -> tuple[float, float]:
    """A bootstrap of images alone, in its limit: what is usual where there is one training."""
    each = rows.mean(axis=0)
    half = 1.96 * float(each.std(ddof=1)) / math.sqrt(len(each))
    return float(each.mean()) - half, float(each.mean()) + half


def coverage(rounds: int, seed: int) -> bool:
    """How often intervals of the top-1 difference hold the truth, and how wide they are for the true deviation."""
    fine, lines = True, []
    for design in (
        Design("nothing lost, 3 seeds", 3),
        Design("nothing lost, 5 seeds", 5),
        Design("4 of 20 classes lose, 5 seeds", 5, drop=0.8, dropped=4),
        Design("6 classes, 5 seeds", 5, classes=6, images=45),
        Design("a fifth of the images loses, 5 seeds", 5, struck=0.2, noise=0.2),
    ):
        draw = np.random.default_rng([seed, 1])
        kept: dict[str, list[tuple[float, float]]] = {}
        middles = []
        for _ in range(rounds):
            cells = cells_of(experiment(design, draw))
            top1 = {(arm, s): hits(each.logits, each.labels, 1) for (arm, _), s, each in cells.every()}
            right = np.array([top1["redacted", s] - top1["recompressed", s] for s in range(design.seeds)])
            found = paired(Differences.of_mean(right))
            middles.append(found.value)
            ends = {
                "seeds and images (the product's)": (found.both.low, found.both.high),
                "seeds alone, Student": (found.seeds.low, found.seeds.high),
                "pigeonhole bootstrap": pigeonhole(right, draw),
                "images alone": images_alone(right),
            }
            for name, (low, high) in ends.items():
                kept.setdefault(name, []).append((float(low or 0), float(high or 0)))
        truth, deviation = float(np.mean(middles)), float(np.std(middles))  # of all rounds: its error is 1/30 of one's
        for name, intervals in kept.items():
            low, high = np.array(intervals).T
            held = float(((low <= truth) & (truth <= high)).mean())
            width = float((high - low).mean() / (2 * 1.96 * deviation))
            lines.append([design.name, name, f"{held:.1%}", f"{width:.2f}"])
            fine &= "product" not in name or held >= 0.93 - 2 * math.sqrt(0.05 * 0.95 / rounds)
    print(
        "\n" + table(("design", "interval", "holds the truth", "width / (2 x 1.96 x true deviation)"), lines),
        flush=True,
    )
    return fine


# ------------------------------------------------------------------ discoveries


def by_swapped_images(cells: Cells, values: Floats) -> Floats:
    """p-values by class where seeds are taken for granted: the images' recall alone, by their signs."""
    own = {(arm, s): scored(each) for (arm, _), s, each in cells.every()}
    seeds = cells.paired(OWN.of, OWN.against)
    right = np.mean([own["redacted", s].top1 - own["recompressed", s].top1 for s in seeds], axis=0)
    found = []
    for index in range(values.shape[1]):
        each = right[cells.labels == index]
        spread = each.std(ddof=1)
        found.append(1.0 if spread == 0 else float(stats.ttest_1samp(each, 0).pvalue))
    return np.array(found)


def discoveries(rounds: int, seed: int) -> bool:
    """The share of false ones among classes that are named, and how many of the dropped ones are."""
    fine, lines = True, []
    for design in (
        Design("nothing lost, 3 seeds", 3),
        Design("nothing lost, 5 seeds", 5),
        Design("4 of 20 lose, 3 seeds", 3, drop=0.4, dropped=4),
        Design("4 of 20 lose, 5 seeds", 5, drop=0.4, dropped=4),
        Design("1 of 6 loses, 5 seeds", 5, drop=0.6, dropped=1, classes=6, images=45),
    ):
        draw = np.random.default_rng([seed, 2])
        false: dict[str, list[float]] = {}
        seen: dict[str, list[float]] = {}
        loss, swapped = [], 0
        for _ in range(rounds):
            cells = cells_of(experiment(design, draw))
            _, tests, values = tested(cells)
            student = stats.ttest_1samp(values, 0, axis=0).pvalue
            ways = {
                "the product's": np.array([row.q for row in tests.rows], np.float64),
                "Student's t of each class": benjamini_hochberg(np.nan_to_num(student, nan=1.0)),
                "images alone, recall": benjamini_hochberg(by_swapped_images(cells, values)),
            }
            for name, q in ways.items():
                named = q <= 0.05
                wrong = int(named[design.dropped :].sum())
                false.setdefault(name, []).append(wrong / max(1, int(named.sum())))
                if design.dropped:
                    seen.setdefault(name, []).append(float(named[: design.dropped].mean()))
            loss.append(float(values[:, : design.dropped].mean()) if design.dropped else 0.0)
            own = {(arm, s): scored(each) for (arm, _), s, each in cells.every()}
            swapped += bool(swaps(cells, own, OWN, tests, level=0.95))
        for name, shares in false.items():
            rate, error = float(np.mean(shares)), float(np.std(shares)) / math.sqrt(rounds)
            power = f"{np.mean(seen[name]):.0%}" if design.dropped else ""
            lost = f"{100 * np.mean(loss):.1f}" if design.dropped else ""
            lines.append([design.name, lost, name, f"{rate:.1%} (+- {1.96 * error:.1%})", power])
            fine &= "product" not in name or rate <= 0.05 + 1.96 * error
        print(
            f"{design.name}: a pair was named as swapped in {swapped / rounds:.1%} of the rounds (none was)", flush=True
        )
    print("\n" + table(("design", "AP lost, points", "p-values", "false among the named", "of the lost found"), lines))
    return fine


# ------------------------------------------------------------------------ power


def power(rounds: int, seed: int) -> bool:
    """Whether a drop as large as the power says is seen four times in five."""
    draw = np.random.default_rng([seed, 3])
    lines = []
    for seeds in (3, 5, 10):
        deviation, said, seen = 0.01, [], 0
        for _ in range(rounds):
            values = draw.normal(0, deviation, seeds)
            rows = np.repeat(values[:, None], 4, axis=1)
            differences = Differences.of_mean(rows)
            said.append(float(power_of(differences, paired(differences)).seeds.value or 0))
        true = float(np.sqrt(np.mean(np.square(said))))  # of the true deviation: variances are unbiased
        for _ in range(rounds):
            seen += bool(stats.ttest_1samp(draw.normal(true, deviation, seeds), 0).pvalue <= 0.05)
        low, high = np.quantile(said, (0.05, 0.95))
        lines.append([str(seeds), f"{100 * true:.2f}", f"{seen / rounds:.1%}", f"{100 * low:.2f} to {100 * high:.2f}"])
    head = ("seeds", "smallest drop, of seeds 1 point apart", "seen", "what experiments say, 90 % of them")
    print("\n" + table(head, lines))
    return True


def correlations(rounds: int, seed: int) -> bool:
    """How often the interval of a rank correlation holds the truth."""
    draw = np.random.default_rng([seed, 4])
    lines, fine = [], True
    for rho, n, seeds in ((0.0, 200, 5), (-0.4, 200, 5), (-0.4, 60, 3)):
        held = 0
        truth = 6 / math.pi * math.asin(rho / math.sqrt(1.5) / 2)
        for number in range(rounds // 2):
            share = draw.normal(size=n)
            change = rho * share + math.sqrt(1 - rho**2) * draw.normal(size=n)
            rows = change + math.sqrt(0.5) * draw.normal(size=(seeds, n))
            found = rank_correlation(share, rows, seed=number, level=0.95, unit="images")
            held += bool(found.low is not None and found.high is not None and found.low <= truth <= found.high)
        lines.append([f"{truth:.2f}", str(n), str(seeds), f"{2 * held / rounds:.1%}"])
        fine &= 2 * held / rounds >= 0.93 - 2 * math.sqrt(0.05 * 0.95 / (rounds // 2))
    print("\n" + table(("rank correlation", "images", "seeds", "holds the truth"), lines), flush=True)
    return fine


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rounds", type=int, default=1000)
    arguments.add_argument("--seed", type=int, default=0)
    given = arguments.parse_args()
    parts = (power, correlations, coverage, discoveries)
    held = [part(given.rounds, given.seed) for part in parts]
    return 0 if all(held) else 2


if __name__ == "__main__":
    sys.exit(main())
