"""Plots of what `compare` found; no class is named in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from overpaint.measures._plots import Plot, curves, drawing, intervals
from overpaint.measures._result import Estimate
from overpaint.measures._utility_figures import Difference, UtilityFigures

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["plots"]


def plots(figures: UtilityFigures) -> dict[str, Plot]:
    """By name: differences and cross tests in top-1, changes by share of the area erased, and those of the classes."""
    drawn: dict[str, Plot] = {}
    if figures.differences:
        drawn["differences"] = _differences(figures)
        drawn["classes"] = _classes(figures.differences)
    if figures.crossings:
        rows = {
            f"{each.trained} on {each.tested},\n{words}": _points(change.both)
            for each in figures.crossings
            for words, change in (("minus at home", each.shift), ("minus trained for it", each.instead))
            if change is not None
        }
        drawn["cross-tests"] = intervals(
            rows, title="Trained on one arm, tested on another", axis="points of top-1, 95 % interval", mark=0.0
        )
    related = {each.contrast.name: each.relation for each in figures.differences if each.relation is not None}
    if related:
        lines = {
            name: [
                ((each.above + each.up_to) / 2 * 100, _points(each.top1.both))
                for each in found.bins
                if each.top1 is not None
            ]
            for name, found in related.items()
        }
        drawn["share"] = curves(
            lines,
            title="Change by share of the area erased",
            x="share of the image erased, % (middle of the bin)",
            y="change of top-1, points",
        )
    return drawn


def _points(value: Estimate) -> Estimate:
    middle, low, high = (None if end is None else 100 * end for end in (value.value, value.low, value.high))
    return replace(value, value=middle, low=low, high=high)


def _differences(figures: UtilityFigures) -> Plot:
    rows = {}
    for each in figures.differences:
        rows[f"{each.contrast.name}\nover seeds"] = _points(each.top1.seeds)
        rows[f"{each.contrast.name}\nand images of the kind"] = _points(each.top1.both)
    return intervals(rows, title="Differences of top-1, paired by seed", axis="points, 95 % interval", mark=0.0)


def _classes(differences: Sequence[Difference]) -> Plot:
    """Each class's change of average precision, in order, with its interval; those that count as found are filled."""

    def draw() -> Figure:
        chosen = differences[0]
        rows = sorted(chosen.classes.rows, key=lambda row: row.change.value)
        found = {row.name for sign in (-1, 1) for row in chosen.classes.named(sign)}
        with drawing() as (figure, axes):
            for place, row in enumerate(rows):
                low, high = row.change.both.low, row.change.both.high
                assert low is not None and high is not None  # every class that was tested has an interval
                axes.plot([place, place], [100 * low, 100 * high], color="#8a8a8a", linewidth=0.8)
                fill = "black" if row.name in found else "white"
                axes.plot([place], [100 * row.change.value], "o", color="black", markerfacecolor=fill, markersize=3.5)
            axes.axhline(0, color="#777777", linewidth=0.9, linestyle="--")
            axes.set_xlabel("classes, in the order of their change (filled: found at 5 % false discoveries)")
            axes.set_ylabel("average precision, points")
            axes.set_title(f"By class: {chosen.contrast.name}", loc="left", fontsize=10)
            return figure

    return draw
