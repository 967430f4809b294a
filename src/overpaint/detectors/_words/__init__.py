"""What strings of text say: sites, mail, telephone numbers, names on platforms, owners, dates, plates, documents.

Rules only; nothing here looks at pictures.

>>> from overpaint.detectors._words import Domains, marks_in
>>> [mark.kind for mark in marks_in("www,example . c0m  +49 30 123456", Domains())]
['text-url', 'text-phone']
"""

from __future__ import annotations

from overpaint.detectors._words._contacts import contacts
from overpaint.detectors._words._lists import ENDING, DomainList, Domains, read_list
from overpaint.detectors._words._mark import Mark
from overpaint.detectors._words._pages import Written, pages
from overpaint.detectors._words._plain import folded, plain
from overpaint.detectors._words._shapes import dates, owners, plates
from overpaint.detectors._words._suffixes import host_of, suffixes
from overpaint.detectors._words._urls import addresses, unfinished

__all__ = [
    "ENDING",
    "KINDS",
    "DomainList",
    "Domains",
    "Mark",
    "Written",
    "folded",
    "host_of",
    "marks_in",
    "pages",
    "plain",
    "read_list",
    "suffixes",
    "unfinished",
]

KINDS = (
    "text-url",
    "text-adult",
    "text-email",
    "text-phone",
    "text-handle",
    "text-stock",
    "text-date",
    "text-plate",
    "text-document",
    "text-other",
)
"""Every kind of text."""


def marks_in(text: str, domains: Domains) -> list[Mark]:
    """Everything that a string says, each thing once; a plate only where it says nothing else."""
    said = plain(text)
    marks = [*addresses(said, domains), *contacts(said), *dates(said), *owners(said)]
    return list(dict.fromkeys(marks or plates(said)))
