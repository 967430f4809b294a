"""Wrong labels: how well they are found, by a crowd's answers and by pictures.

    python benchmarks/label_errors.py [--crowd ../shared/data/crowd] [--pictures ../shared/data/imagenette2-160]

Brackets are 95 % bootstrap intervals over items (over pictures). AUC: how often a wrong label is more doubtful than a
right one. Nothing is chosen by the truths: skills of an item's people are learned from other items' answers, the model
is the one that the review uses, and the strength of the classifier was chosen by the log-loss of given (noisy) labels.
Exits with 2 where the bar, AUC 0.9 for planted wrong labels of the dogs, is missed.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from _label_doubts import Fit, Ranked, auc, each_answer, expected_auc, most_said, planted, precision
from _label_play import Crowd, Floats, interval
from _tables import table
from overpaint import labels, measures
from overpaint.review.crowd import LabelFit, Votes, fit_dawid_skene, fit_majority, fit_one_coin

BAR = 0.9
SEEDS = 20
MODELS: dict[str, Fit] = {
    "share of the answers": fit_majority,
    "one-coin": fit_one_coin,
    "Dawid-Skene": fit_dawid_skene,
    "Dawid-Skene, pooled (the review's)": partial(fit_dawid_skene, pooling=1.0),
}


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--crowd", type=Path, help="answers about dogs with truths, and votes on ImageNet's labels")
    arguments.add_argument("--pictures", type=Path, help="a folder of SPLIT/WNID/*.JPEG")
    given = arguments.parse_args()
    held = True
    if given.crowd:
        held = _dogs(given.crowd)
        _five_votes(given.crowd)
    if given.pictures:
        _pictures(given.pictures)
    return 0 if held else 2


# ------------------------------------------------------------------------- dogs


def _dogs(data: Path) -> bool:
    crowd = Crowd.read(data, "imagenet_dogs_4class")
    answers = sum(map(len, crowd.answers.values()))
    print(f"dogs: {len(crowd.truths)} items, {answers:,} answers\n")
    rows, best = [], 0.0
    for name, fit in MODELS.items():
        others, own = each_answer(crowd, fit), each_answer(crowd, fit, own=True)
        by_most, by_first = most_said(crowd, fit), most_said(crowd, fit, first=True)
        posterior = _in_order(crowd, fit)
        plants = [planted(crowd, posterior, share=0.1, seed=seed) for seed in range(SEEDS)]
        found = float(np.mean([auc(one.doubt, one.wrong) for one in plants]))
        best = found if "review" in name else best
        pooled = _together(plants)
        rows.append(
            [name, *(_three(one.figure(auc)) for one in (others, own, by_first, by_most)), _three(pooled.figure(auc))]
        )
        print(f"{name}: expected of itself, each answer by the others: {expected_auc(others.doubt):.3f}")
    head = ("doubt", "each answer, by the others", "by all ten", "the first, by the others", "the majority", "planted")
    print("\n" + table(head, rows))
    print(f"\nwrong: {each_answer(crowd, fit_majority).wrong.mean():.1%} of the answers, ", end="")
    print(f"{most_said(crowd, fit_majority).wrong.mean():.1%} of the majorities; planted: 10 %, {SEEDS} times")
    known = partial(_with_truths, truths=crowd.truths)
    print(f"\nskills from the truths of other items: {_three(each_answer(crowd, known).figure(auc))} ", end="")
    print(f"(each answer, by the others), {_three(most_said(crowd, known).figure(auc))} (the majority)")
    print(f"\nplanted, the review's model: {best:.3f}, {'at or above' if best >= BAR else 'BELOW'} {BAR}\n")
    return best >= BAR


def _with_truths(votes: Votes, *, truths: dict[str, str]) -> LabelFit:
    return fit_dawid_skene(votes, pooling=1.0, known={item: truths[item] for item in votes.items})


def _in_order(crowd: Crowd, fit: Fit) -> list[Floats]:
    """The posterior of each item, from all answers of all items: planted labels are none of them."""
    told = fit(crowd.votes())
    at = {item: place for place, item in enumerate(told.votes.items)}
    return [told.posterior[at[item]] for item in crowd.truths]


def _together(plants: list[Ranked]) -> Ranked:
    """Several plantings of the same items as one: an item's labels are drawn together."""
    parts = ([getattr(one, name) for one in plants] for name in ("doubt", "wrong", "item"))
    return Ranked(*(np.concatenate(part) for part in parts))


# ------------------------------------------------------------------- five votes


def _five_votes(data: Path) -> None:
    rows = json.loads((data / "imagenet_label_errors_mturk.json").read_text("utf-8"))
    said = np.array([[row["mturk"][what] for what in ("given", "guessed", "both", "neither")] for row in rows])
    print(f"ImageNet's validation labels that confident learning flagged: {len(rows):,}, five people each\n")
    most = np.where(said.max(axis=1) >= 3, said.argmax(axis=1), 4)
    crowd = _pooled(said)
    names = ("given", "guessed", "both", "neither", "no three agree")
    lines = []
    for at, name in enumerate(names):
        by_model = _share(interval((crowd.argmax(axis=1) == at).astype(float))) if at < 4 else ""
        votes = _share(interval(said[:, at] / 5)) if at < 4 else ""
        lines.append([name, votes, _share(interval((most == at).astype(float))), by_model])
    print(table(("what fits", "of the votes", "three of five say", "the crowd model says"), lines))
    wrong = said[:, 0] < 3
    print(f"\nnot three say that the given label alone fits: {_share(interval(wrong.astype(float)))}")
    bad = said[:, 0] + said[:, 2] < 3
    print(f"not three say that the given label fits at all: {_share(interval(bad.astype(float)))}\n")
    _ranks(rows, bad)


