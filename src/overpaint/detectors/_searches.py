"""What can be looked for, and how it is opened by name."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from overpaint.detectors._codes import open_codes
from overpaint.detectors._described import is_description
from overpaint.detectors._face_search import WITH_DOMAINS, open_faces
from overpaint.detectors._file_view import FileSearch, Told
from overpaint.detectors._lane import open_lane
from overpaint.detectors._looker import Looker, Together
from overpaint.detectors._named import named
from overpaint.detectors._names import open_names
from overpaint.detectors._nudity import open_nudity
from overpaint.detectors._people import open_people
from overpaint.detectors._plates import open_plates
from overpaint.detectors._plugins import Isolated
from overpaint.detectors._profiles import PROFILES
from overpaint.detectors._protocol import Detector
from overpaint.detectors._text_search import open_text
from overpaint.detectors._view import LookOptions, Search
from overpaint.detectors._words import folded
from overpaint.errors import UsageError

__all__ = ["SEARCHES", "SearchKind", "open_looker", "search_names"]

_PLUGIN_FLOOR, _PLUGIN_MIN_CONFIDENCE = 0.3, 0.6  # YuNet's; without a calibration nothing better is known


@dataclass(frozen=True, slots=True)
class SearchKind:
    """Something that can be looked for: its name, what it is in a few words, and how the search is opened."""

    name: str
    what: str
    open: Callable[[LookOptions], Search | FileSearch]


def _faces(options: LookOptions) -> Search:
    if options.profile.partition(WITH_DOMAINS)[0] in PROFILES:
        return open_faces(options)
    names = _once_each(options.profile)
    asked = tuple((named(name, threads=options.threads), None) for name in names)
    return Together(asked, _PLUGIN_FLOOR, _PLUGIN_MIN_CONFIDENCE, kept=_kept(options))


# In the order in which a picture is searched: cheap ones first, and those before that others build on.
_ALL = (
    SearchKind("faces", "faces, as --profile says", _faces),
    SearchKind("people", "people, whole", open_people),
    SearchKind("plates", "licence plates", open_plates),
    SearchKind("codes", "QR and bar codes", open_codes),
    SearchKind("text", "words: web addresses, marks, numbers, documents", open_text),
    SearchKind("names", "names of people in metadata, file names and captions", open_names),
    SearchKind("nudity", "nudity and violence; with it, the no-view lane", open_nudity),
)
SEARCHES: Mapping[str, SearchKind] = MappingProxyType({kind.name: kind for kind in _ALL})


def search_names(detectors: str) -> tuple[str, ...]:
    """The searches and detectors that ``faces,text``, ``all`` or ``faces,mine`` stand for, in the order they are made.

    Paths of descriptions become absolute: a run may be continued elsewhere.

    Raises
    ------
    UsageError
        If it names nothing, or something twice.
    """
    names = [str(Path(name).resolve()) if is_description(name) else name for name in _once_each(detectors)]
    if "all" in names:
        names = [*SEARCHES, *(name for name in names if name not in SEARCHES and name != "all")]
    return (*(name for name in SEARCHES if name in names), *(name for name in names if name not in SEARCHES))


def open_looker(
    profile_or_names: str | None = None,
    *,
    detectors: str = "faces",
    threads: int = 1,
    options: LookOptions | None = None,
) -> Looker:
    """Open what shall look at pictures.

    Parameters
    ----------
    profile_or_names
        How to look for faces: a profile (``"balanced"``) or detectors by name (``"yunet,mine"``), whose scores are
        then taken for confidences, since they have no calibration.
    detectors
        What to look for: names of `SEARCHES`, ``all`` of them, or single detectors by name or by the path of a
        description (``.toml``), each a search of its own.
    threads
        For one picture.
    options
        More to open the searches with.

    Raises
    ------
    UsageError
        If a name is unknown, comes twice, or its detector cannot be opened.
    ModelError
        If a model is missing; the message names the command that brings it.
    """
    options = options or LookOptions()
    # without a key, nobody shall be able to guess at hashes
    options = replace(options, threads=threads, secret=options.secret or secrets.token_bytes(32))
    if profile_or_names is not None:
        options = replace(options, profile=profile_or_names)
    searches = {name: _open(name, options) for name in search_names(detectors)}
    lane = open_lane(options) if any("nudity" in search.kinds for search in searches.values()) else None
    _told_apart(searches, options.profile, () if lane is None else lane.detectors)
    pictures = [search for search in searches.values() if isinstance(search, Search)]
    if lane is not None:
        pictures.sort(key=_turn)
    files = [search for search in searches.values() if isinstance(search, FileSearch)]
    return Looker(pictures, files=files, lane=lane)


def _turn(search: Search) -> int:
    """Other packages' detectors may talk to a network: they get what the lane let pass, those for nudity first."""
    theirs = any(isinstance(detector, Isolated) for detector in search.detectors)
    return 0 if not theirs else 1 if "nudity" in search.kinds else 2


def _told_apart(searches: Mapping[str, Search | FileSearch], profile: str, warden: Sequence[Detector]) -> None:
    """Refuse two detectors of one name: a picture's answers go by it, and one would answer for the other."""
    for name, search in sorted(searches.items(), key=lambda item: item[0] in SEARCHES):
        others = {d.name: d for other in searches.values() if other is not search for d in other.detectors}
        others |= {detector.name: detector for detector in warden}
        own = [detector.name for detector in search.detectors]
        for d in search.detectors:
            # searches of our own share detectors
            rival = others.get(d.name)
            shared = name in SEARCHES and rival is not None and _who(rival) == _who(d)
            if own.count(d.name) > 1 or not (rival is None or shared):
                what = f"--profile {profile}" if name == "faces" else name
                raise UsageError(f"{what}: another detector is called {d.name!r} too; leave one out or rename it")


def _who(detector: Detector | Told) -> tuple[object, ...]:
    return type(detector), detector.version, detector.weights


def _open(name: str, options: LookOptions) -> Search | FileSearch:
    if name in SEARCHES:
        return SEARCHES[name].open(options)
    detector = named(name, threads=options.threads)
    # a description has a threshold for each kind
    floor = 0.0 if is_description(name) else _PLUGIN_FLOOR
    return Together(((detector, None),), floor, _PLUGIN_MIN_CONFIDENCE, name=detector.name, kept=_kept(options))


def _kept(options: LookOptions) -> Callable[[str], str] | None:
    """What is kept of a text that another package's detector read: its keyed hash, unless texts are asked for."""
    if options.keep_text:
        return None
    return lambda text: hmac.digest(options.secret, folded(text).encode("utf-8", "surrogatepass"), "sha256").hex()[:32]


def _once_each(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",")]
    twice: Sequence[str] = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UsageError(f"detector {twice[0]!r} is named twice in {text!r}; name it once")
    return names
