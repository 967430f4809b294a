"""Bars and intervals in single cells of a table, as inline SVG: readable without colour, beside their numbers."""

from __future__ import annotations

import math

from markupsafe import Markup

from overpaint.reports._facts import Rate
from overpaint.reports._shifts import Ratio

__all__ = ["both", "share", "span"]

_WIDE, _SCALE = 160, (0.1, 10.0)


def share(rate: Rate | None) -> Markup:
    """A share from 0 to 1 as a bar, its interval as a line; a hollow box where it is not told."""
    return _drawing(14, _bar(rate, 2, 10, "after"))


def both(before: Rate | None, after: Rate | None) -> Markup:
    """Two shares, before hollow and above, after full and below."""
    return _drawing(26, _bar(before, 2, 10, "before") + _bar(after, 14, 10, "after"))


def span(ratio: Ratio) -> Markup:
    """A ratio and its interval on a logarithmic scale from a tenth to ten times; the line in the middle is 1."""
    if ratio.value is None:
        return Markup("")
    low, high, at = (_place(value) for value in (ratio.low, ratio.high, ratio.value))
    ends = "".join(
        f'<path d="M{x:.1f} 2v10" class="end"/>'
        for x, value in ((low, ratio.low), (high, ratio.high))
        if _SCALE[0] <= value <= _SCALE[1]
    )
    line = f'<path d="M{low:.1f} 7H{high:.1f}" class="whisker"/>{ends}'
    dot = f'<circle cx="{at:.1f}" cy="7" r="3.4" class="dot"/>'
    return _drawing(14, f'<path d="M{_WIDE / 2} 0v14" class="one"/>{line}{dot}')


def _place(value: float) -> float:
    low, high = _SCALE
    clipped = min(high, max(low, value)) if not math.isnan(value) else 1.0
    return 4 + (_WIDE - 8) * math.log(clipped / low) / math.log(high / low)


def _bar(rate: Rate | None, top: int, high: int, kind: str) -> str:
    if rate is None or rate.share is None:
        return f'<rect class="untold" x="0.5" y="{top}" width="{_WIDE - 1}" height="{high}"/>'
    middle = top + high / 2
    return (
        f'<rect class="{kind}" x="0.5" y="{top}" width="{max(0.0, rate.share * (_WIDE - 1)):.1f}" height="{high}"/>'
        f'<path class="whisker" d="M{rate.low * _WIDE:.1f} {middle}H{rate.high * _WIDE:.1f}"/>'
    )


def _drawing(high: int, inside: str) -> Markup:
    """Hidden from screen readers: the numbers are beside it."""
    return Markup(f'<svg class="cell" viewBox="0 0 {_WIDE} {high}" aria-hidden="true" focusable="false">{inside}</svg>')
