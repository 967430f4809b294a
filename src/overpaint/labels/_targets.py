"""Which shares an attribute is to have: in words, as pairs, or from a file."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path

from overpaint.errors import LabelsError
from overpaint.labels._balance import Margin

__all__ = ["read_target"]

_MOST_BYTES = 1 << 20
_SLACK = Fraction(1, 1000)  # shares written with a few digits do not sum to 1 exactly
_FINEST = 10**6


def read_target(text: str, values: Sequence[str], *, tolerance: float = 0.0) -> Margin:
    """The shares that somebody asks for.

    Parameters
    ----------
    text
        ``uniform``; pairs such as ``a=0.5,b=1/3``; or the path of a CSV with columns ``value`` and ``share``. Shares
        sum to 1, to a thousandth.
    values
        The values that the attribute has.
    tolerance
        How far a share may be off, 0 to 1.

    Raises
    ------
    LabelsError
        A value has no share, a share is given to no value, or the shares are none.
    """
    if not 0 <= tolerance <= 1:
        raise LabelsError(f"--tolerance {tolerance:g} is no share; give one from 0 to 1")
    if not values:
        raise LabelsError("--attribute: it has no values; name a column of --attributes")
    off = Fraction(tolerance).limit_denominator(_FINEST)
    if text == "uniform":
        return Margin(dict.fromkeys(values, Fraction(1, len(values))), off)
    told = _file(Path(text)) if "=" not in text else _pairs(text)
    if unknown := sorted(set(told) - set(values)):
        raise LabelsError(f"--target {text}: nobody has {_said(unknown)}; the values are {_said(values)}")
    if missing := sorted(set(values) - set(told)):
        raise LabelsError(f"--target {text}: says nothing of {_said(missing)}; give each value a share, 0 too")
    whole = sum(told.values(), Fraction(0))
    if abs(whole - 1) > _SLACK:
        raise LabelsError(f"--target {text}: the shares sum to {float(whole):g}; they have to sum to 1")
    return Margin({value: share / whole for value, share in told.items()}, off)


def _pairs(text: str) -> dict[str, Fraction]:
    told: dict[str, Fraction] = {}
    for pair in text.split(","):
        value, _, share = pair.rpartition("=")
        _add(told, value.strip(), share, f"--target {text}")
    return told


def _file(path: Path) -> dict[str, Fraction]:
    name = f"--target {path}"
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise LabelsError(f"{name}: larger than any table of shares; give columns value and share")
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows: list[Mapping[str | None, str]] = list(csv.DictReader(file))
    except OSError as wrong:
        raise LabelsError(f"{name}: neither 'uniform', nor pairs value=share, nor a file ({wrong.strerror})") from None
    except (UnicodeDecodeError, csv.Error):
        raise LabelsError(f"{name}: cannot be read as CSV in UTF-8; give columns value and share") from None
    if not rows or not {"value", "share"} <= set(rows[0]):
        raise LabelsError(f"{name}: has no columns 'value' and 'share'; its first line names them")
    told: dict[str, Fraction] = {}
    for row in rows:
        _add(told, (row["value"] or "").strip(), row["share"] or "", name)
    return told


def _add(told: dict[str, Fraction], value: str, share: str, name: str) -> None:
    try:
        number = Fraction(share.strip()).limit_denominator(_FINEST)
    except (ValueError, ZeroDivisionError):
        raise LabelsError(f"{name}: {share.strip()[:40]!r} is no share; write 0.25 or 1/4") from None
    if not 0 <= number <= 1:
        raise LabelsError(f"{name}: a share of {float(number):g}; shares are from 0 to 1")
    if not value or value in told:
        raise LabelsError(
            f"{name}: {value[:40]!r} has {'no name' if not value else 'two shares'}; name each value once"
        )
    told[value] = number


def _said(values: Sequence[str]) -> str:
    shown = ", ".join(repr(value[:40]) for value in values[:8])
    return shown + (f" and {len(values) - 8} more" if len(values) > 8 else "")
