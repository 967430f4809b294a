"""Numbers by query, and one HTML file: what a run found, did and could not do, without naming a sample.

Neighbours use: `summarise` a run, `lines` for a terminal, `write` for the public half.
"""

from overpaint.reports._facts import Summary
from overpaint.reports._summarise import summarise
from overpaint.reports._terminal import lines
from overpaint.reports._write import Written, write

__all__ = ["Summary", "Written", "lines", "summarise", "write"]
