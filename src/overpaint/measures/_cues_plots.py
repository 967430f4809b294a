"""Plots of the trials: how far erasure moves predictions beyond a clear patch as large."""

from __future__ import annotations

from dataclasses import replace

from overpaint.measures._cues import CueFigures
from overpaint.measures._cues_saliency import SaliencyFigures
from overpaint.measures._plots import Plot, intervals
from overpaint.measures._result import Estimate

__all__ = ["cue_plots"]


def cue_plots(figures: CueFigures, saliency: SaliencyFigures | None = None) -> dict[str, Plot]:
    """By name: the trials of all arms, and saliency where it was taken."""
    drawn: dict[str, Plot] = {}
    rows = {
        f"{arm}, {trial}": _points(each.beyond.both)
        for arm, found in figures.movements.items()
        for trial, each in found.items()
    }
    if rows:
        axis = "points of probability beyond a clear patch, 95 % interval"
        drawn["cues"] = intervals(rows, title="Is erasure a sign? (by training, by trial)", axis=axis, mark=0.0)
    if saliency is not None and saliency.ratio:
        drawn["saliency"] = intervals(
            {f"trained on {arm}": each.both for arm, each in saliency.ratio.items()},
            title="Saliency inside erased areas",
            axis="share of saliency over share of area, 95 % interval",
            mark=1.0,
        )
    return drawn


def _points(value: Estimate) -> Estimate:
    middle, low, high = (None if end is None else 100 * end for end in (value.value, value.low, value.high))
    return replace(value, value=middle, low=low, high=high)
