"""A linear probe: how much of other classes can be read from features by a straight cut."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from overpaint.measures._intervals import need_scipy

__all__ = ["probed"]

PENALTY = 1e-2
_STEPS = 200

Floats = npt.NDArray[np.float64]


def probed(
    features: npt.NDArray[np.float32], labels: npt.NDArray[np.int64], test: npt.NDArray[np.bool_]
) -> npt.NDArray[np.bool_]:
    """Which tests a softmax regression answers rightly that was taught on the rest.

    Features are standardised by those that it is taught on; half the penalty `PENALTY` times the squared weights (not
    the biases) is added to the mean loss, which L-BFGS makes smallest (Nocedal 1980).

    Parameters
    ----------
    features
        [n, width].
    labels
        [n], places from 0.
    test
        [n]; the others are taught on.
    """
    need_scipy()
    from scipy.optimize import minimize

    given = features.astype(np.float64)
    mean, spread = given[~test].mean(0), given[~test].std(0)
    given = (given - mean) / np.where(spread > 1e-9, spread, 1.0)
    taught, answers = given[~test], labels[~test]
    classes = int(labels.max()) + 1
    shape = given.shape[1] + 1, classes

    def loss(flat: Floats) -> tuple[float, Floats]:
        weights = flat.reshape(shape)
        logits = taught @ weights[:-1] + weights[-1]
        logits -= logits.max(1, keepdims=True)
        powers = np.exp(logits)
        shares = powers / powers.sum(1, keepdims=True)
        value = -np.log(np.maximum(shares[np.arange(len(answers)), answers], 1e-300)).mean()
        shares[np.arange(len(answers)), answers] -= 1
        shares /= len(answers)
        slope = np.vstack([taught.T @ shares + PENALTY * weights[:-1], shares.sum(0)])
        return float(value + PENALTY / 2 * (weights[:-1] ** 2).sum()), slope.ravel()

    found = minimize(loss, np.zeros(shape).ravel(), jac=True, method="L-BFGS-B", options={"maxiter": _STEPS})
    weights = found.x.reshape(shape)
    said = (given[test] @ weights[:-1] + weights[-1]).argmax(1)
    return np.asarray(said == labels[test])
