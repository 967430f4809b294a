"""What people said of two labels of a picture, a row a settled question."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from overpaint.records import stored_key
from overpaint.review._bench import Bench
from overpaint.review._questions import pair_of
from overpaint.review._tending import keys_as_verdicts, verdicts
from overpaint.review._words import Kind

__all__ = ["label_answers"]


def label_answers(bench: Bench) -> Iterator[dict[str, Any]]:
    """One row a settled ``label`` question, the later ones later: a sample may have been asked about with other labels.

    ``label`` is what people say it is: None where neither of the two fits, and the given one where both do.
    ``given_fits`` and ``guessed_fits`` are probabilities, with or without the other.
    """
    settled = itertools.chain(verdicts(bench), keys_as_verdicts(bench))
    for stored, verdict in sorted(settled, key=lambda one: one[0].settled_at or 0.0):
        question, likely = stored.question, verdict.get("aspects", {}).get("")
        if question.kind != Kind.LABEL or not likely:
            continue
        given, guessed = pair_of(question.thing)
        answer = verdict["answer"]
        yield {
            "key": stored_key(question.sample),
            "given": given,
            "guessed": guessed,
            "answer": answer,
            "label": {"given": given, "both": given, "guessed": guessed}.get(answer),
            "probability": likely[answer],
            "given_fits": likely["given"] + likely["both"],
            "guessed_fits": likely["guessed"] + likely["both"],
            "people": verdict["given"],
        }