def _pooled(said: np.ndarray) -> Floats:
    """The posterior of given, guessed, both, neither where nobody is known: one confusion for all, by EM."""
    votes = [
        (str(at), f"person {place}", str(what))
        for at, row in enumerate(said)
        for place, what in enumerate(np.repeat(np.arange(4), row))
    ]
    told = fit_dawid_skene(Votes.of(votes, labels=("0", "1", "2", "3")), pooling=1e6)
    order = np.argsort([int(item) for item in told.votes.items])
    return np.asarray(told.posterior[order])


def _ranks(rows: list[dict[str, object]], bad: np.ndarray) -> None:
    """What may put flagged labels in an order before anybody has looked at them."""
    pairs = [(row["given_original_label"], row["our_guessed_label"]) for row in rows]
    each, both = Counter(pairs), Counter(frozenset(pair) for pair in pairs)
    classes = Counter(given for given, _ in pairs)
    tree, known = labels.wordnet(), labels.class_list("ilsvrc")
    apart = [_steps(tree, known.ids[int(str(one))], known.ids[int(str(other))]) for one, other in pairs]
    orders = {
        "flagged with the same two labels, often first": [each[pair] for pair in pairs],
        "either way round, often first": [both[frozenset(pair)] for pair in pairs],
        "flagged of the given class, often first": [classes[given] for given, _ in pairs],
        "steps between the two in WordNet, near first": [-steps for steps in apart],
    }
    place = np.arange(len(rows))
    lines = [[name, _three(Ranked(np.array(order, float), bad, place).figure(auc))] for name, order in orders.items()]
    print(table(("order", "AUC against: not three say that the given label fits"), lines) + "\n")


def _steps(tree: labels.Taxonomy, one: str | None, other: str | None) -> int:
    """Over how many hypernyms one comes from one to the other."""
    assert one is not None and other is not None
    up = {node: at for at, node in enumerate((one, *tree.ancestors(one)))}
    return min((up[node] + at for at, node in enumerate((other, *tree.ancestors(other))) if node in up), default=99)


# --------------------------------------------------------------------- pictures


def _pictures(folder: Path) -> None:
    files = sorted(folder.glob("*/*/*.JPEG"))
    names, given = np.unique([path.parent.name for path in files], return_inverse=True)
    held_out = np.array([path.parent.parent.name == "val" for path in files])
    network = measures.Features.open(threads=2)
    features = np.stack([network.of(cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)) for path in files])
    for what, mine in {"all": np.ones(len(files), bool), "val alone": held_out}.items():
        truth, seen = given[mine], features[mine]
        plants, flags, right, counted = [], [], [], []
        for seed in range(SEEDS if what == "all" else 5):
            one, flagged, guess, inside = _planted_pictures(seen, truth, len(names), seed)
            plants.append(one)
            flags.append(flagged)
            right.append(guess)
            counted.append(inside)
        together = _together(plants)
        flagged, wrong = np.concatenate(flags), together.wrong
        print(
            f"pictures, {what}: {len(truth)} of {len(names)} classes, 10 % of the labels changed, {len(plants)} times"
        )
        print(f"  AUC {_three(together.figure(auc))}")
        for share in (0.02, 0.05, 0.1):
            of = [precision(share)(one.doubt, one.wrong) for one in plants]
            print(f"  wrong among the {share:.0%} most doubtful: {np.mean(of):.1%} ({min(of):.1%} to {max(of):.1%})")
        print(
            f"  flagged {flagged.mean():.1%}, {wrong[flagged].mean():.1%} of them wrong, {flagged[wrong].mean():.1%} "
            f"of the wrong ones; the guess is the truth of {np.concatenate(right).mean():.1%} of the wrong ones"
        )
        print(f"  the interval of the estimate held the true number {sum(counted)} of {len(counted)} times\n")


def _planted_pictures(
    features: np.ndarray, truth: np.ndarray, classes: int, seed: int
) -> tuple[Ranked, np.ndarray, np.ndarray, bool]:
    rng = np.random.default_rng(seed)
    wrong = np.zeros(len(truth), bool)
    wrong[rng.choice(len(truth), round(0.1 * len(truth)), replace=False)] = True
    given = np.where(wrong, (truth + rng.integers(1, classes, len(truth))) % classes, truth)
    told = measures.out_of_sample(features, given, seed=seed)
    doubts = measures.doubt(given, told.probabilities)
    estimate, low, high = measures.count_errors(given, told.probabilities, seed=seed).total
    del estimate
    ranked = Ranked(1 - doubts.score, wrong, np.arange(len(truth)))
    return ranked, doubts.flagged, (doubts.guessed == truth)[wrong], low <= wrong.sum() <= high


def _three(figure: tuple[float, float, float]) -> str:
    return f"{figure[0]:.3f} ({figure[1]:.3f} to {figure[2]:.3f})"


def _share(figure: tuple[float, float, float]) -> str:
    return f"{figure[0]:.1%} ({figure[1]:.1%} to {figure[2]:.1%})"


if __name__ == "__main__":
    sys.exit(main())
