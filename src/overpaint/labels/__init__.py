"""Labels: what they mean, what people said of them, what shall become of them, and by which number they go.

``labels.index("bicycle-built-for-two")`` is the number of a class, told by name. The verbs that read datasets and runs
(`audit`, `filter`, `check`, `skew`, `balance`, `errors`) are the commands of ``overpaint labels``.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from overpaint.labels._facts import PERSON, LabelCount, Rating, Safety, Synset

__all__ = [
    "PERSON",
    "LabelCount",
    "Rating",
    "Safety",
    "Synset",
]

_LATE: dict[str, str] = {}
"""Verbs that need datasets or runs, by the name of the function that the rooms above this one offer."""


def __getattr__(name: str) -> Any:
    if name in _LATE:
        return getattr(import_module("overpaint.jobs"), _LATE[name])
    raise AttributeError(f"module 'overpaint.labels' has no attribute {name!r}")
