"""Ways to look that shall be measured: profiles and detectors as a scan takes them, boxes made elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from os import PathLike, fspath
from pathlib import Path

from overpaint import detectors, formats
from overpaint import policy as policies
from overpaint.errors import UsageError
from overpaint.jobs._measure_detection_look import is_of_kind
from overpaint.measures import Input, file_input
from overpaint.records import Treatment

__all__ = ["DEFAULT_SEARCHES", "AskedWay", "GivenWay", "asked_ways", "given_ways", "words"]

DEFAULT_SEARCHES = {"person": "people", "plate": "plates", "text": "text", "code": "codes"}
"""Who looks for a kind where nobody is named; for faces it is the default profile."""

_MOST_WAYS = 20
_LONGEST = 64


@dataclass(frozen=True, slots=True)
class AskedWay:
    """A profile (or None) and what is looked for, as a scan takes them; ``threshold``: what is accepted by default."""

    name: str
    profile: str | None
    detectors: str
    threshold: float
    inputs: tuple[Input, ...]


@dataclass(frozen=True, slots=True)
class GivenWay:
    """Boxes made elsewhere, by whoever is called ``name``; all that the file has are accepted."""

    name: str
    boxes: formats.GivenBoxes
    input: Input


def words(given: str | Sequence[str] | None) -> tuple[str, ...]:
    """``a,b`` or a sequence, as a tuple of words."""
    if given is None:
        return ()
    parts = given.split(",") if isinstance(given, str) else [str(each) for each in given]
    return tuple(part.strip() for part in parts if part.strip())


def asked_ways(profiles: Sequence[str], named: Sequence[str], *, kind: str, others: bool) -> list[AskedWay]:
    """Open each once, to know that it can be, and what it accepts from.

    Parameters
    ----------
    profiles, named
        Ways to look for faces; detectors or searches, each a way of its own.
    kind
        What is measured.
    others
        Whether there are ways beside these; where there are none at all, the default one is taken.

    Raises
    ------
    UsageError
        One is unknown, does not look for that kind, or would put pictures into the no-view lane.
    """
    if profiles and kind != "face":
        raise UsageError(f"--profiles say how to look for faces; give --detectors for {kind}")
    if not (profiles or named or others):
        profiles, named = (("balanced",), ()) if kind == "face" else ((), (DEFAULT_SEARCHES[kind],))
    asked = [(name, "faces") for name in profiles] + [(None, name) for name in named]
    if len(asked) > _MOST_WAYS:
        raise UsageError(f"{len(asked)} ways to look; give {_MOST_WAYS} at most")
    return [_opened(profile, name, kind) for profile, name in asked]


def _opened(profile: str | None, names: str, kind: str) -> AskedWay:
    (names,) = detectors.search_names(names)
    looker = detectors.open_looker(profile, detectors=names, threads=1)
    # a description of a detector is called by its file's name: results hold no places of this machine
    alone = None if profile is None else Path(profile).stem if profile.endswith(".toml") else profile
    shown = alone if alone is not None else looker.searches[0].name if looker.searches else names
    if looker.lane is not None:
        raise UsageError(f"--detectors {shown}: what is sexual is not measured by boxes; name who looks for {kind}")
    kinds = [each for each in looker.kinds if is_of_kind(each, kind)]
    if not kinds or not looker.searches:
        raise UsageError(f"{shown} does not look for {kind}; it reports {', '.join(looker.kinds) or 'nothing'}")
    inputs = tuple(Input(f"detector {each.name} {each.version}", each.weights) for each in looker.detectors)
    return AskedWay(shown, profile, names, _accepted(looker, kinds), inputs)


def _accepted(looker: detectors.Looker, kinds: Sequence[str]) -> float:
    """The least confidence with which the default policy paints any of the kinds over; 0 where it has no bound."""
    policy = policies.default(looker.min_confidence, kinds=kinds)
    bounds = [
        rule.min_confidence or 0.0
        for rule in policy.rules
        if rule.treatment is Treatment.REDACT and any(fnmatchcase(kind, rule.kind) for kind in kinds)
    ]
    return min(bounds, default=0.0)


def given_ways(boxes: Mapping[str, str | PathLike[str]] | None) -> list[GivenWay]:
    """Read files of boxes made elsewhere.

    Raises
    ------
    BoxesError
        One cannot be read; names the file.
    UsageError
        A name is none.
    """
    ways = []
    for name, path in (boxes or {}).items():
        if not (0 < len(name) <= _LONGEST and name.isprintable()):
            raise UsageError(f"--boxes {name[:_LONGEST]!a}: the name must be 1 to {_LONGEST} characters of one line")
        read = formats.read_boxes(path)
        place = Path(fspath(path))
        if place.is_file():
            told = file_input(f"boxes of {name}", place, count=read.boxes)
        else:  # a run or a folder of responses: by what was read of it
            told = Input(f"boxes of {name}", content_of(read), read.boxes)
        ways.append(GivenWay(name, read, told))
    return ways


def content_of(boxes: formats.GivenBoxes) -> str:
    """A hash of keys and boxes, wherever they came from."""
    import hashlib

    digest = hashlib.sha256()
    for key in boxes.keys():  # noqa: SIM118 - no mapping
        digest.update(f"{key}\0{boxes.lookup(key)}\n".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()
