"""Tools beside each other on the same made pictures: all cases, the table, and its plots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from overpaint.measures._plots import LINES, MARKERS, SHADES, Plot, drawing
from overpaint.measures._strength_scenes import BESIDE, SMALL
from overpaint.measures._strength_turns import box_as_shown
from overpaint.measures._tool_cases import Case, face_cases, kind_cases, turned_case
from overpaint.measures._tool_cases_riding import riding_cases
from overpaint.measures._tool_judging import LEFT, Judged, picture_of
from overpaint.measures._tool_running import Boxed

__all__ = ["all_cases", "lay_out", "tool_lines", "tool_plots"]

_SIGNS = {"passes": "+", "alters": "~", "leaks": "LEAKS", "cannot": "x", "not installed": "-"}
_TONES = {"passes": 1.0, "alters": 0.78, "leaks": 0.15, "cannot": 0.55, "not installed": 0.95}


def all_cases(*, seed: int) -> list[Case]:
    """Every case, in the order of the table; the same seed makes the same files."""
    random = np.random.default_rng(seed)
    return [*face_cases(random), turned_case(random), *riding_cases(random), *kind_cases(random)]


def lay_out(cases: Sequence[Case], folder: Path) -> dict[str, Boxed]:
    """Write the files of all cases into one folder; returns their boxes in both frames."""
    folder.mkdir(parents=True)
    boxed = {}
    for file in (file for case in cases for file in case.files):
        (folder / file.name).write_bytes(file.data)
        picture = picture_of(file.data)
        height, width = picture.frames[0].shape[:2]
        shown = [box_as_shown(box, width, height, picture.orientation) for box in file.boxes]
        boxed[file.name] = Boxed(width, height, list(file.boxes), shown)
    return boxed


def tool_lines(cases: Sequence[Case], table: Mapping[str, Mapping[str, Judged]]) -> list[str]:
    """The table for a terminal, and below it what leaks, tool by tool."""
    wide = max(len(case.name) for case in cases)
    columns = {name: max(len(name), 5) for name in table}
    lines = [" " * wide + "  " + "  ".join(name.ljust(width) for name, width in columns.items())]
    for case in cases:
        signs = (_SIGNS[table[name][case.name].verdict].ljust(width) for name, width in columns.items())
        lines.append(f"{case.name.ljust(wide)}  {'  '.join(signs)}".rstrip())
    lines.append("; ".join(f"{sign} {word}" for word, sign in _SIGNS.items() if word != "leaks"))
    for name, row in table.items():
        for verdict in ("leaks", "alters", "cannot"):
            told = [(case, row[case.name]) for case in cases if row[case.name].verdict == verdict]
            lines.extend(f"{name} {verdict}: {case.name}: {'; '.join(judged.what)}" for case, judged in told)
    return lines


def tool_plots(cases: Sequence[Case], table: Mapping[str, Mapping[str, Judged]]) -> dict[str, Plot]:
    """The matrix of cases and tools, told by words in its fields; and the small face beside larger ones."""
    return {"matrix": _matrix(cases, table), "by-neighbour": _by_neighbour(cases, table)}


def _matrix(cases: Sequence[Case], table: Mapping[str, Mapping[str, Judged]]) -> Plot:
    def plot() -> Any:
        names = list(table)
        tones = np.array([[_TONES[table[name][case.name].verdict] for name in names] for case in cases])
        with drawing(width=2.6 + 0.95 * len(names), height=1.4 + 0.26 * len(cases)) as (figure, axes):
            axes.imshow(tones, cmap="Greys_r", vmin=0, vmax=1, aspect="auto")
            for row, case in enumerate(cases):
                for column, name in enumerate(names):
                    verdict = table[name][case.name].verdict
                    colour = "white" if _TONES[verdict] < 0.5 else "black"
                    axes.text(column, row, verdict, ha="center", va="center", fontsize=7, color=colour)
            axes.set_xticks(range(len(names)), names, rotation=35, ha="left", fontsize=8)
            axes.xaxis.tick_top()
            axes.set_yticks(range(len(cases)), [case.name for case in cases], fontsize=8)
            axes.grid(visible=False)
            axes.tick_params(length=0)
            return figure

    return plot


def _by_neighbour(cases: Sequence[Case], table: Mapping[str, Mapping[str, Judged]]) -> Plot:
    def plot() -> Any:
        sides = {f"{SMALL} px": "alone"} | {f"{SMALL} px beside {side} px": f"beside {side}" for side in BESIDE}
        names = list(sides.values())
        with drawing() as (figure, axes):
            for index, (tool, row) in enumerate(table.items()):
                faces = {name: left for case in cases for name, left in row[case.name].faces.items()}
                points = [(at, faces[name]) for at, name in enumerate(sides) if name in faces]
                if not points:
                    continue
                axes.plot(
                    [at for at, _ in points],
                    [left for _, left in points],
                    label=tool,
                    color=SHADES[index % len(SHADES)],
                    linestyle=LINES[(index // 2) % len(LINES)],
                    marker=MARKERS[index % len(MARKERS)],
                    markerfacecolor="white" if index >= len(MARKERS) else None,
                    markersize=4.5,
                    linewidth=1.2,
                )
            axes.axhline(LEFT, color="#777777", linewidth=0.9, linestyle="--")
            axes.set_xticks(range(len(names)), names)
            axes.set_xlabel(f"a face of {SMALL} px and the largest other face, px")
            axes.set_ylabel("detail left (1 untouched)")
            axes.set_ylim(-0.05, 1.05)
            axes.set_title("Detail left in a small face", loc="left", fontsize=10)
            axes.legend(fontsize=7, ncols=2)
            return figure

    return plot
