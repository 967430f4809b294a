"""Labels: what they mean, what people said of them, what shall become of them, and by which number they go.

``labels.index("bicycle-built-for-two")`` is the number of a class, told by name. The verbs that read datasets and runs
(`audit`, `filter`, `check`, `skew`, `balance`, `errors`) are the commands of ``overpaint labels``.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from overpaint.labels._balance import Margin, largest_subset, largest_subset_of_two
from overpaint.labels._class_lists import CLASS_LISTS, ClassList, class_list, classes_hash
from overpaint.labels._classes_file import Classes, ClassRow, read_classes
from overpaint.labels._facts import PERSON, LabelCount, Rating, Safety, Synset
from overpaint.labels._guard import common_classes, compare_lists, compare_numbers
from overpaint.labels._guard_counts import compare_counts
from overpaint.labels._guard_findings import ListCheck, ListFinding
from overpaint.labels._label_table import PlanCodes, RowFates, rows_bearing
from overpaint.labels._lexicon import Candidate, Lexicon, check_text, loads_lexicon
from overpaint.labels._number import NumberShown, resolve
from overpaint.labels._other_trees import read_taxonomy
from overpaint.labels._plan import known_lists, plan_labels
from overpaint.labels._plan_facts import Class, Fate, IndexRow, LabelDecision
from overpaint.labels._plan_match import KnownList, Tree
from overpaint.labels._plan_model import LabelPlan
from overpaint.labels._policy_model import Clause, ImageRule, LabelPolicy
from overpaint.labels._policy_parse import POLICY_WORDS, label_policies, load_label_policy, loads_label_policy
from overpaint.labels._ratings import Ratings, RatingSource, ratings
from overpaint.labels._ratings_fetch import get_ratings
from overpaint.labels._ratings_file import read_ratings_file
from overpaint.labels._ratings_published import HOW_TO_GET_RATINGS
from overpaint.labels._ratings_store import (
    InstalledRatings,
    add_ratings,
    installed_ratings,
    ratings_dir,
    remove_ratings,
)
from overpaint.labels._resolve import Resolved, index, resolve_label
from overpaint.labels._search import SearchResult, search
from overpaint.labels._show import Shown, show
from overpaint.labels._show_tree import TreeShown, tree
from overpaint.labels._targets import read_target
from overpaint.labels._taxonomy import Taxonomy, wordnet
from overpaint.labels._terms import WITHHELD, Terms
from overpaint.labels._tombstones import Tombstone, Tombstones, read_tombstones
from overpaint.labels._words import FoundWord, Words, label_lines, words

__all__ = [
    "CLASS_LISTS",
    "HOW_TO_GET_RATINGS",
    "PERSON",
    "POLICY_WORDS",
    "WITHHELD",
    "Candidate",
    "Class",
    "ClassList",
    "ClassRow",
    "Classes",
    "Clause",
    "Fate",
    "FoundWord",
    "ImageRule",
    "IndexRow",
    "InstalledRatings",
    "KnownList",
    "LabelCount",
    "LabelDecision",
    "LabelPlan",
    "LabelPolicy",
    "Lexicon",
    "ListCheck",
    "ListFinding",
    "Margin",
    "NumberShown",
    "PlanCodes",
    "Rating",
    "RatingSource",
    "Ratings",
    "Resolved",
    "RowFates",
    "Safety",
    "SearchResult",
    "Shown",
    "Synset",
    "Taxonomy",
    "Terms",
    "Tombstone",
    "Tombstones",
    "Tree",
    "TreeShown",
    "Words",
    "add_ratings",
    "check_text",
    "class_list",
    "classes_hash",
    "common_classes",
    "compare_counts",
    "compare_lists",
    "compare_numbers",
    "get_ratings",
    "index",
    "installed_ratings",
    "known_lists",
    "label_lines",
    "label_policies",
    "largest_subset",
    "largest_subset_of_two",
    "load_label_policy",
    "loads_label_policy",
    "loads_lexicon",
    "plan_labels",
    "ratings",
    "ratings_dir",
    "read_classes",
    "read_ratings_file",
    "read_target",
    "read_taxonomy",
    "read_tombstones",
    "remove_ratings",
    "resolve",
    "resolve_label",
    "rows_bearing",
    "search",
    "show",
    "tree",
    "wordnet",
    "words",
]

_LATE: dict[str, str] = {
    "collect_ratings": "collect_ratings",
    "check": "check_labels",
    "corrections": "corrections_labels",
    "audit": "audit_labels",
    "errors": "errors_labels",
    "filter": "filter_labels",
    "balance": "balance_labels",
    "skew": "skew_labels",
}
"""Verbs that need datasets or runs, by the name of the function that the rooms above this one offer."""


def __getattr__(name: str) -> Any:
    if name in _LATE:
        return getattr(import_module("overpaint.jobs"), _LATE[name])
    raise AttributeError(f"module 'overpaint.labels' has no attribute {name!r}")
