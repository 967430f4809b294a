"""What `overpaint measure residual` said of what can still be seen, from ``public/measures/residual-*.json``."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from overpaint.errors import RunError
from overpaint.reports._words import fixed_word
from overpaint.rundir import Run

__all__ = ["Residual", "ResidualKind", "residual_facts"]

_MOST = 1000  # results that are looked through
_LARGEST = 8 << 20


@dataclass(frozen=True, slots=True)
class ResidualKind:
    """One kind of thing. ``total`` and ``per_1000`` are (value, low, high), ends None where there is no interval.

    ``few``: too few audited images showed any for an interval of the total. ``fewer_than``: with 95 % confidence no
    more images of 1,000 show any. ``more``: images to look at besides, for an interval of so many per cent either way.
    """

    kind: str
    audited: int
    unanswered: int
    counted: int
    with_any: int
    total: tuple[float | None, float | None, float | None]
    per_1000: tuple[float | None, float | None, float | None]
    images_with_any: tuple[float | None, float | None, float | None]
    fewer_than: float | None
    few: bool
    more: dict[str, int]


@dataclass(frozen=True, slots=True)
class Residual:
    """The audit to be believed most: by people before one by a dataset's truth, of the decisions in force first.

    ``earlier``: decisions have changed since. ``written``: people saw what was written, and not the source.
    """

    id: str
    by_people: bool
    earlier: bool
    written: bool
    published: int
    least: float
    cover: float
    kinds: tuple[ResidualKind, ...]


def residual_facts(run: Run) -> Residual | None:
    """Read the results that are there; None where nothing was measured.

    Raises
    ------
    RunError
        A file is damaged.
    """
    files = sorted((run.public / "measures").glob("residual-*.json"))[:_MOST]
    if not files:
        return None
    generation = run.generation()
    found = [_read(path, generation) for path in files]

    def worth(one: tuple[Residual, str]) -> tuple[bool, bool, str, int]:
        return one[0].by_people, not one[0].earlier, one[1], sum(kind.audited for kind in one[0].kinds)

    return max(found, key=worth)[0]


def _read(path: Path, generation: str | None) -> tuple[Residual, str]:
    try:
        if path.stat().st_size > _LARGEST:
            raise ValueError("too large")
        value = json.loads(path.read_bytes())
        settings, figures = value["settings"], value["figures"]
        decisions = str(settings["decisions"])
        kinds = ((fixed_word(str(kind)), told) for kind, told in figures["kinds"].items())
        facts = Residual(
            id=fixed_word(f"r-{value['id']}")[2:],
            by_people=settings["by"] == "people",
            earlier=decisions != generation,
            written=bool(settings["written"]),
            published=int(figures["published"]),
            least=float(settings["least"]),
            cover=float(settings["cover"]),
            kinds=tuple(_kind(kind, told) for kind, told in kinds if "total" in told),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise RunError(f"{path} is damaged; run `overpaint measure residual` again to write it anew") from error
    return facts, decisions


def _kind(kind: str, told: Mapping[str, Any]) -> ResidualKind:
    return ResidualKind(
        kind=kind,
        audited=int(told["audited"]),
        unanswered=int(told["unanswered"]),
        counted=int(told["counted"]),
        with_any=int(told["with_any"]),
        total=_three(told["total"]),
        per_1000=_three(told["per_1000"]),
        images_with_any=_three(told["images_with_any"]),
        fewer_than=_number(told["fewer_than"]["value"]),
        few=bool(told["few"]),
        more={str(int(str(width).rstrip("%"))): int(count) for width, count in told["more"].items()},
    )


def _three(told: Mapping[str, Any]) -> tuple[float | None, float | None, float | None]:
    return _number(told["value"]), _number(told["low"]), _number(told["high"])


def _number(value: Any) -> float | None:
    if value is None:
        return None
    number = float(value)
    if not math.isfinite(number):
        raise ValueError("not a number")
    return number
