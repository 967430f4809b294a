"""The table of the 2021 study from results: a row a network, top-1 and top-5 of each column, means and their errors.

Yang, Yau, Fei-Fei, Deng and Russakovsky, "A Study of Face Obfuscation in ImageNet", ICML 2022 (arXiv 2103.06191), give
"mean +- standard error" over three seeds, with the deviation divided by the root of ``n - 2`` (ddof=2), which makes it
1.41 times as large as the usual one (ddof=1) for three seeds. Both are written, each under its name.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from overpaint.errors import UsageError

__all__ = ["FORMS", "NetworkScores", "format_table", "standard_error"]

Floats = npt.NDArray[np.float64]

FORMS = ("text", "markdown", "csv", "latex")

_ERRORS = ((1, "sem, ddof=1"), (2, "sem, ddof=2, as the paper's"))


@dataclass(frozen=True, slots=True)
class NetworkScores:
    """What one network scored, in shares from 0 to 1, a number for each seed; the same seeds in every column.

    Attributes
    ----------
    network
        Its name.
    top1, top5
        By column ("original", "blurred", "overlaid"), in the order of the table; `top5` is empty where it says nothing.
    """

    network: str
    top1: Mapping[str, Sequence[float]]
    top5: Mapping[str, Sequence[float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Cell:
    """Mean and both errors, in hundredths; NaN where there is none."""

    mean: float
    errors: tuple[float, float]


_NONE = (math.nan, math.nan)


def standard_error(values: Sequence[float], *, ddof: int = 1) -> float:
    """The deviation, squares summed and divided by ``n - ddof``, over the root of n; NaN where n <= ddof."""
    given = np.asarray(values, np.float64)
    if given.size <= ddof:
        return math.nan
    return float(given.std(ddof=ddof) / math.sqrt(given.size))


def format_table(results: Sequence[NetworkScores], *, form: str = "text", digits: int = 3) -> str:
    """The paper's table: for each column mean and errors, and for each but the first its difference from the first.

    Differences are the first column minus the other, paired by seed, as the paper prints them. The last row is the mean
    over the networks, without an error: networks are chosen, not drawn.

    Parameters
    ----------
    results
        The first one's columns are those of all.
    form
        ``text``, ``markdown``, ``csv`` or ``latex``. CSV has a column for each number; the others put errors in
        brackets behind the mean, the paper's after a semicolon.
    digits
        After the point, of hundredths.

    Raises
    ------
    UsageError
        There are no results, a network lacks a column or a seed, or the form is unknown.
    """
    if form not in FORMS:
        raise UsageError(f"form {form!r} is unknown: use one of {', '.join(FORMS)}")
    if not results:
        raise UsageError("there are no results to put into a table")
    names, rows = _rows(results)
    if form == "csv":
        return _csv(names, rows, digits)
    head = ["network", *names]
    body = [[row[0], *(_said(cell, digits) for cell in row[1])] for row in rows]
    note = f"top-1 and top-5 in %; (a; b): a = {_ERRORS[0][1]}; b = {_ERRORS[1][1]}; n/a with too few seeds"
    if form == "markdown":
        rule = ["---", *("---:" for _ in names)]
        marked = ["| " + " | ".join(_escaped(each, "|") for each in line) + " |" for line in (head, rule, *body)]
        return "\n".join([*marked, "", note]) + "\n"
    if form == "latex":
        return _latex(head, body, note)
    widths = [max(len(line[place]) for line in [head, *body]) for place in range(len(head))]
    lines = ["  ".join(map(str.ljust, line, widths)).rstrip() for line in (head, *body)]
    return "\n".join([*lines, "", note]) + "\n"


def _rows(results: Sequence[NetworkScores]) -> tuple[list[str], list[tuple[str, list[_Cell]]]]:
    kinds = [("top-1", [each.top1 for each in results])]
    if results[0].top5:
        kinds.append(("top-5", [each.top5 for each in results]))
    names: list[str] = []
    cells: list[list[_Cell]] = [[] for _ in results]
    for kind, tables in kinds:
        columns = list(tables[0])
        names += [f"{kind} {columns[0]}"]
        names += [name for column in columns[1:] for name in (f"{kind} {column}", f"{kind} {columns[0]} - {column}")]
        for given, row, result in zip(tables, cells, results, strict=True):
            if list(given) != columns:
                raise UsageError(f"{result.network}: its columns in {kind} are not {', '.join(columns)}")
            row.extend(_cells([np.asarray(given[column], np.float64) for column in columns], result.network))
    means = [_Cell(float(np.mean([each.mean for each in column])), _NONE) for column in zip(*cells, strict=True)]
    return names, [*((each.network, row) for each, row in zip(results, cells, strict=True)), ("average", means)]


def _cells(columns: Sequence[Floats], network: str) -> list[_Cell]:
    if not columns[0].size or len({column.size for column in columns}) > 1:
        raise UsageError(f"{network}: its columns have not the same seeds, at least one")
    found = [_cell(columns[0])]
    for column in columns[1:]:
        found += [_cell(column), _cell(columns[0] - column)]
    return found


def _cell(values: Floats) -> _Cell:
    one, two = (100 * standard_error(values.tolist(), ddof=ddof) for ddof, _ in _ERRORS)
    return _Cell(100 * float(values.mean()), (one, two))


def _number(value: float, digits: int) -> str:
    return "n/a" if math.isnan(value) else f"{value:.{digits}f}"


def _said(cell: _Cell, digits: int) -> str:
    mean, errors = _number(cell.mean, digits), [_number(each, digits) for each in cell.errors]
    return mean if errors == ["n/a", "n/a"] else f"{mean} ({'; '.join(errors)})"


def _csv(names: Sequence[str], rows: Sequence[tuple[str, Sequence[_Cell]]], digits: int) -> str:
    memory = io.StringIO()
    out = csv.writer(memory, lineterminator="\n")
    said = ("mean", *(each for _, each in _ERRORS))
    out.writerow(["network", *(f"{name} {what}" for name in names for what in said)])
    for network, cells in rows:
        numbers = [each for cell in cells for each in (cell.mean, *cell.errors)]
        out.writerow([network, *("" if math.isnan(each) else f"{each:.{digits}f}" for each in numbers)])
    return memory.getvalue()


def _latex(head: Sequence[str], body: Sequence[Sequence[str]], note: str) -> str:
    lines = [" & ".join(_escaped(each, "\\&%$#_{}~^") for each in line) + r" \\" for line in [head, *body]]
    begin, end = rf"\begin{{tabular}}{{l{'r' * (len(head) - 1)}}}", r"\end{tabular}"
    return "\n".join([f"% {note}", begin, lines[0], r"\hline", *lines[1:-1], r"\hline", lines[-1], end, ""])


_LATEX = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}


def _escaped(text: str, special: str) -> str:
    return "".join(_LATEX.get(c, f"\\{c}") if c in special else c for c in text)
