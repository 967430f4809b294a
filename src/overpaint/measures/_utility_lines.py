"""What `compare` found, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from overpaint.measures._result import Estimate
from overpaint.measures._utility_classes import RATE

if TYPE_CHECKING:
    from overpaint.measures._utility_figures import Crossing, Difference, UtilityFigures
    from overpaint.measures._utility_share import Relation

__all__ = ["told"]

_MOST = 5
"""Classes and pairs that are named before the rest are counted."""


def told(figures: UtilityFigures) -> list[str]:
    """Lines, in points (hundredths) of top-1 unless they say otherwise."""
    count = max((len(level.each) for level in figures.levels), default=0)
    lines = [
        f"{figures.images:,} test images, {figures.classes:,} classes, {count} seeds; intervals are 95 %, in points"
    ]
    lines += ["", "each arm on itself:"]
    for level in figures.levels:
        if level.trained == level.tested:
            lines.append(f"  {level.trained}: top-1 {_points(level.top1)}{_more(level.top5, level.precision)}")
    if not any(level.top5 for level in figures.levels):
        lines.append("  top-5 is not given: of so few classes it says nothing")
    for each in figures.differences:
        lines += ["", *_difference(each, names=figures.names_are_wnids)]
    if figures.crossings:
        lines += ["", "networks of one arm on the images of another (top-1):"]
        lines += [_crossing(each) for each in figures.crossings]
    noise = figures.noise
    lines += ["", f"another seed alone: top-1 of two seeds is {_points(noise.apart)} apart on the mean;"]
    lines.append(f"  it answers {_points(noise.churn)} % of the images otherwise")
    lines += [f"  the same seed, {name}: {_points(each)} %" for name, each in noise.changed.items()]
    return lines


def _points(value: Estimate | None, *, sign: bool = False) -> str:
    return "not measured" if value is None else value.told("+.2f" if sign else ".2f", scale=100)


def _more(top5: Estimate | None, precision: Estimate | None) -> str:
    said = "" if top5 is None else f", top-5 {_points(top5)}"
    return said if precision is None else f"{said}, mean average precision {_points(precision)}"


def _difference(each: Difference, *, names: bool) -> Iterator[str]:
    yield f"{each.contrast.name}: {each.contrast.means}"
    rows = [("top-1", each.top1), ("top-5", each.top5), ("mean average precision", each.classes.mean)]
    for name, change in rows:
        if change is not None:
            yield f"  {name} {_points(change.seeds, sign=True)} over seeds with these images,"
            yield f"    {_points(change.both, sign=True)} over seeds and images of the kind (p = {change.p:.3g})"
    yield f"  smallest drop of top-1 it could have seen (4 times in 5): {_points(each.power.seeds)},"
    yield f"    on other images of the kind {_points(each.power.both)}"
    lost, gained = each.classes.named(-1), each.classes.named(1)
    yield (
        f"  of {len(each.classes.rows)} classes {len(lost)} lost and {len(gained)} gained average precision "
        f"(false discoveries held at {RATE:.0%})"
    )
    if names:
        for row in sorted(lost, key=lambda row: row.change.value)[:_MOST]:
            yield f"    {row.name} {_points(row.change.both, sign=True)}, q = {row.q:.3g}"
        if len(lost) > _MOST:
            yield f"    and {len(lost) - _MOST} more"
    if each.swaps:
        yield f"  {len(each.swaps)} pairs of classes swapped: one is answered for the other, no less is right in all"
    if names:
        for swap in each.swaps[:_MOST]:
            yield (
                f"    {swap.gains} instead of {swap.loses}: {_points(swap.shift.both)} of their images, "
                f"both together {_points(swap.pooled.both, sign=True)}"
            )
    if each.relation is not None:
        yield from _relation(each.relation)


def _relation(found: Relation) -> Iterator[str]:
    yield f"  {found.erased:,} of {found.images:,} images have something erased"
    if found.sure.value is not None:
        yield f"    rank correlation of the share erased with the true class's probability: {found.sure.told('+.2f')}"
    if found.slope is not None:
        yield f"    a tenth of the area moves top-1 by {_points(found.slope.both, sign=True)}"
    if found.by_class.value is not None:
        yield f"    rank correlation over classes, with average precision: {found.by_class.told('+.2f')}"


def _crossing(each: Crossing) -> str:
    line = f"  trained on {each.trained}, tested on {each.tested}: {_points(each.level)}"
    if each.shift is not None:
        line += f"; than at home {_points(each.shift.both, sign=True)}"
    if each.instead is not None:
        line += f"; than networks trained for it {_points(each.instead.both, sign=True)}"
    return line
