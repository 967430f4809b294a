"""``dataset.json``: what a container cannot say of itself, written beside the containers that overpaint makes.

A folder says the label of an image by its path. A tar has members instead (``.cls``), and a number in it means
nothing without the names of the classes; a parquet file has a column. Whoever turns the containers back into a folder
must know that those were added and came from the path.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from overpaint.errors import SampleError, SourceError

from ._store import Store

__all__ = ["NAME", "About"]

NAME = "dataset.json"
_MOST = 64 << 20


@dataclass(frozen=True, slots=True)
class About:
    """What is known of a dataset beyond its files.

    Attributes
    ----------
    added
        Fields that overpaint added when it made containers from a folder; they say what the names of the images say.
    classes
        Labels, in the order of their numbers.
    """

    added: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()

    def to_json(self, kind: str) -> bytes:
        """The file's content; the same for the same content."""
        value = {"written_by": "overpaint", "container": kind, "added": self.added, "classes": self.classes}
        return (json.dumps(value, indent=1) + "\n").encode()

    @classmethod
    def read(cls, store: Store) -> About:
        """What lies in a place; nothing where overpaint wrote nothing there."""
        try:
            if (found := store.stat(NAME)) is None or found[0] > _MOST:
                return cls()
            with store.open(NAME) as file:
                value = json.loads(file.read(_MOST))
        except (SampleError, SourceError, ValueError):
            return cls()
        if not isinstance(value, dict) or value.get("written_by") != "overpaint":
            return cls()
        return cls(_texts(value.get("added")), _texts(value.get("classes")))


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        return ()
    return tuple(item for item in value if isinstance(item, str))
