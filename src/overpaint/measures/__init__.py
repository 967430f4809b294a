"""How good, how safe, at what price: what was missed, who can still be recognised, what it cost the models.

The verbs are those of ``overpaint measure``: `residual`, `reidentify`, `detection`, `utility`, `strength`, `tools`,
`person_labels`. Each gives a `Measured`: figures with intervals, and what somebody needs to repeat it.

Below them: how much of each labelled object was painted, whether a classifier still knows the label, and which labels
predictions doubt that did not see them.
"""

from importlib import import_module
from typing import Any

from overpaint.measures._callers import Caller, open_caller
from overpaint.measures._classifier import CLASSES, CLASSIFIER, Classifier
from overpaint.measures._coverage import covered
from overpaint.measures._detection_hold import KIND_LABELS, DetectionWay, SeenFrame, TrueImage, true_image, upright_box
from overpaint.measures._detection_match import LEAST_HEIGHT, OVERLAP
from overpaint.measures._detection_plots import detection_plots
from overpaint.measures._detection_tell import NOT_MEASURED, detection_figures
from overpaint.measures._embedders import EMBEDDERS, Embedder, embedder, embedder_names, remembering
from overpaint.measures._features import FEATURES, Features
from overpaint.measures._intervals import bootstrap, mean_over_seeds, need_scipy, share
from overpaint.measures._label_errors import Doubts, ErrorCounts, count_errors, doubt, need_cleanlab
from overpaint.measures._label_folds import Foretold, common_enough, folds_of, out_of_sample
from overpaint.measures._person_labels import FIRST, VIEWS, Called, Rated, called_figures, group_gaps
from overpaint.measures._plots import Plot, curves, drawing, intervals, rendered
from overpaint.measures._reid_attacks import attack_naive, attack_parrot
from overpaint.measures._reid_faces import Face, found_face, without_core
from overpaint.measures._reid_figures import Figures, excess, figures_of
from overpaint.measures._reid_scores import Scores
from overpaint.measures._residual import Residual, estimate_residual
from overpaint.measures._residual_recapture import Recapture, capture_recapture
from overpaint.measures._residual_sample import Audit, draw_audit
from overpaint.measures._residual_weighted import estimate_weighted
from overpaint.measures._result import Estimate, Input, Measured, file_input
from overpaint.measures._truth import open_truth
from overpaint.measures._truth_groups import Supplied, read_groups

__all__ = [
    "CLASSES",
    "CLASSIFIER",
    "EMBEDDERS",
    "FEATURES",
    "FIRST",
    "KIND_LABELS",
    "LEAST_HEIGHT",
    "NOT_MEASURED",
    "OVERLAP",
    "VIEWS",
    "Audit",
    "Called",
    "Caller",
    "Classifier",
    "DetectionWay",
    "Doubts",
    "Embedder",
    "ErrorCounts",
    "Estimate",
    "Face",
    "Features",
    "Figures",
    "Foretold",
    "Input",
    "Measured",
    "Plot",
    "Rated",
    "Recapture",
    "Residual",
    "Scores",
    "SeenFrame",
    "Supplied",
    "TrueImage",
    "attack_naive",
    "attack_parrot",
    "bootstrap",
    "called_figures",
    "capture_recapture",
    "common_enough",
    "count_errors",
    "covered",
    "curves",
    "detection_figures",
    "detection_plots",
    "doubt",
    "draw_audit",
    "drawing",
    "embedder",
    "embedder_names",
    "estimate_residual",
    "estimate_weighted",
    "excess",
    "figures_of",
    "file_input",
    "folds_of",
    "found_face",
    "group_gaps",
    "intervals",
    "mean_over_seeds",
    "need_cleanlab",
    "need_scipy",
    "open_caller",
    "open_truth",
    "out_of_sample",
    "read_groups",
    "remembering",
    "rendered",
    "share",
    "true_image",
    "upright_box",
    "without_core",
]

_LATE: dict[str, str] = {
    "residual": "measure_residual",
    "reidentify": "measure_reidentify",
    "strength": "measure_strength",
    "person_labels": "measure_person_labels",
    "detection": "measure_detection",
}
"""Verbs that need datasets or runs, by the name of the function that the rooms above this one offer."""


def __getattr__(name: str) -> Any:
    if name in _LATE:
        return getattr(import_module("overpaint.jobs"), _LATE[name])
    raise AttributeError(f"module 'overpaint.measures' has no attribute {name!r}")
