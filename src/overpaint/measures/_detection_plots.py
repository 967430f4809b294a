"""Plots of a measurement of detection: curves, recall by size, recall by group and how far groups lie apart."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from overpaint.measures._plots import LINES, MARKERS, SHADES, Plot, drawing, intervals
from overpaint.measures._result import Estimate

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["detection_plots"]

_MOST_ROWS = 40


def detection_plots(figures: Mapping[str, Any], *, kind: str) -> dict[str, Plot]:
    """The plots of what `detection_figures` says, by name."""
    ways: Mapping[str, Any] = figures["ways"]
    about = f"{figures['boxes']} true boxes ({kind}) in {figures['images']} images"
    plots: dict[str, Plot] = {"recall-by-size": _by("size", ways, title=f"Recall by height in pixels; {about}")}
    lines = {name: way["curve"] for name, way in ways.items() if way.get("curve")}
    if lines:
        marks = {name: (way["recall"], way["precision"]) for name, way in ways.items() if name in lines}
        plots["precision-recall"] = _precision_recall(lines, marks, title=f"Precision over recall; {about}")
    attributes = sorted({attribute for way in ways.values() for attribute in way["by"]} - {"size"})
    for attribute in attributes[:_MOST_ROWS]:
        name = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in attribute.lower())
        plots[f"recall-by-{name}"] = _by(attribute, ways, title=f"Recall by {attribute}; {about}")
    rows = {
        f"{gap['attribute']} ({gap['highest']} less {gap['lowest']}), {name}": gap["recall"]
        for name, way in ways.items()
        if not isinstance(way["gaps"], str)
        for gap in way["gaps"]
    }
    if rows:
        title = "Largest recall gap between groups"
        plots["group-gaps"] = intervals(_first(rows), title=title, axis="recall, simultaneous 95 % intervals", mark=0.0)
    return plots


def _by(attribute: str, ways: Mapping[str, Any], *, title: str) -> Plot:
    rows: dict[str, Estimate] = {}
    for value in dict.fromkeys(value for way in ways.values() for value in way["by"].get(attribute, {})):
        for name, way in ways.items():
            row = way["by"].get(attribute, {}).get(value)
            if row is not None:
                rows[f"{value} (n={row['boxes']}), {name}"] = row["recall"]
    return intervals(_first(rows), title=title, axis="recall, 95 % intervals by image bootstrap")


def _first(rows: Mapping[str, Estimate]) -> dict[str, Estimate]:
    return dict(list(rows.items())[:_MOST_ROWS])


def _precision_recall(
    lines: Mapping[str, Sequence[Sequence[float]]], marks: Mapping[str, tuple[Estimate, Estimate]], *, title: str
) -> Plot:
    """Curves told apart by line, shade and the marker at what each accepts from, whose whiskers are the intervals."""

    def draw() -> Figure:
        with drawing() as (figure, axes):
            for index, (name, points) in enumerate(lines.items()):
                shade, line = SHADES[index % len(SHADES)], LINES[index % len(LINES)]
                axes.plot([r for _, r, _ in points], [p for _, _, p in points], line, color=shade, linewidth=1.3)
                recall, precision = marks[name]
                if recall.value is None or precision.value is None:
                    continue
                axes.errorbar(
                    [recall.value],
                    [precision.value],
                    xerr=_whiskers(recall),
                    yerr=_whiskers(precision),
                    fmt=MARKERS[index % len(MARKERS)],
                    linestyle=line,
                    color=shade,
                    markersize=5.5,
                    capsize=2,
                    linewidth=0.9,
                    label=name,
                )
            axes.set_xlim(_start([recall for recall, _ in marks.values()]), 1.01)
            axes.set_ylim(_start([precision for _, precision in marks.values()]), 1.02)
            axes.set_xlabel("recall")
            axes.set_ylabel("precision (a lower bound)")
            axes.set_title(title, loc="left", fontsize=10)
            axes.legend(fontsize=8, loc="lower left", title="at what it accepts from")
            return figure

    return draw


def _start(rows: Sequence[Estimate]) -> float:
    """Where an axis begins, so that what is accepted lies in the middle: a tenth, with room below the intervals."""
    ends = [row.value if row.low is None else row.low for row in rows if row.value is not None]
    lowest = min(ends, default=0.0)
    return max(0.0, math.floor(10 * (lowest - 0.15)) / 10)


def _whiskers(row: Estimate) -> list[list[float]]:
    assert row.value is not None
    low, high = (row.value if end is None else end for end in (row.low, row.high))
    return [[max(0.0, row.value - low)], [max(0.0, high - row.value)]]
