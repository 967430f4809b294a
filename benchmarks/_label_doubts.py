"""How well a score ranks wrong labels above right ones, with intervals; and the scores that a crowd's answers give."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from _label_play import Crowd
from overpaint.review.crowd import LabelFit, LabelSkills, Votes, posterior_of

__all__ = ["Ranked", "auc", "each_answer", "expected_auc", "most_said", "planted", "precision"]

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Fit = Callable[[Votes], LabelFit]
DRAWS = 2000
FOLDS = 20


@dataclass(frozen=True)
class Ranked:
    """Given labels: how doubtful each is, whether it is wrong, and the number of the item that it is of."""

    doubt: Floats
    wrong: Bools
    item: npt.NDArray[np.int64]

    def figure(self, of: Callable[[Floats, Bools], float], *, seed: int = 0) -> tuple[float, float, float]:
        """A figure, and its 95 % bootstrap interval over items."""
        rng = np.random.default_rng(seed)
        _, item = np.unique(self.item, return_inverse=True)
        order = np.argsort(item, kind="stable")
        starts = np.searchsorted(item[order], np.arange(int(item.max()) + 2))
        drawn = []
        for _ in range(DRAWS):
            chosen = rng.integers(0, len(starts) - 1, len(starts) - 1)
            rows = order[_ranges(starts[chosen], starts[chosen + 1])]
            drawn.append(of(self.doubt[rows], self.wrong[rows]))
        low, high = np.nanquantile(drawn, (0.025, 0.975))
        return of(self.doubt, self.wrong), float(low), float(high)


def _ranges(starts: npt.NDArray[np.int64], ends: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The numbers from each start to its end, one after the other."""
    sizes = ends - starts
    return np.asarray(
        np.arange(int(sizes.sum())) + np.repeat(starts - np.concatenate([[0], np.cumsum(sizes)[:-1]]), sizes), np.int64
    )


def auc(doubt: Floats, wrong: Bools) -> float:
    """How often a wrong label is more doubtful than a right one; a draw counts half (Mann & Whitney's U)."""
    order = np.argsort(doubt, kind="stable")
    ranks = np.empty(len(doubt))
    ranks[order] = np.arange(1, len(doubt) + 1)
    values, place = np.unique(doubt, return_inverse=True)
    ranks = (np.bincount(place, ranks) / np.bincount(place))[place] if len(values) else ranks
    n, m = int(wrong.sum()), int((~wrong).sum())
    return float((ranks[wrong].sum() - n * (n + 1) / 2) / (n * m)) if n and m else float("nan")


def precision(at: float) -> Callable[[Floats, Bools], float]:
    """Of that share of the labels, the most doubtful, how many are wrong."""

    def of(doubt: Floats, wrong: Bools) -> float:
        return float(wrong[np.argsort(-doubt, kind="stable")[: max(1, round(at * len(doubt)))]].mean())

    return of


def expected_auc(doubt: Floats) -> float:
    """The AUC of probabilities that are right about themselves.

    Each label weighs as wrong by its probability, and as right by the rest.
    """
    values, place = np.unique(doubt, return_inverse=True)
    wrong, right = np.bincount(place, doubt), np.bincount(place, 1 - doubt)
    below = np.cumsum(right) - right
    del values
    return float((wrong * (below + right / 2)).sum() / (wrong.sum() * right.sum()))


def _folds(crowd: Crowd, fit: Fit) -> Iterator[tuple[LabelSkills, list[str]]]:
    """Items, and skills that were learned from all others: no answer says anything of its own item."""
    shuffled = np.random.default_rng(0).permutation(list(crowd.truths)).tolist()
    for fold in range(FOLDS):
        held = shuffled[fold::FOLDS]
        rest = crowd.part([item for item in shuffled if item not in set(held)])
        yield fit(rest.votes()).to_skills(), held


def each_answer(crowd: Crowd, fit: Fit, *, own: bool = False) -> Ranked:
    """Each answer is a given label; its doubt is how unlikely the item's other answers make it (with ``own``, all)."""
    places = {item: at for at, item in enumerate(crowd.truths)}
    doubt, wrong, items = [], [], []
    for skills, held in _folds(crowd, fit):
        for item in held:
            answers = crowd.answers[item]
            for at, (_, said) in enumerate(answers):
                seen = answers if own else answers[:at] + answers[at + 1 :]
                doubt.append(1 - float(posterior_of(seen, skills)[crowd.labels.index(said)]))
                wrong.append(said != crowd.truths[item])
                items.append(places[item])
    return Ranked(np.array(doubt), np.array(wrong), np.array(items))


def most_said(crowd: Crowd, fit: Fit, *, first: bool = False) -> Ranked:
    """What most said (or, with ``first``, who answered first) is the given label, its doubt of the (other) answers."""
    doubt, wrong, items = [], [], []
    places = {item: at for at, item in enumerate(crowd.truths)}
    for skills, held in _folds(crowd, fit):
        for item in held:
            answers = crowd.answers[item]
            counts = Counter(said for _, said in answers)
            given = answers[0][1] if first else min(counts, key=lambda label: (-counts[label], label))
            seen = answers[1:] if first else answers
            doubt.append(1 - float(posterior_of(seen, skills)[crowd.labels.index(given)]))
            wrong.append(given != crowd.truths[item])
            items.append(places[item])
    return Ranked(np.array(doubt), np.array(wrong), np.array(items))


def planted(crowd: Crowd, posterior: Sequence[Floats], *, share: float, seed: int) -> Ranked:
    """The truth is the given label, but for a share that was changed for another by chance; doubt is the crowd's."""
    rng = np.random.default_rng(seed)
    truth = np.array([crowd.labels.index(label) for label in crowd.truths.values()])
    wrong = np.zeros(len(truth), bool)
    wrong[rng.choice(len(truth), round(share * len(truth)), replace=False)] = True
    other = (truth + rng.integers(1, len(crowd.labels), len(truth))) % len(crowd.labels)
    given = np.where(wrong, other, truth)
    return Ranked(1 - np.array(posterior)[np.arange(len(given)), given], wrong, np.arange(len(given)))
