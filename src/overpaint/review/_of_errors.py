"""Questions about a run's labels: of the dataset's and the one that something suggests, which fits the picture?"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from overpaint import formats
from overpaint import labels as room
from overpaint.errors import OverpaintWarning, ReviewError
from overpaint.records import python_key
from overpaint.review._questions import Question, pair, pair_of
from overpaint.review._words import Kind
from overpaint.rundir import Run, read_table

__all__ = ["candidates_of", "of_errors"]

_LONGEST = 95  # of a label: two and what parts them are at most 200, as `overpaint review add` takes them
_Row = dict[str, Any]


def candidates_of(run: Run) -> dict[str, _Row]:
    """The candidates that `overpaint labels errors` wrote, by key.

    Raises
    ------
    ReviewError
        It was not run yet.
    """
    path = run.private / "label-errors.parquet"
    if not path.exists():
        raise ReviewError(f"{run.path}: nobody looked for wrong labels yet; run `overpaint labels errors` on it first")
    rows = read_table(path, columns=["key", "given", "guessed", "score"]).to_pylist()
    return {python_key(row["key"]): row for row in rows}


def of_errors(run: Run, candidates: dict[str, _Row], *, certainty: float | None = None) -> Iterator[Question]:
    """One question for each candidate, the least likely label first; none about the no-view lane.

    A label that is withheld (`overpaint.labels.Terms`) is not asked about: whether a slur fits somebody is no question.
    """
    terms, left = room.Terms(room.ratings()), 0
    for ref in formats.read_shards(run.listing):
        samples = read_table(run.shard_file("samples", ref.id), columns=_COLUMNS)
        for row in samples.to_pylist():
            found = candidates.get(python_key(row["key"]))
            if found is None or row["lane"] or not row["width"]:
                continue
            if not _askable(found, terms):
                left += 1
                continue
            yield _question(row, found, ref.id, certainty)
    if left:
        message = (
            f"candidates that nobody is asked about, for a label of theirs is withheld, too long or no text: {left} "
            f"({room.HOW_TO_GET_RATINGS})"
        )
        warnings.warn(message, OverpaintWarning, stacklevel=2)


_COLUMNS = ["key", "width", "height", "orientation", "lane"]


def _askable(found: _Row, terms: room.Terms) -> bool:
    both = found["given"], found["guessed"]
    if any(len(label) > _LONGEST or not label.isprintable() or terms.withholds(label) for label in both):
        return False
    return pair_of(pair(*both)) == both


def _question(row: _Row, found: _Row, shard: str, certainty: float | None) -> Question:
    words = [_words(found["given"]), _words(found["guessed"])]
    sure = {} if certainty is None else {"certainty": certainty}
    return Question(
        Kind.LABEL,
        pair(found["given"], found["guessed"]),
        python_key(row["key"]),
        row["width"],
        row["height"],
        row["orientation"] or 1,
        title=f"“{words[0]['title']}” (given) or “{words[1]['title']}” (guessed)",
        harm=1 - min(1.0, max(0.0, found["score"])),
        basis="labels",
        extra={"shard": shard, "words": words} | sure,
    )


@lru_cache(maxsize=50_000)
def _words(label: str) -> dict[str, str]:
    """How a label is called, and what it means."""
    tree, known = room.wordnet(), room.resolve_label(label).id
    if known is None or known not in tree:
        return {"title": label.replace("_", " "), "definition": ""}
    return {"title": ", ".join(tree.synset(known).names), "definition": tree.definition(known) or ""}
