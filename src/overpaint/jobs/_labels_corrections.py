"""``labels corrections``: what people said of candidates of wrong labels, as a list of keys and labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import pyarrow as pa

from overpaint import formats, pipeline
from overpaint.errors import ReviewError
from overpaint.jobs._labels_errors_rows import check_new, write_rows
from overpaint.records import stored_key
from overpaint.rundir import Run

__all__ = ["Corrections", "corrections_labels"]

CORRECTIONS = pa.schema(
    [
        ("key", pa.string()),
        ("given", pa.string()),
        ("guessed", pa.string()),
        ("answer", pa.string()),
        ("label", pa.string()),
        ("probability", pa.float32()),
        ("given_fits", pa.float32()),
        ("guessed_fits", pa.float32()),
        ("people", pa.int32()),
    ]
)
"""One row a settled question. ``answer``: ``given``, ``guessed``, ``both`` or ``neither``; ``label``: what people say
it is, null where neither fits (where both do, the given one); ``probability``: of the answer."""


@dataclass(frozen=True, slots=True)
class Corrections:
    """How many questions are settled, by answer, and how many are still open; the rows are in ``to``."""

    settled: int
    by_answer: Mapping[str, int]
    unsettled: int
    to: Path

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {"settled": self.settled, "by_answer": dict(self.by_answer), "unsettled": self.unsettled}

    def lines(self) -> list[str]:
        """A few lines for a terminal."""
        wrong = self.by_answer["guessed"] + self.by_answer["neither"]
        lines = [f"{self.settled} candidates are settled; of {wrong} people say that the given label does not fit"]
        lines += [f"  {answer}: {count}" for answer, count in self.by_answer.items()]
        if self.unsettled:
            lines.append(f"{self.unsettled} are not settled yet, and are not written")
        return [*lines, f"written: {self.to}"]


def corrections_labels(run: str | PathLike[str], to: str | PathLike[str]) -> Corrections:
    """Write what people said in a run's review of the candidates that `errors` found.

    Parameters
    ----------
    run
        A run whose review was opened with ``--question label``.
    to
        A new file: CSV, or Parquet by its name. Samples in the no-view lane are not in it.

    Raises
    ------
    ReviewError
        The run has no review.
    """
    the_run, target = Run.open(Path(run)), Path(to)
    check_new(target, "TO")
    try:
        from overpaint.review import label_answers, opened, tend
    except ModuleNotFoundError as error:
        raise ReviewError(f"{error.name} is not installed; install overpaint[review]") from error
    with opened(the_run.path) as (_, bench):
        tend(bench, everything=True)
        known = {row["key"]: row for row in label_answers(bench)}
        asked = sum(count for (kind, _, state), count in bench.store.counts().items() if _open(kind, state))
    kept = [known[key] for key in _outside_lane(the_run) if key in known]
    write_rows(target, pa.Table.from_pylist(kept, schema=CORRECTIONS))
    counts = Counter(row["answer"] for row in kept)
    by_answer = {answer: counts[answer] for answer in ("given", "guessed", "both", "neither")}
    return Corrections(len(kept), by_answer, asked, target)


def _open(kind: str, state: str) -> bool:
    return kind == "label" and state not in {"settled", "withdrawn"}


def _outside_lane(run: Run) -> Iterator[str]:
    """Keys in the order of the listing."""
    for ref in formats.read_shards(run.listing):
        held = pipeline.InLane(run, ref)
        yield from (stored_key(s.key) for s in formats.read_shard(run.listing, ref) if held.reason(s) is None)
