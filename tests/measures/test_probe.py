"""A linear probe reads what lies straight apart, and nothing where there is nothing."""

import numpy as np

from overpaint.measures._probe import PENALTY, probed


def made(apart, n=400, classes=4, width=6, seed=0):
    draw = np.random.default_rng(seed)
    labels = draw.integers(0, classes, n)
    centres = draw.normal(size=(classes, width)) * apart
    features = (centres[labels] + draw.normal(size=(n, width))) * draw.uniform(0.1, 100, width)
    return features.astype(np.float32), labels, np.arange(n) % 4 == 0


def test_what_lies_apart_is_told_apart():
    assert probed(*made(8)).mean() > 0.95
    assert abs(probed(*made(0, n=4000)).mean() - 0.25) < 0.06
    assert len(probed(*made(1))) == 100


def test_a_feature_that_never_changes_does_no_harm():
    features, labels, test = made(8)
    features[:, 2] = 7
    assert probed(features, labels, test).mean() > 0.9


def test_it_is_the_smallest_loss():
    """Against plain descent on the same loss, of two classes."""
    features, labels, test = made(1.0, n=120, classes=2, width=2)
    given = features.astype(float)
    given = (given - given[~test].mean(0)) / given[~test].std(0)
    weights = np.zeros((3, 2))
    for _ in range(4000):
        x, y = np.hstack([given[~test], np.ones(((~test).sum(), 1))]), labels[~test]
        shares = np.exp(x @ weights)
        shares /= shares.sum(1, keepdims=True)
        shares[np.arange(len(y)), y] -= 1
        slope = x.T @ shares / len(y)
        slope[:-1] += PENALTY * weights[:-1]
        weights -= 0.5 * slope
    said = (np.hstack([given[test], np.ones((test.sum(), 1))]) @ weights).argmax(1) == labels[test]
    np.testing.assert_array_equal(probed(features, labels, test), said)
