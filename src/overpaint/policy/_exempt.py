"""Which findings stay whatever the rules say: allow-list entries and consents, looked up by sample."""

from __future__ import annotations

import fnmatch
import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from overpaint.policy._facts import Allow, Consent
from overpaint.records import Box

__all__ = ["SAME", "Exemption", "Exemptions", "any_glob"]

SAME = 0.5
"""Intersection over union from which two boxes are taken for the same thing."""


@functools.lru_cache(maxsize=65536)
def any_glob(globs: tuple[str, ...], name: str) -> bool:
    """Whether one of the globs matches the whole name, case-sensitively; ``*`` also matches ``/``."""
    return any(fnmatch.fnmatchcase(name, glob) for glob in globs)


@dataclass(frozen=True, slots=True)
class Exemption:
    """One reason to keep findings of a kind, in a box or (None) in the whole sample."""

    kind: str
    box: Box | None
    basis: str
    reason: str

    def covers(self, kind: str, box: Box | None) -> bool:
        """Whether it speaks of a finding: of its kind, and with a box that is its own or lies within it."""
        if not any_glob((self.kind,), kind):
            return False
        if self.box is None:
            return True
        if box is None:
            return False
        own = self.box
        within = (
            own.page == box.page and own.x0 <= box.x0 and own.y0 <= box.y0 and box.x1 <= own.x1 and box.y1 <= own.y1
        )
        return within or own.iou(box) >= SAME


class Exemptions:
    """Exemptions by sample: allow-list entries first, then consents (those that count), each in the order given."""

    def __init__(self, allows: Sequence[Allow], consents: Sequence[Consent]) -> None:
        self._by_key: dict[str, list[tuple[int, Exemption]]] = {}
        self._globs: list[tuple[int, re.Pattern[str], Exemption]] = []
        for order, allow in enumerate(allows):
            exemption = _of_allow(order + 1, allow)
            if allow.glob is not None:
                self._globs.append((order, re.compile(fnmatch.translate(allow.glob)), exemption))
            for key in (allow.sample,) if allow.sample is not None else allow.samples or ():
                self._by_key.setdefault(key, []).append((order, exemption))
        for order, consent in enumerate(consents, len(allows)):
            self._by_key.setdefault(consent.sample, []).append((order, _of_consent(consent)))

    def __bool__(self) -> bool:
        return bool(self._by_key or self._globs)

    def names(self, key: str) -> bool:
        """Whether any exemption names a sample; the quick question, before a box is looked at."""
        return key in self._by_key or any(glob.match(key) for _, glob, _ in self._globs)

    def of(self, key: str) -> Sequence[Exemption]:
        """The exemptions that name a sample, in order."""
        found = self._by_key.get(key, [])
        if self._globs:
            found = [*found, *((order, entry) for order, glob, entry in self._globs if glob.match(key))]
        return [entry for _, entry in sorted(found, key=lambda pair: pair[0])] if found else ()

    def first(self, key: str, kind: str, box: Box | None) -> Exemption | None:
        """The first exemption that covers a finding."""
        return next((entry for entry in self.of(key) if entry.covers(kind, box)), None)


def _of_allow(number: int, allow: Allow) -> Exemption:
    return Exemption(kind=allow.kind, box=allow.box, basis=f"allow:{number}", reason=allow.reason)


def _of_consent(consent: Consent) -> Exemption:
    until = f" until {consent.until.isoformat()}" if consent.until else ""
    reason = f"Consent of {consent.person} for {consent.purpose}{until}; evidence {consent.evidence}."
    return Exemption(kind=consent.kind, box=consent.box, basis="consent", reason=reason)
