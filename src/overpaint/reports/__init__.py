"""Numbers by query, and one HTML file: what a run found, did and could not do, without naming a sample.

Neighbours use: `summarise` a run, `lines` for a terminal, `write` for the public half; `skew_of` a run by its labels,
with `Names` for what labels mean and how they are shown.
"""

from overpaint.reports._balance_pool import BalancePool, balance_pool
from overpaint.reports._facts import Rate, Summary
from overpaint.reports._skew import skew_of
from overpaint.reports._skew_facts import Loss, SkewFacts
from overpaint.reports._skew_groups import told_counts
from overpaint.reports._skew_parts import Names
from overpaint.reports._summarise import summarise
from overpaint.reports._terminal import lines
from overpaint.reports._write import Written, write

__all__ = [
    "BalancePool",
    "Loss",
    "Names",
    "Rate",
    "SkewFacts",
    "Summary",
    "Written",
    "balance_pool",
    "lines",
    "skew_of",
    "summarise",
    "told_counts",
    "write",
]
