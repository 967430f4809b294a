"""The verbs: what the command line and Python both call, one file each."""

from overpaint.jobs._act import act
from overpaint.jobs._answers import settle_lane
from overpaint.jobs._boxes import BoxesOut, boxes
from overpaint.jobs._decide import decide
from overpaint.jobs._demo import Demonstration, demo
from overpaint.jobs._doctor import Diagnosis, doctor
from overpaint.jobs._duplicates import Duplicates, duplicates
from overpaint.jobs._labels_audit import audit_labels
from overpaint.jobs._labels_audit_told import LabelAudit
from overpaint.jobs._labels_balance import Balance, balance_labels
from overpaint.jobs._labels_check import LabelsCheck, check_labels
from overpaint.jobs._labels_collect import CollectedRatings, collect_ratings
from overpaint.jobs._labels_corrections import Corrections, corrections_labels
from overpaint.jobs._labels_errors import LabelErrors, errors_labels
from overpaint.jobs._labels_filter import Filtered, filter_labels
from overpaint.jobs._labels_skew import Skew, skew_labels
from overpaint.jobs._labels_table import filter_table, is_label_table
from overpaint.jobs._labels_table_out import TableFiltered
from overpaint.jobs._lane import InTheLane, hold, lane
from overpaint.jobs._measure_detection import DetectionMeasured, measure_detection
from overpaint.jobs._measure_person_labels import measure_person_labels
from overpaint.jobs._measure_person_labels_told import PersonLabels
from overpaint.jobs._measure_reidentify import Reidentified, measure_reidentify
from overpaint.jobs._measure_residual import Residue, measure_residual
from overpaint.jobs._measure_strength import Strength, measure_strength
from overpaint.jobs._measure_tools import ToolsCompared, measure_tools
from overpaint.jobs._measure_utility import measure_utility
from overpaint.jobs._measure_utility_told import Utility
from overpaint.jobs._objects import Objects, objects
from overpaint.jobs._report import report
from overpaint.jobs._runs import Progress
from overpaint.jobs._scan import scan
from overpaint.jobs._scrub import scrub
from overpaint.jobs._verify import Verification, verify

__all__ = [
    "Balance",
    "BoxesOut",
    "CollectedRatings",
    "Corrections",
    "Demonstration",
    "DetectionMeasured",
    "Diagnosis",
    "Duplicates",
    "Filtered",
    "InTheLane",
    "LabelAudit",
    "LabelErrors",
    "LabelsCheck",
    "Objects",
    "PersonLabels",
    "Progress",
    "Reidentified",
    "Residue",
    "Skew",
    "Strength",
    "TableFiltered",
    "ToolsCompared",
    "Utility",
    "Verification",
    "act",
    "audit_labels",
    "balance_labels",
    "boxes",
    "check_labels",
    "collect_ratings",
    "corrections_labels",
    "decide",
    "demo",
    "doctor",
    "duplicates",
    "errors_labels",
    "filter_labels",
    "filter_table",
    "hold",
    "is_label_table",
    "lane",
    "measure_detection",
    "measure_person_labels",
    "measure_reidentify",
    "measure_residual",
    "measure_strength",
    "measure_tools",
    "measure_utility",
    "objects",
    "report",
    "scan",
    "scrub",
    "settle_lane",
    "skew_labels",
    "verify",
]
