"""What a measure says: figures with intervals, and what somebody needs to repeat it."""

from __future__ import annotations

import hashlib
import json
import math
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

from overpaint._version import __version__

__all__ = ["SCHEMA", "Estimate", "Input", "Measured", "file_input", "machine"]

SCHEMA = 1
"""Of the file as a whole; each measure has a version of its own, which rises when its figures change their meaning."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """One figure and its interval.

    Attributes
    ----------
    value
        The figure; None where nothing could be measured.
    low, high
        The ends of its interval; None where none can be given.
    level
        How often intervals made like this one hold the truth.
    n
        Of how many (images, faces, people, seeds); what they are is in `unit`.
    unit
        What `n` counts.
    method
        How the interval was made, in a few words: "bootstrap by person, 1,000 rounds".
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    level: float = 0.95
    n: int | None = None
    unit: str = ""
    method: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Plain values; what is no number is None, since JSON has no NaN."""
        return {
            "value": _plain(self.value),
            "low": _plain(self.low),
            "high": _plain(self.high),
            "level": self.level,
            "n": self.n,
            "unit": self.unit,
            "method": self.method,
        }

    def told(self, form: str = ".3f", *, scale: float = 1.0) -> str:
        """For a terminal: ``0.931 (0.912 to 0.947)``; ``not measured`` without a value."""
        if _plain(self.value) is None:
            return "not measured"
        said = format(scale * self.value, form)  # type: ignore[operator]  # _plain told that it is a number
        low, high = _plain(self.low), _plain(self.high)
        if low is None or high is None:
            return said
        return f"{said} ({format(scale * low, form)} to {format(scale * high, form)})"


@dataclass(frozen=True, slots=True)
class Input:
    """Something that the figures rest on: a dataset, a file of truth, a model, a run's decisions."""

    name: str
    sha256: str
    count: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {"name": self.name, "sha256": self.sha256, "count": self.count}


@dataclass(frozen=True, slots=True)
class Measured:
    """One result: the public half can be shown to anyone, the private half names classes, samples or people.

    Attributes
    ----------
    measure
        The command: ``residual``, ``reidentify``, ``detection``, ``utility``, ``strength``, ``tools`` or
        ``person-labels``.
    version
        Of this measure's figures.
    settings
        Everything that was asked for, as the command takes it, without paths of this machine.
    inputs
        What it rests on, with hashes.
    seed
        Of every draw.
    figures
        Names to numbers, `Estimate`, or mappings and lists of them: aggregates, which may be shown.
    does_not_say
        What the figures do not prove, in sentences.
    private
        As `figures`, for what must stay in the private half.
    """

    measure: str
    version: int
    settings: Mapping[str, Any]
    inputs: Sequence[Input]
    seed: int
    figures: Mapping[str, Any]
    does_not_say: Sequence[str] = ()
    private: Mapping[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """What was measured with what: the same again has the same id, so that repeating replaces."""
        asked = {
            "measure": self.measure,
            "version": self.version,
            "settings": plain(self.settings),
            "inputs": [each.to_dict() for each in self.inputs],
            "seed": self.seed,
        }
        return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:12]

    def to_dict(self) -> dict[str, Any]:
        """The public half, in plain values, with the machine and the versions that made it."""
        return self._head() | {"figures": plain(self.figures), "does_not_say": list(self.does_not_say)}

    def private_dict(self) -> dict[str, Any]:
        """The private half, in plain values."""
        return self._head() | {"figures": plain(self.private)}

    def _head(self) -> dict[str, Any]:
        return {
            "schema": SCHEMA,
            "measure": self.measure,
            "version": self.version,
            "id": self.id,
            "settings": plain(self.settings),
            "inputs": [each.to_dict() for each in self.inputs],
            "seed": self.seed,
            "machine": machine(),
        }


def plain(value: Any) -> Any:
    """Estimates, NumPy numbers, tuples and paths as what JSON knows; NaN and infinities as None."""
    if isinstance(value, Estimate | Input):
        return value.to_dict()
    if isinstance(value, Mapping):
        return {str(name): plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(each) for each in (sorted(value) if isinstance(value, set | frozenset) else value)]
    if hasattr(value, "tolist"):  # a NumPy number or array
        return plain(value.tolist())
    if isinstance(value, float):
        return _plain(value)
    if value is None or isinstance(value, bool | int | str):
        return value
    return str(value)


def _plain(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)


def machine() -> dict[str, Any]:
    """The machine, as far as figures depend on it; neither its name nor its user's."""
    versions = {}
    for package in ("numpy", "opencv-python-headless", "onnxruntime", "scipy", "torch", "torchvision", "timm"):
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return {
        "overpaint": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "packages": versions,
    }


def file_input(name: str, path: Path, *, count: int | None = None) -> Input:
    """A file by its content."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return Input(name, digest.hexdigest(), count)
