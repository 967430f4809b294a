"""What painting cost: how much of each labelled object was painted, and whether a classifier still knows the label.

And what the labels are worth: which of them predictions doubt that did not see them (`out_of_sample`, `doubt`,
`count_errors`).
"""

from overpaint.measures._classifier import CLASSES, CLASSIFIER, Classifier
from overpaint.measures._coverage import covered
from overpaint.measures._features import FEATURES, Features
from overpaint.measures._label_errors import Doubts, ErrorCounts, count_errors, doubt, need_cleanlab
from overpaint.measures._label_folds import Foretold, common_enough, folds_of, out_of_sample

__all__ = [
    "CLASSES",
    "CLASSIFIER",
    "FEATURES",
    "Classifier",
    "Doubts",
    "ErrorCounts",
    "Features",
    "Foretold",
    "common_enough",
    "count_errors",
    "covered",
    "doubt",
    "folds_of",
    "need_cleanlab",
    "out_of_sample",
]
