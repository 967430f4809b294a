"""What people said of a run, as `overpaint.records.ANSWERS`: the way from settled questions to decisions."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa

from overpaint.records import ANSWERS, Box, stored_key
from overpaint.review._bench import Bench
from overpaint.review._harm import Subject, subjects_of, thing_of
from overpaint.review._questions import Question
from overpaint.review._tending import keys_as_verdicts, verdicts
from overpaint.review._words import Kind
from overpaint.rundir import Run, disk_errors, read_table, write_table

__all__ = ["answers_of", "write_answers"]

SAME = 0.4
"""A drawn box and a detector's are of the same thing from this intersection over union on."""

_FLAGS = {"sexual": "nudity", "violent": "gore", "watermark": "text-adult", "private-document": "text-document"}
"""The kinds of findings that a flag speaks of."""

_NEW = {"text": "text-other"}  # what a thing that no detector saw is called, where not by its own name
_Row = dict[str, Any]


def write_answers(bench: Bench, run: Run) -> int:
    """Put what people said into the run's private half, by shard; of how many samples."""
    folder = run.private / "answers"
    with disk_errors(folder):
        folder.mkdir(exist_ok=True)
    by_shard: dict[str, list[_Row]] = {}
    for shard, rows in answers_of(bench, run):
        by_shard.setdefault(shard, []).extend(rows)
    with disk_errors(folder):
        for left in folder.glob("*.parquet"):
            if left.stem not in by_shard:
                left.unlink()
    for shard, rows in by_shard.items():
        write_table(folder / f"{shard}.parquet", pa.Table.from_pylist(rows, schema=ANSWERS))
    return len({row["key"] for rows in by_shard.values() for row in rows})


def answers_of(bench: Bench, run: Run) -> Iterator[tuple[str, list[_Row]]]:
    """Shard and rows of each sample that people decided on; of two questions on the same things the later counts."""
    latest: dict[tuple[str, str, int, str], tuple[float, Question, Mapping[str, Any]]] = {}
    for stored, verdict in itertools.chain(verdicts(bench), keys_as_verdicts(bench)):
        question = stored.question
        if question.kind in {Kind.BOXES, Kind.TIGHT, Kind.FLAGS} and question.extra.get("shard"):
            # each audit adds what it found: a later one, which sees that painted, does not take it back
            which = stored.name if question.kind == Kind.TIGHT or _audited(question) else ""
            place = (question.sample, f"{question.kind} {question.thing}", question.page, which)
            when = stored.settled_at or 0.0
            if place not in latest or when >= latest[place][0]:
                latest[place] = (when, question, verdict)
    drawn = {
        (sample, what.split(" ", 1)[1], page)
        for sample, what, page, which in latest
        if what.startswith("boxes ") and not which
    }
    shards: dict[str, list[tuple[Question, Mapping[str, Any]]]] = {}
    for _, question, told in latest.values():
        if question.kind == Kind.TIGHT and (question.sample, question.thing, question.page) in drawn:
            continue  # somebody drew them all since
        shards.setdefault(question.extra["shard"], []).append((question, told))
    for shard, asked in shards.items():
        if not run.shard_file("samples", shard).exists():
            continue  # the run was listed anew since: its samples have other shards
        known = read_table(run.shard_file("samples", shard), columns=["key", "lane"]).to_pylist()
        keys = {row["key"] for row in known if not row["lane"]}
        findings = read_table(run.shard_file("findings", shard))
        subjects = dict(subjects_of(findings, pa.table({"key": [], "kind": [], "subject": []})))
        rows = [
            row
            for question, verdict in asked
            if stored_key(question.sample) in keys
            for row in _rows(question, verdict, subjects.get(question.sample, []))
        ]
        if rows:
            yield shard, rows


def _rows(question: Question, verdict: Mapping[str, Any], subjects: Sequence[Subject]) -> Iterator[_Row]:
    if question.kind == Kind.FLAGS:
        yield from _of_flags(question, verdict, subjects)
        return
    if _audited(question):  # what was painted cannot be seen there, so that nothing is said of it
        for one in verdict["boxes"]:
            seen, kind = Box(*_four(one["box"]), question.page), _NEW.get(question.thing, question.thing)
            yield _row(question, verdict, kind, -1, seen, float(one["probability"]))
        return
    mine = [
        s for s in subjects if thing_of(s.kind) == question.thing and s.box is not None and s.box.page == question.page
    ]
    if question.kind == Kind.TIGHT:
        if verdict["answer"] == "yes":  # by place: a scan that was made anew numbers things anew
            for at in _matched([subject.box for subject in mine], [proposal.box for proposal in question.boxes]):
                yield _row(question, verdict, mine[at].kind, mine[at].number, None, verdict["probability"])
        return
    drawn = [(Box(*_four(one["box"]), question.page), float(one["probability"])) for one in verdict["boxes"]]
    matched = _matched([subject.box for subject in mine], [box for box, _ in drawn])
    for n, subject in enumerate(mine):
        box, probability = drawn[matched[n]] if n in matched else (None, 0.0)
        yield _row(question, verdict, subject.kind, subject.number, box, probability)
    for at, (box, probability) in enumerate(drawn):
        if at not in matched.values():
            yield _row(question, verdict, _NEW.get(question.thing, question.thing), -1, box, probability)


def _audited(question: Question) -> bool:
    """Whether people drew what they still saw in what was written."""
    return question.kind == Kind.BOXES and question.output


def _matched(seen: Sequence[Box | None], drawn: Sequence[Box]) -> dict[int, int]:
    """Which drawn box is of which seen one, one to one, the best overlaps first."""
    pairs = [(box.iou(one), -n, -at) for n, box in enumerate(seen) if box is not None for at, one in enumerate(drawn)]
    matched: dict[int, int] = {}
    for overlap, n, at in sorted(pairs, reverse=True):
        if overlap >= SAME and -n not in matched and -at not in matched.values():
            matched[-n] = -at
    return matched


def _of_flags(question: Question, verdict: Mapping[str, Any], subjects: Sequence[Subject]) -> Iterator[_Row]:
    for flag, labels in verdict["aspects"].items():
        kind = _FLAGS.get(flag)
        mine = [subject for subject in subjects if subject.kind == kind]
        for subject in mine:
            yield _row(question, verdict, subject.kind, subject.number, None, labels["yes"])
        if not mine and labels["yes"] >= 0.5 and flag != "minor":
            yield _row(
                question, verdict, kind if kind in {"nudity", "gore"} else f"flag-{flag}", -1, None, labels["yes"]
            )


def _row(
    question: Question, verdict: Mapping[str, Any], kind: str, subject: int, box: Box | None, probability: float
) -> _Row:
    corners: _Row = {} if box is None else {"x0": box.x0, "y0": box.y0, "x1": box.x1, "y1": box.y1, "page": box.page}
    return {
        "key": stored_key(question.sample),
        "kind": kind,
        "subject": subject,
        "probability": probability,
        "people": verdict["given"],
    } | corners


def _four(corners: Sequence[float]) -> tuple[float, float, float, float]:
    x0, y0, x1, y1 = corners
    return x0, y0, x1, y1
