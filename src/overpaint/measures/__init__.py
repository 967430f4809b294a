"""How well people were found, and at what price: what was missed, who can be recognised, what it cost the models.

The verbs are those of ``overpaint measure``: `residual`, `reidentify`, `detection`, `utility`, `strength`, `tools`,
`person_labels`. Each gives a `Measured`: figures with intervals, and what somebody needs to repeat it.

Below them: how much of each labelled object was painted, whether a classifier still knows the label, and which labels
predictions doubt that did not see them.
"""

from importlib import import_module
from typing import Any

from overpaint.measures._arms import Arm, Material, parse_arms, share_painted
from overpaint.measures._callers import Caller, open_caller
from overpaint.measures._classifier import CLASSES, CLASSIFIER, Classifier
from overpaint.measures._coverage import covered
from overpaint.measures._cues import CueFigures, measure_cues
from overpaint.measures._cues_places import CuePicture
from overpaint.measures._cues_plots import cue_plots
from overpaint.measures._cues_saliency import SaliencyFigures, measure_saliency
from overpaint.measures._detection_hold import KIND_LABELS, DetectionWay, SeenFrame, TrueImage, true_image, upright_box
from overpaint.measures._detection_match import LEAST_HEIGHT, OVERLAP
from overpaint.measures._detection_plots import detection_plots
from overpaint.measures._detection_tell import NOT_MEASURED, detection_figures
from overpaint.measures._embedders import EMBEDDERS, Embedder, embedder, embedder_names, remembering
from overpaint.measures._features import FEATURES, Features
from overpaint.measures._intervals import bootstrap, mean_over_seeds, need_scipy, share
from overpaint.measures._label_errors import Doubts, ErrorCounts, count_errors, doubt, need_cleanlab
from overpaint.measures._label_folds import Foretold, common_enough, folds_of, out_of_sample
from overpaint.measures._networks import need_torch, network, with_weights
from overpaint.measures._paper_table import NetworkScores, format_table
from overpaint.measures._person_labels import FIRST, VIEWS, Called, Rated, called_figures, group_gaps
from overpaint.measures._pictures import Pictures, PicturesWriter, read_part
from overpaint.measures._plots import Plot, curves, drawing, intervals, rendered
from overpaint.measures._predictions import Predictions, load_predictions, save_predictions
from overpaint.measures._probe import probed
from overpaint.measures._recipe import Recipe, read_recipe
from overpaint.measures._reid_attacks import attack_naive, attack_parrot
from overpaint.measures._reid_faces import Face, found_face, without_core
from overpaint.measures._reid_figures import Figures, excess, figures_of
from overpaint.measures._reid_restored import Known, attack_restored
from overpaint.measures._reid_scores import Scores
from overpaint.measures._reid_trained import attack_trained
from overpaint.measures._residual import Residual, estimate_residual
from overpaint.measures._residual_acceptance import acceptance_size
from overpaint.measures._residual_effort import Effort, hours_per_finding, sample_size
from overpaint.measures._residual_recapture import Recapture, capture_recapture
from overpaint.measures._residual_sample import Audit, draw_audit
from overpaint.measures._residual_weighted import estimate_weighted
from overpaint.measures._result import Estimate, Input, Measured, file_input
from overpaint.measures._team import ALONE, Team, device_of, open_team
from overpaint.measures._trained import WEIGHTS, Trained, load_network
from overpaint.measures._training import Lesson, repeatable, train
from overpaint.measures._truth import open_truth
from overpaint.measures._truth_groups import Supplied, read_groups
from overpaint.measures._utility import compare
from overpaint.measures._utility_figures import UtilityFigures
from overpaint.measures._utility_plots import plots as utility_plots
from overpaint.measures._views import shrunk

__all__ = [
    "ALONE",
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
    "WEIGHTS",
    "Arm",
    "Audit",
    "Called",
    "Caller",
    "Classifier",
    "CueFigures",
    "CuePicture",
    "DetectionWay",
    "Doubts",
    "Effort",
    "Embedder",
    "ErrorCounts",
    "Estimate",
    "Face",
    "Features",
    "Figures",
    "Foretold",
    "Input",
    "Known",
    "Lesson",
    "Material",
    "Measured",
    "NetworkScores",
    "Pictures",
    "PicturesWriter",
    "Plot",
    "Predictions",
    "Rated",
    "Recapture",
    "Recipe",
    "Residual",
    "SaliencyFigures",
    "Scores",
    "SeenFrame",
    "Supplied",
    "Team",
    "Trained",
    "TrueImage",
    "UtilityFigures",
    "acceptance_size",
    "attack_naive",
    "attack_parrot",
    "attack_restored",
    "attack_trained",
    "bootstrap",
    "called_figures",
    "capture_recapture",
    "common_enough",
    "compare",
    "count_errors",
    "covered",
    "cue_plots",
    "curves",
    "detection_figures",
    "detection_plots",
    "device_of",
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
    "format_table",
    "found_face",
    "group_gaps",
    "hours_per_finding",
    "intervals",
    "load_network",
    "load_predictions",
    "mean_over_seeds",
    "measure_cues",
    "measure_saliency",
    "need_cleanlab",
    "need_scipy",
    "need_torch",
    "network",
    "open_caller",
    "open_team",
    "open_truth",
    "out_of_sample",
    "parse_arms",
    "probed",
    "read_groups",
    "read_part",
    "read_recipe",
    "remembering",
    "rendered",
    "repeatable",
    "sample_size",
    "save_predictions",
    "share",
    "share_painted",
    "shrunk",
    "train",
    "true_image",
    "upright_box",
    "utility_plots",
    "with_weights",
    "without_core",
]

_LATE: dict[str, str] = {
    "residual": "measure_residual",
    "reidentify": "measure_reidentify",
    "detection": "measure_detection",
    "utility": "measure_utility",
    "strength": "measure_strength",
    "tools": "measure_tools",
    "person_labels": "measure_person_labels",
}
"""Verbs that need datasets or runs, by the name of the function that the rooms above this one offer."""


def __getattr__(name: str) -> Any:
    if name in _LATE:
        return getattr(import_module("overpaint.jobs"), _LATE[name])
    raise AttributeError(f"module 'overpaint.measures' has no attribute {name!r}")
