"""Plots as inline SVG: bars with a title, a description and, on the page, a table beside them."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup, escape

from overpaint.reports._facts import Bucket, Conservation
from overpaint.reports._words import counted

__all__ = ["histogram", "places", "stack"]

_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM = 400, 210, 44, 16, 34


def places(conservation: Conservation) -> list[tuple[str, int]]:
    """Where the listed images are: the seven outcomes, then those that wait and those not reached."""
    waiting = [("waiting for a decision to be carried out", conservation.waiting)]
    return [*conservation.outcomes.items(), *waiting, ("not reached yet", conservation.not_reached)]


def stack(conservation: Conservation) -> Markup:
    """One bar for all listed images, a segment for each place; colours are the table's keys."""
    total = conservation.listed
    parts, x = [], 0.0
    for number, (name, images) in enumerate(places(conservation)):
        if images:
            width = 1000 * images / total
            told = f"<title>{escape(name)}: {images:,}</title>"
            parts.append(f'<rect class="s{number}" x="{x:.2f}" y="0" width="{width:.2f}" height="26">{told}</rect>')
            x += width
    body = "".join(parts) or '<rect class="s8" x="0" y="0" width="1000" height="26"/>'
    said = "One bar of all listed images, divided by outcome in the order of the table that follows."
    return Markup(
        '<svg class="stack" viewBox="0 0 1000 26" preserveAspectRatio="none" style="height:26px" role="img" '
        'aria-labelledby="stack-t stack-d"><title id="stack-t">Where the images are</title>'
        f'<desc id="stack-d">{said}</desc>{body}</svg>'
    )


def histogram(
    buckets: Sequence[Bucket],
    *,
    ident: str,
    title: str,
    unit: str,
    ticks: Sequence[str],
    threshold: float | None = None,
) -> Markup:
    """Faces by bucket; those the policy acts on in front, those below the threshold on top of them.

    Parameters
    ----------
    buckets
        Neighbouring buckets, drawn equally wide.
    ident
        A word for the elements' ids, unique on the page.
    title, unit
        What is shown, and what is along the axis.
    ticks
        One label a boundary between buckets (``len(buckets) + 1``); empty ones are left out.
    threshold
        Where to draw the line, as a number of buckets from the left.
    """
    top = _nice(max((bucket.faces for bucket in buckets), default=0))
    high, wide = _HEIGHT - _TOP - _BOTTOM, (_WIDTH - _LEFT - 8) / len(buckets)
    floor = _TOP + high
    parts = []
    for value in (0, top / 2, top):
        y = floor - high * value / top
        parts.append(f'<line class="axis" x1="{_LEFT}" x2="{_WIDTH - 8}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{_LEFT - 5}" y="{y + 4:.1f}" text-anchor="end">{_short(value)}</text>')
    for number, bucket in enumerate(buckets):
        x = _LEFT + number * wide + wide * 0.08
        split = floor - high * bucket.above / top
        parts += _bar("above", x, wide * 0.84, split, floor)
        parts += _bar("below", x, wide * 0.84, floor - high * bucket.faces / top, split)
    for number, tick in enumerate(ticks):
        if tick:
            x = _LEFT + number * wide
            parts.append(f'<text x="{x:.1f}" y="{floor + 14}" text-anchor="middle">{escape(tick)}</text>')
    middle = (_LEFT + _WIDTH - 8) / 2
    parts.append(f'<text x="{middle:.0f}" y="{_HEIGHT - 4}" text-anchor="middle">{escape(unit)}</text>')
    if threshold is not None:
        x = _LEFT + threshold * wide
        side, anchor = (x - 4, "end") if threshold > len(buckets) / 2 else (x + 4, "start")
        parts.append(f'<line class="threshold" x1="{x:.1f}" x2="{x:.1f}" y1="4" y2="{floor}"/>')
        parts.append(f'<text class="threshold-word" x="{side:.1f}" y="12" text-anchor="{anchor}">threshold</text>')
    said = f"{counted(sum(b.faces for b in buckets), 'face')}; the table beside holds the numbers."
    return Markup(
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-labelledby="{ident}-t {ident}-d">'
        f'<title id="{ident}-t">{escape(title)}</title><desc id="{ident}-d">{said}</desc>{"".join(parts)}</svg>'
    )


def _bar(name: str, x: float, width: float, top: float, bottom: float) -> list[str]:
    if bottom - top <= 0:
        return []
    return [f'<rect class="{name}" x="{x:.1f}" y="{top:.1f}" width="{width:.1f}" height="{bottom - top:.1f}"/>']


def _nice(value: int) -> int:
    """A round even number at or above a count, so that half of it is a whole number too."""
    step = 10 ** max(0, len(str(value)) - 1)
    tops = (n * step // 10 for n in (10, 12, 16, 20, 24, 30, 40, 50, 60, 80, 100))
    return next((top for top in tops if top >= value and top >= 2 and top % 2 == 0), 2)


def _short(value: float) -> str:
    for size, sign in ((1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:g}{sign}"
    return f"{value:g}"
