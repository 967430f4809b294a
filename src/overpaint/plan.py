"""A run's frozen plan: the source, who looks, the policy and the limits, as ``plan.toml`` in the run directory.

A plan is written once. What would give other bytes needs another run, or new decisions (`overpaint decide`).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import tomllib
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import tomli_w

from overpaint._version import __version__
from overpaint.errors import RunError

__all__ = ["DetectorPlan", "Plan", "file_sha256"]


@dataclass(frozen=True, slots=True)
class DetectorPlan:
    """One detector as it was when the plan was frozen; ``weights`` is the SHA-256 of its tensors."""

    name: str
    version: str
    weights: str
    licence: str = ""
    trained_on: str = ""
    kinds: tuple[str, ...] = ("face",)


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that decides what a run writes.

    ``source`` is a path or a URL and ``container`` its kind. ``layout`` lists the directories that are splits.
    ``profile`` is how faces are looked for, empty where only boxes made elsewhere are used; ``looks_for`` names what is
    looked for, ``kinds`` what may be found. ``keep_text``: what is read is kept, not its keyed hash. ``lists`` are
    files of the user's that detectors use, ``hash_lists`` those of known images, each with the hash of its content.
    ``policy`` is the policy's TOML text; it may name samples and people, so that ``plan.toml`` holds only its hash.
    ``labels`` is the label policy's TOML text, empty where labels stay as they are; ``ratings`` are files of ratings
    that it goes by, ``taxonomy`` the file of another hierarchy than WordNet's, ``label_places`` where labels are in the
    source and ``label_list`` what their numbers mean, each empty where that is to be found out.
    ``shard_size`` is 0 where it follows from the number of samples. ``today`` is the day on which consents are
    judged, so that the run can be repeated.
    """

    source: str
    layout: str
    profile: str
    detectors: tuple[DetectorPlan, ...]
    policy: str
    today: dt.date
    container: str = "folder"
    boxes: str = ""
    boxes_sha256: str = ""
    looks_for: str = "faces"
    kinds: tuple[str, ...] = ("face",)
    keep_text: bool = False
    lists: tuple[tuple[str, str], ...] = ()
    hash_lists: tuple[tuple[str, str], ...] = ()
    labels: str = ""
    ratings: tuple[tuple[str, str], ...] = ()
    label_places: tuple[str, ...] = ()
    label_list: str = ""
    taxonomy: tuple[tuple[str, str], ...] = ()
    shard_size: int = 0
    max_pixels: int = 200_000_000
    max_bytes: int = 1 << 30
    sample_timeout: int = 300
    overpaint: str = __version__

    def differences(self, other: Plan) -> list[str]:
        """The names of the fields in which two plans differ, but for the day and the release."""
        return [
            f.name
            for f in fields(self)
            if f.name not in {"today", "overpaint"} and getattr(self, f.name) != getattr(other, f.name)
        ]

    def to_toml(self) -> str:
        """All but the policy's text, of which only the hash is written."""
        values = {k: v for k, v in asdict(self).items() if k not in {"detectors", "policy"}}
        values["policy_sha256"] = hashlib.sha256(self.policy.encode()).hexdigest()
        return tomli_w.dumps(values | {"detectors": [asdict(d) for d in self.detectors]})

    @classmethod
    def from_toml(cls, text: str, *, policy: str, name: str) -> Plan:
        """Read a plan back, with its policy's text; `RunError` names the file where they are not what was frozen."""
        try:
            values: dict[str, Any] = tomllib.loads(text)
            values["detectors"] = tuple(DetectorPlan(**d | {"kinds": tuple(d["kinds"])}) for d in values["detectors"])
            # who wrote no such fields wrote no lane and no key either: the run cannot be gone on with
            for field in ("lists", "hash_lists"):
                values[field] = tuple((str(path), str(sha256)) for path, sha256 in values[field])
            values["ratings"] = tuple((str(path), str(sha256)) for path, sha256 in values.get("ratings", ()))
            values["taxonomy"] = tuple((str(path), str(sha256)) for path, sha256 in values.get("taxonomy", ()))
            values["label_places"] = tuple(str(place) for place in values.get("label_places", ()))
            values["kinds"] = tuple(str(kind) for kind in values["kinds"])
            digest = values.pop("policy_sha256")
            plan = cls(policy=policy, **values)
        except (tomllib.TOMLDecodeError, TypeError, KeyError, ValueError) as error:
            raise RunError(f"{name} is not a plan of this release of overpaint ({error}); start a new run") from error
        if digest != hashlib.sha256(policy.encode()).hexdigest():
            raise RunError(f"the policy beside {name} is not the one that was frozen; start a new run")
        return plan


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, lower-case hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
