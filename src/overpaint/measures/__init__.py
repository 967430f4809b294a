"""What painting cost: how much of each labelled object was painted, and whether a classifier still knows the label."""

from overpaint.measures._classifier import CLASSES, CLASSIFIER, Classifier
from overpaint.measures._coverage import covered
from overpaint.measures._features import FEATURES, Features

__all__ = ["CLASSES", "CLASSIFIER", "FEATURES", "Classifier", "Features", "covered"]
