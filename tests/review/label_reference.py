"""The label models as their papers write them, with loops over everything: slow, obvious, and what ours must equal."""

import itertools
import math


def by_item(votes):
    found = [[] for _ in votes.items]
    for item, worker, label in zip(votes.item.tolist(), votes.worker.tolist(), votes.label.tolist(), strict=True):
        found[item].append((worker, label))
    return found


def shares(votes):
    """T_ij before the first round: of the votes of i, how many say j."""
    width = len(votes.labels)
    return [
        [sum(1 for _, said in given if said == j) / len(given) if given else 1 / width for j in range(width)]
        for given in by_item(votes)
    ]


def counts(votes, posterior):
    """Σ_i T_ij n^k_il, as [k][j][l]."""
    width = len(votes.labels)
    return [
        [
            [
                sum(
                    posterior[i][j]
                    for i, given in enumerate(by_item(votes))
                    for w, said in given
                    if (w, said) == (k, label)
                )
                for label in range(width)
            ]
            for j in range(width)
        ]
        for k in range(len(votes.workers))
    ]


def scaled(row):
    return [x / sum(row) for x in row]


def held(row, truth):
    return row if truth is None else [float(j == truth) for j in range(len(row))]


def dawid_skene(votes, *, smoothing, rounds, known=None, pooling=0.0):
    """Prior, confusion, posterior, log-likelihood after so many rounds (Dawid & Skene 1979, eqs 2.3 to 2.5)."""
    width = len(votes.labels)
    truths = [votes.labels.index(known[name]) if name in (known or {}) else None for name in votes.items]
    posterior = [held(row, truth) for row, truth in zip(shares(votes), truths, strict=True)]
    for _ in range(rounds):
        prior = scaled([sum(row[j] for row in posterior) + smoothing for j in range(width)])
        seen = counts(votes, posterior)
        crowd = [[sum(one[j][said] for one in seen) for said in range(width)] for j in range(width)]
        for j, said in itertools.product(range(width), repeat=2):
            crowd[j][said] += (0.75 if j == said else 0.25 / (width - 1)) if width > 1 else 1.0
        pooled = [scaled(row) for row in crowd]
        confusion = [
            [
                scaled([a + pooling * b + smoothing for a, b in zip(*both, strict=True)])
                for both in zip(one, pooled, strict=True)
            ]
            for one in seen
        ]
        posterior, likelihood = [], 0.0
        for given, truth in zip(by_item(votes), truths, strict=True):
            joint = [
                math.exp(math.log(prior[j]) + sum(math.log(confusion[k][j][said]) for k, said in given))
                for j in range(width)
            ]
            joint = [x if truth in (None, j) else 0.0 for j, x in enumerate(joint)]
            likelihood += math.log(sum(joint))
            posterior.append(scaled(joint))
    return prior, confusion, posterior, likelihood


def one_coin(votes, *, smoothing, rounds):
    """Shares of right answers, posterior, log-likelihood."""
    width, posterior = len(votes.labels), shares(votes)
    for _ in range(rounds):
        prior = scaled([sum(row[j] for row in posterior) + smoothing for j in range(width)])
        right = []
        for k in range(len(votes.workers)):
            given = [posterior[i][said] for i, votes_of in enumerate(by_item(votes)) for w, said in votes_of if w == k]
            right.append((sum(given) + smoothing) / (len(given) + 2 * smoothing))
        posterior, likelihood = [], 0.0
        for given in by_item(votes):
            joint = [
                prior[j] * math.prod(right[k] if said == j else (1 - right[k]) / (width - 1) for k, said in given)
                for j in range(width)
            ]
            likelihood += math.log(sum(joint))
            posterior.append(scaled(joint))
    return right, posterior, likelihood


def glad_posterior(votes, ability, ease):
    """P(z = j | votes) at given α and log β: labels alike beforehand (Whitehill et al. 2009, eq. 3, for any labels)."""
    width, found = len(votes.labels), []
    for i, given in enumerate(by_item(votes)):
        chance = {k: 1 / (1 + math.exp(-ability[k] * math.exp(ease[i]))) for k, _ in given}
        found.append(
            scaled(
                [
                    math.prod(chance[k] if said == j else (1 - chance[k]) / (width - 1) for k, said in given)
                    for j in range(width)
                ]
            )
        )
    return found


def spammer_score(rows):
    """Raykar & Yu 2012: the mean squared distance of pairs of rows, 1 for a perfect worker."""
    pairs = list(itertools.combinations(rows, 2))
    return sum((a - b) ** 2 for one, other in pairs for a, b in zip(one, other, strict=True)) / (2 * len(pairs))


def gain(posterior, confusion, answers):
    """How much less wrong after so many answers: all sequences of answers, one by one."""
    width, expected = len(posterior), 0.0
    for said in itertools.product(range(width), repeat=answers):
        joint = [p * math.prod(confusion[j][one] for one in said) for j, p in enumerate(posterior)]
        expected += max(joint)
    return expected - max(posterior)


def passed(yes, no):
    """In what share of all orders of the votes an item comes through (y, n): every order, counted."""
    found = {}
    orders = list(itertools.combinations(range(yes + no), yes))
    for places in orders:
        order = [int(at in places) for at in range(yes + no)]
        for at in range(len(order) + 1):
            cell = (sum(order[:at]), at - sum(order[:at]))
            found[cell] = found.get(cell, 0) + 1 / len(orders)
    return found


def alpha(votes, scale):
    """Krippendorff's alpha from its definition: pairs of answers within items, and pairs of any answers."""
    units = [[said for _, said in given] for given in by_item(votes) if len(given) > 1]
    every = [said for unit in units for said in unit]

    def apart(a, b):
        if scale == "nominal":
            return float(a != b)
        low, high = min(a, b), max(a, b)
        between = sum(1 for said in every if low <= said <= high)
        return (between - (every.count(a) + every.count(b)) / 2) ** 2 if a != b else 0.0

    observed = sum(
        sum(apart(a, b) for x, a in enumerate(unit) for y, b in enumerate(unit) if x != y) / (len(unit) - 1)
        for unit in units
    ) / max(1, len(every))
    pairs = [apart(a, b) for x, a in enumerate(every) for y, b in enumerate(every) if x != y]
    expected = sum(pairs) / max(1, len(pairs))
    return 1 - observed / expected if expected > 0 else None
