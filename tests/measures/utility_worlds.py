"""Fabricated predictions with known effects: seeds, images and their noise, a drop of some classes, a swapped pair."""

from __future__ import annotations

import numpy as np
from scipy.stats import norm

from overpaint.measures._predictions import Predictions

ARMS = ("original", "recompressed", "redacted")


def world(
    seed=0,
    *,
    classes=12,
    images=15,
    seeds=5,
    arms=ARMS,
    drop=0.0,
    dropped=(),
    swap=(),
    by_share=None,
    noise=0.6,
    bias=0.2,
    trained=None,
):
    """Predictions of every arm tested on itself.

    The outputs are what an image shows of each class (shared by all), what a seed makes of the image, and what a seed
    thinks of a class in each arm. In the arm `redacted` the true class's output of the classes `dropped` falls by
    `drop`; that of all images by `by_share` times the image's share; `swap` (loses, gains, how much) moves the outputs
    of two classes against each other.
    """
    draw = np.random.default_rng([seed, 1])
    labels = np.repeat(np.arange(classes), images)
    n = len(labels)
    shown = draw.normal(0, 1, (n, classes))
    shown[np.arange(n), labels] += 2.5
    if swap:
        one, other = swap[:2]
        pair = np.isin(labels, (one, other))
        middle = 4 + shown[pair][:, [one, other]].mean(axis=1)
        spread = 0.6 * norm.ppf((np.arange(images) + 0.5) / images)
        own = np.where(labels[pair] == one, 0.2, -0.2) + np.tile(spread, 2)
        shown[np.ix_(pair, [one, other])] = np.stack([middle + own, middle - own], axis=1)
    shares = np.where(draw.random(n) < 0.6, draw.random(n) ** 2 / 2, 0.0)
    keys = tuple(f"k{place:05d}" for place in range(n))
    names = tuple(f"n{index:08d}" for index in range(classes))
    found = []
    for number, arm in enumerate(arms):
        for s in range(seeds):
            own_draw = np.random.default_rng([seed, 2, number, s])
            logits = shown + own_draw.normal(0, noise, (n, classes)) + own_draw.normal(0, bias, classes)
            if arm == "redacted":
                hit = np.isin(labels, dropped)
                logits[hit, labels[hit]] -= drop
                if by_share:
                    logits[np.arange(n), labels] -= by_share * shares
                if swap:
                    logits[:, swap[0]] -= swap[2] / 2
                    logits[:, swap[1]] += swap[2] / 2
            found.append(Predictions(arm, s, labels, logits.astype(np.float32), keys, names, trained or arm))
    return found, dict(zip(keys, shares.tolist(), strict=True))
