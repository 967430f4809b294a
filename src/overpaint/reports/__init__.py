"""Numbers by query, and one HTML file: what a run found, did and could not do, without naming a sample.

Neighbours use: `summarise` a run, `lines` for a terminal, `write` for the public half; `skew_of` a run by its labels,
with `Names` for what labels mean and how they are shown.
"""

from overpaint.reports._attributes import load_attributes
from overpaint.reports._balance_pool import BalancePool, balance_pool
from overpaint.reports._facts import Rate, Summary
from overpaint.reports._labels_facts import Census, LabelsFacts, PlanFacts, census_of, plan_facts_of
from overpaint.reports._labels_page import labels_page
from overpaint.reports._skew import skew_of
from overpaint.reports._skew_facts import Loss, SkewFacts
from overpaint.reports._skew_groups import told_counts
from overpaint.reports._skew_parts import Names
from overpaint.reports._summarise import summarise
from overpaint.reports._terminal import lines
from overpaint.reports._write import Written, write

__all__ = [
    "BalancePool",
    "Census",
    "LabelsFacts",
    "Loss",
    "Names",
    "PlanFacts",
    "Rate",
    "SkewFacts",
    "Summary",
    "Written",
    "balance_pool",
    "census_of",
    "labels_page",
    "lines",
    "load_attributes",
    "plan_facts_of",
    "skew_of",
    "summarise",
    "told_counts",
    "write",
]
