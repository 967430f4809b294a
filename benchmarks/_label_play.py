"""Answers that were given once, asked for again one by one: what a rule of stopping would have cost and found."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from overpaint.review.crowd import (
    LabelSkills,
    Votes,
    VoteTable,
    calibrated,
    fit_dawid_skene,
    next_step,
    posterior_of,
)

__all__ = ["Crowd", "Played", "Rule", "dynamic", "everything", "interval", "mturk", "play", "table", "with_gold"]

Floats = npt.NDArray[np.float64]
Answers = dict[str, list[tuple[str, str]]]
Verdict = tuple[str, float] | None
Rule = Callable[
    [Sequence[tuple[str, str]], bool], Verdict
]  # answers so far, are these all: label and how sure, or None
DRAWS = 2000


@dataclass(frozen=True)
class Crowd:
    """Answers by item, and the truths of the items."""

    answers: Answers
    truths: dict[str, str]
    labels: tuple[str, ...]

    @classmethod
    def read(cls, folder: Path, name: str) -> Crowd:
        with (folder / f"{name}_labels.csv").open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        with (folder / f"{name}_gold.csv").open(encoding="utf-8") as file:
            truths = {row["item"]: row["gold"] for row in csv.DictReader(file)}
        answers: Answers = {}
        for row in rows:
            answers.setdefault(row["item"], []).append((row["worker"], row["label"]))
        return cls(answers, truths, tuple(sorted({row["label"] for row in rows})))

    def part(self, items: Sequence[str]) -> Crowd:
        return Crowd({i: self.answers[i] for i in items}, {i: self.truths[i] for i in items}, self.labels)

    def votes(self) -> Votes:
        return Votes.of(((i, w, said) for i, given in self.answers.items() for w, said in given), labels=self.labels)

    def right(self, best: dict[str, str]) -> Floats:
        return np.array([best[item] == truth for item, truth in self.truths.items()], np.float64)


@dataclass(frozen=True)
class Played:
    """Of each item: answers asked for, share of the repeats in which the verdict was right, and how sure it was."""

    cost: Floats
    right: Floats
    sure: Floats


def mturk(folder: Path) -> Crowd:
    """Five anonymous answers on each image: is ImageNet's label right? The truth is what most of the five said."""
    rows = json.loads((folder / "imagenet_label_errors_mturk.json").read_text("utf-8"))
    rng = np.random.default_rng(0)
    answers: Answers = {}
    truths = {}
    for row in rows:
        said, name = row["mturk"], f"{row['id']:05d}"
        yes = said["given"] + said["both"]
        votes = rng.permutation(["yes"] * yes + ["no"] * (said["guessed"] + said["neither"])).tolist()
        answers[name] = [(f"person {place}", vote) for place, vote in enumerate(votes)]
        truths[name] = "yes" if 2 * yes > len(votes) else "no"
    return Crowd(answers, truths, ("no", "yes"))


def play(crowd: Crowd, rule_of: Callable[[Crowd], Rule], *, repeats: int = 1, folds: int = 2) -> Played:
    """Each part of the items by a rule learned from the others; the answers of an item come in a random order."""
    items = list(crowd.truths)
    cost, right, sure = (dict.fromkeys(items, 0.0) for _ in range(3))
    for repeat in range(repeats):
        rng = np.random.default_rng(repeat)
        shuffled = rng.permutation(items).tolist()
        for fold in range(folds):
            held = set(shuffled[fold::folds])
            rule = rule_of(crowd.part([item for item in shuffled if item not in held]))
            for item in shuffled[fold::folds]:
                given = [crowd.answers[item][at] for at in rng.permutation(len(crowd.answers[item]))]
                asked, verdict = _one(rule, given)
                cost[item] += asked / repeats
                right[item] += (verdict[0] == crowd.truths[item]) / repeats
                sure[item] += verdict[1] / repeats
    return Played(*(np.array(list(of.values())) for of in (cost, right, sure)))


def _one(rule: Rule, given: Sequence[tuple[str, str]]) -> tuple[int, tuple[str, float]]:
    for asked in range(len(given) + 1):
        verdict = rule(given[:asked], asked == len(given))
        if verdict is not None:
            return asked, verdict
    raise AssertionError("a rule must say something of all answers")


def everything(learned: Crowd) -> Rule:
    """All answers, and the label that most said."""

    def rule(given: Sequence[tuple[str, str]], last: bool) -> Verdict:
        counts = [sum(said == label for _, said in given) for label in learned.labels]
        return (learned.labels[int(np.argmax(counts))], max(counts) / max(1, len(given))) if last else None

    return rule


def table(
    learned: Crowd, *, sure: float, truths: str = "majority", fewest: int = 10, yes: str = "yes", no: str = "no"
) -> Rule:
    """ImageNet 2009; its truths by majority, or by Dawid & Skene."""
    counts = [(sum(s == yes for _, s in given), sum(s == no for _, s in given)) for given in learned.answers.values()]
    believed = None
    if truths == "dawid-skene":
        fit = fit_dawid_skene(learned.votes())
        at = {item: place for place, item in enumerate(fit.votes.items)}
        believed = [float(fit.posterior[at[item], learned.labels.index(yes)]) for item in learned.answers]
    votes = VoteTable.of(counts, truths=believed, fewest=fewest, accept=sure, reject=1 - sure)

    def rule(given: Sequence[tuple[str, str]], last: bool) -> Verdict:
        ayes = sum(said == yes for _, said in given)
        chance = votes.p(ayes, len(given) - ayes)
        if votes.decide(ayes, len(given) - ayes) == "ask" and not last:
            return None
        return (yes, chance) if chance > 0.5 else (no, 1 - chance)

    return rule


def with_gold(learned: Crowd, *, gold: int) -> LabelSkills:
    """Skills from the answers, and how sure they may be from the truths of some items."""
    skills = fit_dawid_skene(learned.votes()).to_skills()
    return calibrated(skills, learned.votes(), dict(list(learned.truths.items())[:gold]))


def dynamic(learned: Crowd, *, target: float, cost: float = 0.0, gold: int = 0) -> Rule:
    """`next_step`, with the skills of the other items' answers."""
    skills = with_gold(learned, gold=gold)
    limit = max(len(given) for given in learned.answers.values())

    def rule(given: Sequence[tuple[str, str]], last: bool) -> Verdict:
        posterior = posterior_of(given, skills)
        step = next_step(posterior, skills, target=target, cost=cost, given=len(given), limit=limit)
        return None if step.ask and not last else (learned.labels[int(posterior.argmax())], float(posterior.max()))

    return rule


def interval(values: Floats, *, seed: int = 0) -> tuple[float, float, float]:
    """Mean, and a 95 % bootstrap interval over items."""
    rng = np.random.default_rng(seed)
    means = [values[rng.integers(0, len(values), len(values))].mean() for _ in range(DRAWS)]
    low, high = np.quantile(means, (0.025, 0.975))
    return float(values.mean()), float(low), float(high)
