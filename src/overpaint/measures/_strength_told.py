"""What `overpaint measure strength` found, in words and plots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from overpaint.measures._plots import Plot, curves, drawing
from overpaint.measures._result import Estimate

__all__ = ["strength_lines", "strength_plots"]


def strength_lines(figures: Mapping[str, Any]) -> list[str]:
    """The figures for a terminal."""
    lines = [f"{figures['faces']} faces in {figures['images']} images"]
    if figures["faces_without_detail"]:
        lines[0] += f" ({figures['faces_without_detail']} more have no detail that could be left)"
    lines.append("detail left (1 untouched, 0 nothing finer than the grid):")
    for title, rows in (
        ("of the box", figures["detail_left"]),
        ("by size of face", figures["detail_left_by_size"]),
        ("by the largest other face", figures["detail_left_by_neighbour"]),
    ):
        lines.append(f"  {title}: " + "; ".join(f"{name} {row.told('.2f')}" for name, row in rows.items()))
    if figures["untouched_share_of_box"] is not None:
        word = {
            True: "hard",
            False: "soft: rim or corners hold more than the centre",
            None: "none: the centre is untouched, or was not measured",
        }
        lines.append(
            f"untouched: {figures['untouched_share_of_box']:.0%} of the box; core: {word[figures['hard_core']]}"
        )
    if figures.get("values"):
        lines.append("independent values across a face, by the tool's response:")
        for each in figures["values"].values():
            more = "at least " if each["at_least"] else ""
            lines.append(f"  {each['side']} px: {more}{each['seen']:.1f} seen, {more}{each['recoverable']} recoverable")
    else:
        lines.append(f"independent values across a face, seen: {figures['values_seen'].told('.1f')}")
    sigma = figures["sigma"]
    for name, row in sigma["by_size"].items():
        lines.append(
            f"effective sigma, {name}: {row['pixels'].told('.1f')} px, {row['share_of_face'].told('.3f')} of the face "
            f"(nearest: {row['shape']}; {row['sharp']:.0%} sharp beside it; explains {row['explained']:.1%})"
        )
    if sigma["nothing_left_to_fit"]:
        lines.append(f"faces with nothing left to fit a sigma to: {sigma['nothing_left_to_fit']}")
    if sigma["not_blurred"]:
        lines.append(f"faces that were not blurred: {sigma['not_blurred']}")
    return lines


def strength_plots(figures: Mapping[str, Any]) -> dict[str, Plot]:
    """Detail left by size of face and by neighbour, and where in the box."""
    plots: dict[str, Plot] = {}
    for name, rows, word in (
        ("by-size", figures["detail_left_by_size"], "shorter side of the face"),
        ("by-neighbour", figures["detail_left_by_neighbour"], "largest other face"),
    ):
        if rows:
            plots[name] = _steps(rows, word)
    if figures["faces"]:
        plots["where"] = _map(figures["detail_left_map"])
    return plots


def _steps(rows: Mapping[str, Estimate], word: str) -> Plot:
    draw = curves({"": list(enumerate(rows.values()))}, title="Detail left in faces", x=word, y="share (1 untouched)")

    def plot() -> Any:
        figure = draw()
        (axes,) = figure.axes
        axes.set_xticks(range(len(rows)), list(rows), fontsize=8)
        axes.set_ylim(bottom=min(0.0, axes.get_ylim()[0]), top=max(1.05, axes.get_ylim()[1]))
        return figure

    return plot


def _map(rows: Sequence[Sequence[float | None]]) -> Plot:
    def plot() -> Any:
        grid = np.array([[np.nan if value is None else value for value in row] for row in rows], float)
        with drawing(width=4.6, height=4.0) as (figure, axes):
            shown = axes.imshow(grid, cmap="Greys", vmin=0, vmax=1, extent=(0, 1, 1, 0))
            figure.colorbar(shown, label="detail left (black: untouched)")
            axes.grid(visible=False)
            axes.set_xticks([0, 0.5, 1])
            axes.set_yticks([0, 0.5, 1])
            axes.set_title("Where in the box detail is left", loc="left", fontsize=10)
            return figure

    return plot
