"""Where the predictions come from that labels are held against: taught here, or a maintainer's own."""

from __future__ import annotations

import math
import warnings
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overpaint import engines, formats, measures, models
from overpaint.errors import LabelsError, OverpaintWarning
from overpaint.jobs._labels_errors_file import Predictions
from overpaint.jobs._labels_errors_read import Labelled, features_of
from overpaint.jobs._labels_errors_rows import Judged
from overpaint.jobs._listed import first_key
from overpaint.jobs._runs import Progress
from overpaint.rundir import Run

__all__ = ["taught", "told"]

_SOME = 30
_MUCH = 1_000_000  # samples times classes from which on several threads learn faster than one


def taught(
    run: Run,
    refs: Sequence[formats.ShardRef],
    samples: Labelled,
    folds: int,
    seed: int,
    workers: int | None,
    progress: Progress | None,
) -> tuple[Judged, Counter[str], dict[str, Any]]:
    """Predictions that are made here, of the classes that have enough samples for it."""
    seen, features = features_of(run, refs, samples, workers=workers, progress=progress)
    enough = measures.common_enough(seen.classes()[1], seen.apart(), least=folds) if len(seen) else np.empty(0, bool)
    seen, features = seen.only(enough, "fewer-than-folds"), features[enough]
    names, given = seen.classes()
    if len(names) < 2:
        raise LabelsError(
            f"{run.path}: there are no two classes with {folds} samples or more (copies count as one), so that nothing "
            "can be learned; give fewer --folds, or --predictions"
        )
    beat = None if progress is None else lambda done, of: progress("learning", done, of)
    threads = (workers or engines.default_workers()) if len(seen) * len(names) >= _MUCH else 1
    told = measures.out_of_sample(
        features, given, groups=seen.apart(), folds=folds, seed=seed, threads=threads, beat=beat
    )
    kept = seen.only(told.judged, "alone-in-its-fold")
    given, probabilities = given[told.judged], told.probabilities[told.judged]
    doubts = measures.doubt(given, probabilities)
    how = {
        "what": f"a logistic regression on what {measures.CLASSIFIER} sees, {folds} folds",
        "source": "features",
        "model": measures.CLASSIFIER,
        "weights": models.entry(measures.CLASSIFIER).tensors_sha256,
        "folds": folds,
        "copies_kept_together": seen.groups is not None,
    }
    return Judged(kept, names, given, probabilities, doubts), kept.without, how


def told(
    run: Run, refs: Sequence[formats.ShardRef], samples: Labelled, theirs: Predictions, path: str
) -> tuple[Judged, Counter[str], dict[str, Any]]:
    """A maintainer's predictions, for the samples and labels that they speak of."""
    classes = theirs.classes
    if classes is None or theirs.keys is None:
        classes = samples.classes()[0]
        if theirs.probabilities.shape != (len(samples), len(classes)):
            raise LabelsError(
                f"--predictions {path}: it has {theirs.probabilities.shape[0]} rows and "
                f"{theirs.probabilities.shape[1]} columns; without keys they must be the {len(samples)} labelled "
                f"samples in the order of the listing and the {len(classes)} labels, sorted"
            )
    there, probabilities = theirs.of(samples.keys)
    kept = samples.only(there, "no-prediction")
    if not len(kept):
        raise LabelsError(
            f"--predictions {path}: none of its rows is a labelled sample of this run; keys are paths relative to "
            f"SOURCE, such as {first_key(run, refs)}"
        )
    places = {name: at for at, name in enumerate(classes)}
    known = np.array([label in places for label in kept.labels], bool)
    kept, probabilities = kept.only(known, "label-is-no-class-of-the-predictions"), probabilities[known]
    if not len(kept):
        raise LabelsError(
            f"--predictions {path}: none of its columns ({', '.join(classes[:3])}, ...) is a label of this run "
            f"({', '.join(samples.classes()[0][:3])}, ...)"
        )
    given = np.array([places[label] for label in kept.labels], np.int64)
    doubts = measures.doubt(given, probabilities)
    agree = float((doubts.guessed == given).mean())
    if agree < min(1.0, _chance(given, doubts.guessed, len(classes))):
        warnings.warn(
            f"the predictions agree with the given label of {agree:.1%} of the samples, which is what chance does: "
            "their rows or columns are most likely those of others",
            OverpaintWarning,
            stacklevel=3,
        )
    how = {"what": "a maintainer's file, out of sample by their word", "source": "file", "sha256": theirs.sha256}
    return Judged(kept, classes, given, probabilities, doubts), kept.without, how


def _chance(given: NDArray[np.int64], guessed: NDArray[np.int64], count: int) -> float:
    """The agreement that guesses of the same frequencies would hardly exceed if they knew nothing of the samples."""
    shares = [np.bincount(held, minlength=count) / len(held) for held in (given, guessed)]
    usual = float(shares[0] @ shares[1])
    # of few samples chance can make anything: there only what is worse than guessing is told
    return usual + (2 * math.sqrt(usual * max(0.0, 1 - usual) / len(given)) if len(given) >= _SOME else 0.0)
