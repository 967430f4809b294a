"""Candidates of wrong labels as rows, the likeliest first; and as a CSV file for whoever asks for one."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from overpaint.errors import LabelsError
from overpaint.jobs._labels_errors_copies import Conflict
from overpaint.jobs._labels_errors_read import Labelled
from overpaint.measures import Doubts
from overpaint.records import python_key
from overpaint.rundir import write_bytes, write_table

__all__ = ["CANDIDATES", "Judged", "candidates", "check_new", "write_rows"]

CANDIDATES = pa.schema(
    [
        ("rank", pa.int32()),
        ("key", pa.string()),
        ("split", pa.string()),
        ("given", pa.string()),
        ("guessed", pa.string()),
        ("score", pa.float32()),
        ("method", pa.string()),
        ("probability_given", pa.float32()),
        ("probability_guessed", pa.float32()),
        ("copies_agree", pa.float32()),
        ("copies", pa.string()),
        ("cluster", pa.int64()),
    ]
)
"""One row a candidate. ``score`` is how likely the given label is right: what the predictions say, or where they do not
flag it the share of its copies that agree. ``method``: ``predictions``, ``copies`` or both with ``+``; ``copies``:
``exact`` or ``near``."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What predictions say of some samples: N keys, the names of K classes, N x K, and doubts about the N labels."""

    samples: Labelled
    classes: tuple[str, ...]
    given: NDArray[np.int64]
    probabilities: NDArray[np.floating[Any]]
    doubts: Doubts


def candidates(judged: Judged, found: Mapping[str, Conflict], *, most: int | None) -> pa.Table:
    """The rows of `CANDIDATES`: copies of one picture with different labels first, then by score.

    Parameters
    ----------
    found
        Conflicts between copies, by key.
    most
        So many, whether flagged or not; None: what is flagged, and what copies disagree with.
    """
    places = dict(zip(judged.samples.keys, range(len(judged.samples)), strict=True))
    doubts = judged.doubts
    wanted = doubts.flagged if most is None else doubts.guessed != judged.given
    doubted = {judged.samples.keys[at]: at for at in np.flatnonzero(wanted).tolist()}
    rows = [_of_predictions(judged, at, found.get(key)) for key, at in doubted.items()]
    rows += [_of_copies(judged, key, places.get(key), one) for key, one in found.items() if key not in doubted]
    rows.sort(key=lambda row: (row["copies"] != "exact", row["score"], row["key"]))
    for rank, row in enumerate(rows, 1):
        row["rank"] = rank
    return pa.Table.from_pylist(rows[:most], schema=CANDIDATES)


def _of_predictions(judged: Judged, at: int, conflict: Conflict | None) -> dict[str, Any]:
    # of one picture with two labels, these are what is to be settled
    settled = conflict is not None and conflict.exact
    guessed = conflict.other if conflict is not None and settled else judged.classes[int(judged.doubts.guessed[at])]
    row = {
        "key": judged.samples.keys[at],
        "split": judged.samples.splits[at],
        "given": judged.samples.labels[at],
        "guessed": guessed,
        "score": float(judged.doubts.score[at]),
        "method": "predictions" if conflict is None else "predictions+copies",
    }
    return row | _seen(judged, at, guessed) | _alike(conflict)


def _of_copies(judged: Judged, key: str, at: int | None, conflict: Conflict) -> dict[str, Any]:
    row = {
        "key": key,
        "split": conflict.split,
        "given": conflict.given,
        "guessed": conflict.other,
        "score": conflict.share,
        "method": "copies",
    }
    return row | _seen(judged, at, conflict.other) | _alike(conflict)


def _seen(judged: Judged, at: int | None, guessed: str) -> dict[str, float | None]:
    if at is None:
        return {"probability_given": None, "probability_guessed": None}
    place = judged.classes.index(guessed) if guessed in judged.classes else None
    return {
        "probability_given": float(judged.doubts.score[at]),
        "probability_guessed": None if place is None else float(judged.probabilities[at, place]),
    }


def _alike(conflict: Conflict | None) -> dict[str, Any]:
    if conflict is None:
        return {"copies_agree": None, "copies": None, "cluster": None}
    what = "exact" if conflict.exact else "near"
    return {"copies_agree": conflict.share, "copies": what, "cluster": conflict.cluster}


def check_new(path: Path, option: str) -> None:
    """Say now that a file cannot be written there."""
    if path.exists() or not path.absolute().parent.is_dir():
        raise LabelsError(f"{option} {path}: it exists, or its directory does not; choose a new file")


def write_rows(path: Path, table: pa.Table) -> None:
    """Rows for their owner alone (mode 0600): Parquet where the name says so, else CSV with a header.

    In CSV keys are as the file system has them, and a cell that a spreadsheet would take for a formula begins with an
    apostrophe.
    """
    if path.suffix.lower() == ".parquet":
        write_table(path, table)
        path.chmod(0o600)
        return
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table.column_names)
    for row in table.to_pylist():
        row["key"] = python_key(row["key"])
        writer.writerow([_cell(value) for value in row.values()])
    write_bytes(path, text.getvalue().encode("utf-8", "surrogateescape"), mode=0o600)


def _cell(value: Any) -> Any:
    if isinstance(value, float):
        return f"{value:.6g}"
    return f"'{value}" if isinstance(value, str) and value[:1] in tuple("=+-@\t\r") else value
