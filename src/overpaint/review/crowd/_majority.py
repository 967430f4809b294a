"""The label that most said: the baseline."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from overpaint.review.crowd._dawid_skene import SMOOTHING, confusion_of, log_joint_of, shares_of
from overpaint.review.crowd._label_em import check_size, first_guess, normalised
from overpaint.review.crowd._label_fit import LabelFit
from overpaint.review.crowd._votes import Votes

__all__ = ["fit_majority"]


def fit_majority(votes: Votes, *, known: Mapping[str, str] | None = None) -> LabelFit:
    """Shares of the votes as if they were probabilities, which they are not; everyone counts alike.

    Confusion matrices and scores are of each worker against these shares.

    Parameters
    ----------
    known
        Item → label, where the truth is known.
    """
    check_size(votes)
    posterior = first_guess(votes, known)
    prior, confusion = shares_of(posterior, SMOOTHING), confusion_of(votes, posterior, SMOOTHING)
    likelihood = normalised(log_joint_of(votes, prior, confusion))[1]
    return LabelFit(
        votes=votes,
        posterior=posterior,
        prior=prior,
        confusion=np.asarray(confusion),
        iterations=0,
        converged=True,
        log_likelihood=likelihood,
    )
