"""What the class of a picture changes about the search for faces.

The domains and what they do stand in ``domains.toml``; which classes of ImageNet they hold, in ``domain_classes.toml``.
"""

from __future__ import annotations

import fnmatch
import functools
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["PLAIN", "Domain", "Domains", "Ways", "shipped"]

_HERE = Path(__file__).parent
_WNID = re.compile("n([0-9]{8})")
_BETWEEN = re.compile("[_\\s-]+")


@dataclass(frozen=True, slots=True)
class Ways:
    """How pictures of a class are looked at.

    ``confirm``: a face is painted at once only if a person or a second face detector bears it out. ``small_faces``:
    one look more at a larger size. ``floor``: report from this confidence, where it is below the profile's.
    """

    confirm: bool = False
    small_faces: bool = False
    floor: float = 1.0


PLAIN = Ways()
"""Of a class of no domain, and of a picture without a class."""


@dataclass(frozen=True, slots=True)
class Domain:
    """A group of classes: ``wnids`` are WordNet 3.0 offsets, 8 digits; ``names`` globs for other labels."""

    name: str
    wnids: frozenset[str]
    names: tuple[str, ...]
    ways: Ways


class Domains:
    """Several domains; a class may be of more than one."""

    def __init__(self, domains: Iterable[Domain]) -> None:
        self.domains = tuple(domains)
        self._known: dict[str | None, Ways] = {None: PLAIN}

    def named(self, label: str) -> tuple[str, ...]:
        """The names of the domains that a class belongs to."""
        return tuple(domain.name for domain in self._holding(label))

    def of(self, label: str | None) -> Ways:
        """How pictures of a class are looked at: confirmed if all its domains ask for it, the rest if any does."""
        if label not in self._known:
            ways = [domain.ways for domain in self._holding(str(label))] or [PLAIN]
            found = Ways(
                confirm=all(way.confirm for way in ways),
                small_faces=any(way.small_faces for way in ways),
                floor=min(way.floor for way in ways),
            )
            if len(self._known) >= _MOST:  # a dataset may give each picture a label of its own
                return found
            self._known[label] = found
        return self._known[label]

    def _holding(self, label: str) -> list[Domain]:
        wnid = _WNID.fullmatch(label.strip())
        if wnid:
            return [domain for domain in self.domains if wnid[1] in domain.wnids]
        name = _plain(label)
        return [d for d in self.domains if any(fnmatch.fnmatchcase(name, glob) for glob in d.names)]


_MOST = 50_000


def _plain(name: str) -> str:
    """Lower case, with single spaces for what stands between words."""
    return _BETWEEN.sub(" ", name).strip().lower()


@functools.cache
def shipped() -> Domains:
    """The domains that come with overpaint."""
    tables: Mapping[str, Any] = tomllib.loads((_HERE / "domains.toml").read_text("utf-8"))
    classes: Mapping[str, str] = tomllib.loads((_HERE / "domain_classes.toml").read_text("utf-8"))
    return Domains(
        Domain(
            name=name,
            wnids=frozenset(classes[name].split()),
            names=tuple(_plain(glob) for glob in table["names"]),
            ways=Ways(
                confirm=table.get("confirm", False),
                small_faces=table.get("small_faces", False),
                floor=table.get("floor", 1.0),
            ),
        )
        for name, table in tables.items()
    )
