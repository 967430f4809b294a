"""``overpaint measure tools``: who leaks what, on the same made pictures with the same true boxes."""

from __future__ import annotations

import hashlib
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from overpaint.errors import UsageError
from overpaint.jobs._measured import Kept, keep_measure, place_of
from overpaint.jobs._runs import Progress
from overpaint.measures import Input, Measured
from overpaint.measures._tool_cases import Case
from overpaint.measures._tool_judging import LEFT, VERDICTS, Judged, judge_case
from overpaint.measures._tool_running import Boxed, Ran, Tool, choose_tools, install_peers, run_tool
from overpaint.measures._tools import all_cases, lay_out, tool_lines, tool_plots

__all__ = ["ToolsCompared", "measure_tools"]

VERSION = 1

_DOES_NOT_SAY = (
    "Boxes were given: how many faces each tool's own detector finds is not measured here.",
    "Each tool ran as its own documentation uses it; with other options it may pass where it leaks.",
    f"A face counts as left from {LEFT:.0%} of its detail on; below that it may still be recognised.",
    "A case that passes says that what was planted in it is gone, not that nothing else ever rides along.",
)


@dataclass(frozen=True, slots=True)
class ToolsCompared:
    """What was measured, the table, and the tools that were named and could not run at all."""

    measured: Measured
    kept: Kept | None
    cases: Sequence[Case]
    table: Mapping[str, Mapping[str, Judged]]
    could_not: Mapping[str, str]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as the file holds them."""
        return self.measured.to_dict()

    def lines(self) -> list[str]:
        """For a terminal."""
        lines = tool_lines(self.cases, self.table)
        lines.extend(f"note: {sentence}" for sentence in self.measured.does_not_say)
        if self.kept is not None:
            lines.append(f"written: {self.kept.public}")
        return lines


def measure_tools(
    *,
    tools: Sequence[str] = (),
    peers: str | PathLike[str] | None = None,
    install: bool = False,
    to: str | PathLike[str] | None = None,
    seed: int = 0,
    plots: bool = True,
    progress: Progress | None = None,
) -> ToolsCompared:
    """Run tools over the same made pictures, given the same boxes, and tell what each leaves.

    Parameters
    ----------
    tools
        Names, or ``NAME=COMMAND`` with ``{source}``, ``{dest}`` and ``{boxes}`` or ``{coco}`` in the command; all that
        are known unless given.
    peers
        A directory with the environment of those that are not installed beside overpaint.
    install
        Make that environment, by pip, where it is not there.

    Raises
    ------
    UsageError
        A tool is unknown or named twice, or the environment could not be made.
    """
    if isinstance(tools, str):
        raise UsageError("tools must be several names, not one text")
    if install and peers is None:
        raise UsageError("--install needs --peers DIR, where the environment shall be")
    where = None if peers is None else Path(peers)
    chosen = choose_tools(tools, peers=where)
    if install and where is not None:
        install_peers(where)
        chosen = choose_tools(tools, peers=where)
    cases = all_cases(seed=seed)
    table: dict[str, Mapping[str, Judged]] = {}
    versions: dict[str, str] = {}
    could_not: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="overpaint-tools-") as folder:
        boxed = lay_out(cases, Path(folder, "source"))
        for number, tool in enumerate(chosen):
            if progress is not None:
                progress(f"running {tool.name}", number, len(chosen))
            ran = _ran(tool, Path(folder), f"tool-{number}", boxed)
            table[tool.name] = _judged(tool, cases, ran)
            versions[tool.name] = ran.version
            why = ran.failed or tool.missing
            if why and tools:
                could_not[tool.name] = why
    measured = _measured(cases, table, versions, seed)
    place = place_of(None, to)
    drawn = tool_plots(cases, table) if plots and place is not None else {}
    kept = None if place is None else keep_measure(measured, place, drawn)
    return ToolsCompared(measured, kept, cases, table, could_not)


def _ran(tool: Tool, folder: Path, name: str, boxed: Mapping[str, Boxed]) -> Ran:
    if tool.missing:
        return Ran({}, {}, "")
    return run_tool(tool, folder / "source", folder / name, boxed)


def _judged(tool: Tool, cases: Sequence[Case], ran: Ran) -> dict[str, Judged]:
    if tool.missing:
        return {case.name: Judged("not installed", [tool.missing]) for case in cases}
    errors = ran.errors
    if ran.failed:
        errors = {file.name: ran.failed for case in cases for file in case.files} | dict(errors)
    alone = judge_case(cases[0], ran.outputs, errors)
    rest = (judge_case(case, ran.outputs, errors, usual=alone.detail or 0.0) for case in cases[1:])
    return {cases[0].name: alone} | {case.name: judged for case, judged in zip(cases[1:], rest, strict=True)}


def _measured(
    cases: Sequence[Case], table: Mapping[str, Mapping[str, Judged]], versions: Mapping[str, str], seed: int
) -> Measured:
    digest = hashlib.sha256()
    for file in (file for case in cases for file in case.files):
        digest.update(file.data)
    figures = {
        "cases": [{"name": case.name, "group": case.group, "passes": case.passes} for case in cases],
        "verdicts": dict(VERDICTS),
        "left_from": LEFT,
        "tools": {
            name: {
                "version": versions[name],
                "counts": dict(Counter(judged.verdict for judged in row.values())),
                "cases": {case: judged.to_dict() for case, judged in row.items()},
            }
            for name, row in table.items()
        },
    }
    settings = {"tools": list(table), "versions": dict(versions)}
    inputs = [Input("made files", digest.hexdigest(), sum(len(case.files) for case in cases))]
    return Measured("tools", VERSION, settings, inputs, seed, figures, _DOES_NOT_SAY)
