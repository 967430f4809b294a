"""What people said of findings, laid over them before the rules are tried."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from overpaint.records import FINDINGS

__all__ = ["DENIED", "NOT_THERE", "PEOPLE", "Said", "by_people", "with_answers"]

PEOPLE = "people"
"""The detector of a finding that people alone made, and the first word of a decision's basis that rests on them."""

DENIED = 0.5
"""Below this probability people said that it is not there: it is kept, whatever the rules say of a detector's word."""

NOT_THERE = "People were asked and said that it is not there."
_UNCONFIRMED = "unconfirmed"  # the confirm step's doubt, which an answer settles
_NO_FRAME = -1  # no frame's own: decided beside the boxes of all of them
_FIRST = 100_000  # subjects of things that no detector saw begin here, clear of any detector's

_Place = tuple[str, str, int]  # key, kind, subject
Said = dict[_Place, tuple[float, int]]
"""What people said of whom: probability, and how many they were."""


def with_answers(findings: pa.Table, answers: pa.Table | None) -> tuple[pa.Table, Said]:
    """Findings as they are with what people said, and of whom that is true.

    An answered subject's findings take the answer's probability as score and confidence, and its box where it has one
    and the finding is of a still picture; the doubt of the confirm step goes. In an animation the box of people, who
    saw one picture of it, is one more. Something that no detector saw becomes a finding of the detector ``people``.

    Parameters
    ----------
    findings
        `overpaint.records.FINDINGS` of a shard.
    answers
        `overpaint.records.ANSWERS` of it, or None.

    Returns
    -------
    tuple
        The findings, and (probability, people) by key, kind and subject.
    """
    if answers is None or not answers.num_rows:
        return findings, {}
    said: dict[_Place, dict[str, Any]] = {}
    fresh: list[dict[str, Any]] = []
    numbers: dict[str, int] = {}
    for row in answers.to_pylist():
        place = row["subject"]
        if place < 0:
            place = numbers[row["key"]] = numbers.get(row["key"], _FIRST - 1) + 1
            fresh.append(_made(row, place))
        said[row["key"], row["kind"], place] = row
    touched = pc.is_in(findings.column("key"), value_set=answers.column("key").combine_chunks())
    rows = findings.filter(touched).to_pylist()
    kept = [_as_said(row, said) for row in rows]
    moving = {(row["key"], row["kind"], row["subject"]) for row in rows if row["frame"] is not None}
    fresh += [
        _made(said[place], place[2], frame=_NO_FRAME)
        for place in sorted(moving & said.keys())
        if said[place]["x0"] is not None and said[place]["probability"] >= DENIED
    ]
    changed = [row for row in kept if row is not None] + fresh
    table = pa.concat_tables([findings.filter(pc.invert(touched)), pa.Table.from_pylist(changed, schema=FINDINGS)])
    return table.combine_chunks(), {place: (row["probability"], row["people"]) for place, row in said.items()}


def _as_said(row: dict[str, Any], said: dict[_Place, dict[str, Any]]) -> dict[str, Any] | None:
    answer = said.get((row["key"], row["kind"], row["subject"]))
    if answer is None:
        return row
    if row["detector"] == _UNCONFIRMED:
        return None
    row |= {"score": answer["probability"], "confidence": answer["probability"]}
    if answer["x0"] is not None and row["frame"] is None and answer["probability"] >= DENIED:
        row |= {name: answer[name] for name in ("x0", "y0", "x1", "y1", "page")}
    return row


def _made(answer: dict[str, Any], subject: int, *, frame: int | None = None) -> dict[str, Any]:
    box = {name: answer[name] for name in ("x0", "y0", "x1", "y1", "page")}
    value = answer["probability"]
    return {
        "key": answer["key"],
        "kind": answer["kind"],
        "score": value,
        "confidence": value,
        "subject": subject,
        "detector": PEOPLE,
        "version": "",
        "weights": "",
        "text": None,
        "frame": frame,
        **box,
    }


def by_people(rows: pa.Table, said: Said) -> Iterator[tuple[int, float, int]]:
    """Those of the decided subjects that people spoke of: their number, probability, and how many people."""
    if said:
        places = zip(*(rows.column(name).to_pylist() for name in ("key", "kind", "subject")), strict=True)
        for number, place in enumerate(places):
            if place in said:
                yield number, *said[place]
