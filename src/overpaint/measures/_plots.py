"""Plots with their intervals, readable in grey: told apart by line, marker and hatch, and by shade only besides.

Each is written twice, PNG and SVG, without a date or a path in it, so that the same figures give the same files.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING, Any

from overpaint.errors import UsageError
from overpaint.measures._result import Estimate

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["Plot", "curves", "drawing", "intervals", "rendered"]

Plot = Callable[[], "Figure"]
"""Draws one figure; called late, so that without plots nobody loads matplotlib."""

SHADES = ("#000000", "#555555", "#8a8a8a", "#b5b5b5")
LINES = ("-", "--", ":", "-.")
_LABEL = 50  # letters of a line beside an axis: the layout makes no room for more
MARKERS = ("o", "s", "^", "D", "v", "x", "P", "*")


@contextmanager
def drawing(*, width: float = 6.4, height: float = 4.0) -> Iterator[tuple[Figure, Axes]]:
    """A figure and its axes in the house's style.

    Raises
    ------
    UsageError
        matplotlib is not installed.
    """
    try:
        import matplotlib as mpl
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise UsageError("plots need matplotlib: pip install 'overpaint[measure]'; or ask with --no-plots") from error
    style: dict[str, Any] = {
        "font.size": 9,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "grid.color": "#dddddd",
        "grid.linewidth": 0.6,
        "svg.hashsalt": "overpaint",
        "svg.fonttype": "none",
        "legend.frameon": False,
    }
    with mpl.rc_context(style):
        figure = Figure(figsize=(width, height), layout="constrained")
        FigureCanvasAgg(figure)
        yield figure, figure.subplots()


def rendered(plot: Plot) -> dict[str, bytes]:
    """The figure as bytes: ``png`` and ``svg``."""
    import matplotlib as mpl

    with mpl.rc_context({"svg.hashsalt": "overpaint", "svg.fonttype": "none"}):
        figure = plot()
        files = {}
        for kind, about in (("png", {"Software": None}), ("svg", {"Date": None, "Creator": "overpaint"})):
            memory = BytesIO()
            figure.savefig(memory, format=kind, dpi=150, metadata=about)
            files[kind] = memory.getvalue()
        return files


def _ends(row: Estimate) -> tuple[float, float, float]:
    value = math.nan if row.value is None else row.value
    return value, value if row.low is None else row.low, value if row.high is None else row.high


def intervals(rows: Mapping[str, Estimate], *, title: str, axis: str, mark: float | None = None) -> Plot:
    """One row a figure, its interval as a line; `mark` draws the value that means no difference (or a bar to reach)."""

    def draw() -> Figure:
        told = {name: row for name, row in rows.items() if row.value is not None}
        with drawing(height=1.2 + 0.32 * max(len(told), 1)) as (figure, axes):
            places = range(len(told), 0, -1)
            for place, row in zip(places, told.values(), strict=True):
                value, low, high = _ends(row)
                axes.plot([low, high], [place, place], "-|", color="black", linewidth=1.2, markersize=7)
                axes.plot([value], [place], "o", color="black", markersize=4.5)
            if mark is not None:
                axes.axvline(mark, color="#777777", linewidth=0.9, linestyle="--")
            axes.set_yticks(list(places), list(told))
            axes.set_ylim(0.4, len(told) + 0.6)
            axes.set_xlabel(textwrap.fill(axis, _LABEL))
            axes.set_title(title, loc="left", fontsize=10)
            axes.grid(visible=False, axis="y")
            return figure

    return draw


def curves(
    lines: Mapping[str, Sequence[tuple[float, Estimate]]],
    *,
    title: str,
    x: str,
    y: str,
    log_x: bool = False,
    marks: Mapping[str, float] | None = None,
) -> Plot:
    """Lines of (x, figure) with their intervals as whiskers; `marks` are upright lines with a word (the default)."""

    def draw() -> Figure:
        with drawing() as (figure, axes):
            for index, (name, points) in enumerate(lines.items()):
                known = [(at, *_ends(each)) for at, each in points if each.value is not None]
                axes.errorbar(
                    [at for at, _, _, _ in known],
                    [value for _, value, _, _ in known],
                    yerr=[
                        [max(0.0, value - low) for _, value, low, _ in known],
                        [max(0.0, high - value) for _, value, _, high in known],
                    ],
                    label=name,
                    color=SHADES[index % len(SHADES)],
                    linestyle=LINES[index % len(LINES)],
                    marker=MARKERS[index % len(MARKERS)],
                    markersize=4.5,
                    capsize=2.5,
                    linewidth=1.2,
                )
            for word, at in (marks or {}).items():
                axes.axvline(at, color="#777777", linewidth=0.9, linestyle="--")
                axes.annotate(word, (at, 1), xycoords=("data", "axes fraction"), ha="left", va="top", fontsize=8)
            if log_x:
                axes.set_xscale("log")
            axes.set_xlabel(textwrap.fill(x, _LABEL))
            axes.set_ylabel(textwrap.fill(y, _LABEL))
            axes.set_title(title, loc="left", fontsize=10)
            if len(lines) > 1:
                axes.legend(fontsize=8)
            return figure

    return draw
