"""What attackers reached, as figures for the result, as tables for a terminal, and as plots."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from overpaint import measures
from overpaint.jobs._measure_reidentify_arms import BAR, CONTROL, Arm, Attacked, Reached
from overpaint.jobs._measure_reidentify_faces import Found
from overpaint.measures import Estimate, Measured, Plot

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["figures_told", "lines_told", "plots_of", "within_bar"]

_JUDGED: Final = ("naive", "parrot", "trained")
_WIDTH = 26


def within_bar(reached: Mapping[str, Reached]) -> str:
    """Whether an arm's AUC lies above the control arm's by the bar at most, for the attackers that count.

    ``yes``: the upper ends of the intervals do as well; ``by the figures``: the figures do, the intervals reach beyond;
    ``no``: a figure lies above.
    """
    above = [reached[each].auc_above for each in _JUDGED if each in reached]
    known = [each for each in above if each is not None and each.value is not None]
    if not known or any(each.value is not None and each.value > BAR for each in known):
        return "no" if known else "not measured"
    return "yes" if all(each.high is not None and each.high <= BAR for each in known) else "by the figures"


def figures_told(done: Attacked, found: Found) -> dict[str, Any]:
    """The public half: aggregates by arm and attacker."""
    clear = done.clear.figures
    return {
        "pictures": found.pictures,
        "unusable": dict(sorted(found.unusable.items())),
        "people": clear.people,
        "faces": clear.faces,
        "pairs_of_one_person": clear.genuine,
        "pairs_of_two_people": clear.impostors,
        "chance": {"auc": 0.5, "rank1": clear.chance},
        "clear": done.clear.to_dict(),
        "control": {attacker: each.to_dict() for attacker, each in done.control.items()},
        "arms": {arm.name: _arm(arm, reached) for arm, reached in done.arms.items()},
    }


def _arm(arm: Arm, reached: Mapping[str, Reached]) -> dict[str, Any]:
    told: dict[str, Any] = {"look": arm.look, "cells": arm.cells, "tool": arm.tool, "default": arm.default}
    return told | {
        "attackers": {attacker: each.to_dict() for attacker, each in reached.items()},
        "within_bar": within_bar(reached),
    }


def lines_told(measured: Measured, done: Attacked) -> list[str]:
    """Tables: AUC, rank-1, what lies above the control arm, and how many are accepted at a false accept rate."""
    f = measured.figures
    pairs = f"{f['pairs_of_one_person']:,} pairs of one person, {f['pairs_of_two_people']:,} of two"
    lines = [f"{f['people']} people, {f['faces']} faces: {pairs}"]
    lines += [f"  not used: {count} ({reason})" for reason, count in f["unusable"].items()]
    lines += ["", "AUC: how often a pair of one person looks more alike than a pair of two; guessing gives 0.500"]
    lines += _table(done, "auc")
    chance = f["chance"]["rank1"]
    lines += ["", f"rank-1: how often the right person is named, one picture each; guessing gives {chance:.3f}"]
    lines += _table(done, "rank1")
    lines += ["", "TAR: pairs of one person accepted where 1 in 100 pairs of two is"]
    lines += _table(done, "tar_at_far_1e2")
    if done.clear.figures.tar_at_far_1e3.value is not None:
        lines += ["", "TAR: pairs of one person accepted where 1 in 1,000 pairs of two is"]
        lines += _table(done, "tar_at_far_1e3")
    lines += ["", f"AUC above the arm with the {CONTROL}; the default strength may reach {BAR:.2f} more"]
    lines += _above(done)
    lines += ["", "intervals: 95 %, people drawn with replacement", f"embedder: {f['embedder']['training']}"]
    lines += [f"it does not say: {sentence}" for sentence in measured.does_not_say]
    return lines + _links(f.get("links"))


def _row(name: str, cells: list[str]) -> str:
    return f"  {name:<{_WIDTH}}" + "".join(f"{cell:<{_WIDTH}}" for cell in cells).rstrip()


def _named(arm: Arm) -> str:
    return f"{arm.name} (default)" if arm.default else arm.name


def _table(done: Attacked, figure: str) -> list[str]:
    attackers = list(done.control)
    lines = [_row("", attackers), _row("clear", [_figure(done.clear, figure).told()])]
    lines.append(_row(CONTROL, [_figure(done.control[each], figure).told() for each in attackers]))
    for arm, reached in done.arms.items():
        lines.append(_row(_named(arm), [_figure(reached[each], figure).told() for each in attackers]))
    return lines


def _figure(reached: Reached, figure: str) -> Estimate:
    found: Estimate = getattr(reached.figures, figure)
    return found


def _above(done: Attacked) -> list[str]:
    attackers = list(done.control)
    lines = [_row("", [*attackers, "within the bar"])]
    for arm, reached in done.arms.items():
        told = [each.told("+.3f") if (each := reached[a].auc_above) else "" for a in attackers]
        lines.append(_row(_named(arm), [*told, within_bar(reached)]))
    return lines


def _links(links: Mapping[str, Any] | None) -> list[str]:
    if links is None:
        return []
    people, alike = links["people_visible"], links["alike"].told(".1f", scale=100)
    return [
        "",
        f"what no painting hides, of {links['published']:,} published samples:",
        f"  {links['same_name'].told('.1f', scale=100)} % are called as their originals are",
        f"  {links['with_address'].told('.1f', scale=100)} % have an address (URL) in what is published beside them",
        f"  {alike} % of {links['compared']:,} painted ones are alike their originals to a perceptual hash",
        "  people still to be seen: not measured (scan with --detectors faces,people)"
        if people is None
        else f"  people still to be seen, whatever was done to their faces: {people:,}",
    ]


def plots_of(done: Attacked) -> dict[str, Plot]:
    """Bars of every arm for each attacker, and over the cells a curve for each where there are several."""
    plots: dict[str, Plot] = {}
    for attacker in done.control:
        rows = {"clear": done.clear.figures.auc, CONTROL: done.control[attacker].figures.auc}
        rows |= {_named(arm): reached[attacker].figures.auc for arm, reached in done.arms.items()}
        title = f"How well the {attacker} attacker tells people apart"
        plots[f"arms-{attacker}"] = measures.intervals(rows, title=title, axis="AUC (guessing: 0.5)", mark=0.5)
        if len({arm.cells for arm in done.arms if arm.cells}) > 1:
            plots[f"curve-{attacker}"] = _curve(done, attacker, "auc", "AUC", 0.5, BAR)
            chance = done.clear.figures.chance
            plots[f"curve-rank1-{attacker}"] = _curve(done, attacker, "rank1", "rank-1", chance, None)
    return plots


def _curve(done: Attacked, attacker: str, figure: str, word: str, chance: float, bar: float | None) -> Plot:
    """A figure over the number of cells, a line a look, above the control arm's band and what guessing gives."""

    def draw() -> Figure:
        with measures.drawing() as (figure_drawn, axes):
            control = _figure(done.control[attacker], figure)
            if control.low is not None and control.high is not None:
                axes.axhspan(control.low, control.high, color="#e4e4e4", zorder=0)
            if control.value is not None:
                axes.axhline(control.value, color="#777777", linewidth=1.0, label=CONTROL)
                if bar is not None:
                    axes.axhline(control.value + bar, color="#777777", linewidth=0.9, linestyle="--", label="the bar")
            axes.axhline(chance, color="#aaaaaa", linewidth=0.9, linestyle=":", label="guessing")
            looks = {arm.look: "" for arm in done.arms if arm.look and arm.cells}
            for look, line, mark in zip(looks, ("-", "--"), ("o", "s"), strict=False):
                mine = sorted((arm.cells, arm) for arm in done.arms if arm.look == look and arm.cells)
                points = [(cells, _figure(done.arms[arm][attacker], figure)) for cells, arm in mine]
                at, values, below, over = zip(*(_ends(cells, each) for cells, each in points), strict=True)
                axes.errorbar(
                    at, values, yerr=(below, over), label=look, color="black", linestyle=line, marker=mark, capsize=2.5
                )
            for arm, reached in done.arms.items():
                value = _figure(reached[attacker], figure).value
                if arm.default and value is not None:
                    axes.axhline(value, color="black", linewidth=1.4, linestyle="-.", label=f"{arm.name}: the default")
            axes.set_xlabel("cells across the shorter side of a face")
            axes.set_ylabel(word)
            axes.set_title(f"{word} of the {attacker} attacker", loc="left", fontsize=10)
            figure_drawn.legend(loc="outside right upper", fontsize=8)
            return figure_drawn

    return draw


def _ends(cells: int | None, each: Estimate) -> tuple[float, float, float, float]:
    """Where a point stands, and how far its whiskers reach below and above."""
    value = math.nan if each.value is None else each.value
    low, high = (value if end is None else end for end in (each.low, each.high))
    return float(cells or 0), value, max(0.0, value - low), max(0.0, high - value)
