"""What nobody saw, from what several lookers saw each: capture-recapture. Probably an underestimate, and called so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from overpaint.errors import UsageError
from overpaint.measures._result import Estimate

__all__ = ["Recapture", "capture_recapture"]


@dataclass(frozen=True, slots=True)
class Recapture:
    """What lookers that overlooked different things say of what all of them overlooked.

    Attributes
    ----------
    total
        Things in all, seen by any or by none.
    unseen
        Things that none of them saw.
    seen
        Things that at least one of them saw.
    by_looker
        Things that each of the lookers saw.
    label
        What must stand beside the figure wherever it is shown.
    """

    total: Estimate
    unseen: Estimate
    seen: int
    by_looker: Mapping[str, int]
    label: str = "probably an underestimate"


def capture_recapture(seen: Sequence[frozenset[str]], *, lookers: Sequence[str] = ()) -> Recapture:
    """Estimate how many things no looker saw, if each looked without the others.

    Parameters
    ----------
    seen
        For each thing that was seen, by whom (names of detectors or people).
    lookers
        Everybody who looked; those named in ``seen`` where it is not given.
    """
    names = sorted(set(lookers).union(*seen))
    if len(names) < 2:
        raise UsageError("capture-recapture needs at least two lookers")
    by = {name: sum(name in each for each in seen) for name in names}
    first, second = names[:2]
    both = sum(first in each and second in each for each in seen)
    total = (by[first] + 1) * (by[second] + 1) / (both + 1) - 1
    n = len(seen)
    return Recapture(Estimate(total, n=n, unit="things"), Estimate(total - n, n=n, unit="things"), n, by)
