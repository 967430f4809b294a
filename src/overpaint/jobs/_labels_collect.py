"""``labels ratings collect``: a maintainer's ratings, from what people answered in a review."""

from __future__ import annotations

import csv
import io
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from overpaint import labels
from overpaint.errors import ReviewError, UsageError
from overpaint.review import ASPECTS, Kind
from overpaint.review.crowd import Agreement, Votes, agreement
from overpaint.rundir import write_bytes

if TYPE_CHECKING:
    from overpaint.review import Bench
    from overpaint.review.store import Answer, Stored

__all__ = ["CollectedRatings", "collect_ratings"]

_SAFETY = ASPECTS[Kind.RATE_LABEL]["safety"]
_EASE = ASPECTS[Kind.RATE_LABEL]["imageability"]
_COLUMNS = ("id", "safety", "imageability", "raters", "agreement", "date", "source", "reason")


@dataclass(frozen=True, slots=True)
class CollectedRatings:
    """What people said of labels, as it was written.

    Attributes
    ----------
    file
        The ratings file; ``added`` says whether it was installed as well.
    rated, disputed
        Labels with a safety, and those on which too few agree.
    open, forgotten
        Labels that are not settled yet, and those whose answers were forgotten before they were collected: neither is
        in the file.
    people, answers
        How many rated, and how often.
    safety, imageability
        Krippendorff's alpha over all answers that count, nominal of the safety and ordinal of the imageability, with
        95 % bootstrap intervals over labels (`overpaint.review.crowd.agreement`).
    """

    file: str
    added: bool
    rated: int
    disputed: int
    open: int
    forgotten: int
    people: int
    answers: int
    safety: Agreement
    imageability: Agreement

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        plain = ("file", "added", "rated", "disputed", "open", "forgotten", "people", "answers")
        return {name: getattr(self, name) for name in plain} | {
            "alpha": {"safety": _plain(self.safety), "imageability": _plain(self.imageability)}
        }

    def lines(self) -> list[str]:
        """A few lines for a terminal."""
        lines = [
            f"{self.rated + self.disputed} labels by {self.people} people, {self.answers} answers: {self.file}",
            f"  {self.disputed} of them disputed",
        ]
        if self.open:
            lines.append(f"  {self.open} more are not settled yet and are left out")
        if self.forgotten:
            lines.append(f"  {self.forgotten} more were forgotten (retention_days) before they were collected")
        for what, one in (("safety", self.safety), ("imageability", self.imageability)):
            lines.append(f"  agreement on {what} (Krippendorff's alpha): {_words(one)}")
        if not self.added:
            lines.append(f"use it: overpaint labels ratings add {self.file}")
        return lines


def collect_ratings(
    review: str | PathLike[str],
    *,
    to: str | PathLike[str],
    least_agreement: float = 0.66,
    with_disputed: bool = False,
    source: str | None = None,
    add: bool = False,
) -> CollectedRatings:
    """Write what people said of labels as a ratings file.

    The safety of a label is what most of its raters said, one person one vote; its imageability is the mean. Where
    fewer than ``least_agreement`` of them said the same it is disputed: it stands in the file as ``unrated``, with the
    votes as the reason, so that a policy holds it for people. Control questions are left out: their answers were known.

    Parameters
    ----------
    review
        Where ``overpaint review open PLACE --question rate-label`` put the questions.
    to
        The CSV file to write.
    least_agreement
        The share of a label's raters that must have said the same.
    with_disputed
        Write the word of most for disputed labels, too; of a tie the graver word.
    source
        Who judged, as the file shall say; ``raters of REVIEW`` unless given.
    add
        Install the file as well, as ``overpaint labels ratings add`` does.

    Raises
    ------
    ReviewError
        There is no such review, or nothing in it is settled.
    """
    if not 0 <= least_agreement <= 1:
        raise UsageError(f"--least-agreement {least_agreement:g}: give a share from 0 to 1")
    name = source or f"raters of {Path(review).absolute().name.removesuffix('.review')}"
    try:
        from overpaint.review import opened  # a review's store is an extra
    except ModuleNotFoundError as error:
        raise ReviewError(f"{error.name} is not installed; install overpaint[review]") from error
    given: dict[str, list[Answer]] = {}
    left = Counter[str]()
    with opened(review) as (_, bench):
        for stored in _rate_labels(bench):
            answers = [] if stored.state != "settled" else bench.store.answers(stored.id)
            if stored.state == "settled" and answers and len(answers) >= stored.given:
                given[stored.question.thing] = list(answers)
            else:
                left["forgotten" if stored.state == "settled" else "open"] += 1
    if not given:
        raise ReviewError(
            f"{review} holds no label that enough people rated; `overpaint review status {review}` says more"
        )
    rows = [_row(label, answers, least_agreement, name) for label, answers in sorted(given.items())]
    written = [_told(row, with_disputed=with_disputed) for row in rows]
    write_bytes(Path(to), _csv(written).encode())
    if add:
        labels.add_ratings([Path(to)], source=name)
    every = [one for answers in given.values() for one in answers]
    return CollectedRatings(
        str(to),
        add,
        sum(not row["disputed"] for row in rows),
        sum(row["disputed"] for row in rows),
        left["open"],
        left["forgotten"],
        len({one.worker for one in every}),
        len(every),
        _alpha(given, "safety", _SAFETY),
        _alpha(given, "imageability", _EASE),
    )


def _rate_labels(bench: Bench) -> list[Stored]:
    found: list[Stored] = []
    after = 0
    while page := bench.store.questions(kind=Kind.RATE_LABEL, gold=False, after=after):
        after = page[-1].id
        found += [one for one in page if one.state != "withdrawn" and one.question.basis != "gold"]
    return found


def _row(label: str, answers: Sequence[Answer], least: float, source: str) -> dict[str, Any]:
    votes = Counter(str(one.value["safety"]) for one in answers)
    most = max(votes.values())
    safety = next(word for word in _SAFETY if votes[word] == most)  # the graver one of a tie
    share = most / len(answers)
    tie = sum(number == most for number in votes.values()) > 1
    return {
        "id": label,
        "safety": safety,
        "imageability": round(statistics.fmean(int(one.value["imageability"]) for one in answers), 3),
        "raters": len(answers),
        "agreement": round(share, 3),
        "date": datetime.fromtimestamp(max(one.at for one in answers), UTC).date().isoformat(),
        "source": source,
        "reason": "",
        "disputed": tie or share < least,
        "votes": ", ".join(f"{votes[word]} {word}" for word in _SAFETY if votes[word]),
    }


def _told(row: Mapping[str, Any], *, with_disputed: bool) -> dict[str, Any]:
    if not row["disputed"]:
        return dict(row)
    kept = {} if with_disputed else {"safety": "unrated"}
    return dict(row) | kept | {"reason": f"disputed: {row['votes']}"}


def _csv(rows: Sequence[Mapping[str, Any]]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    writer.writerows([row[column] for column in _COLUMNS] for row in rows)
    return text.getvalue()


def _alpha(given: Mapping[str, Sequence[Answer]], aspect: str, words: Sequence[str]) -> Agreement:
    votes = [(label, str(one.worker), str(one.value[aspect])) for label, answers in given.items() for one in answers]
    return agreement(Votes.of(votes, labels=words), scale="nominal" if aspect == "safety" else "ordinal")


def _plain(one: Agreement) -> dict[str, Any]:
    return {name: getattr(one, name) for name in ("alpha", "low", "high", "items", "answers")}


def _words(one: Agreement) -> str:
    if one.alpha is None:
        return "cannot be told from so few or such equal answers"
    between = "" if one.low is None else f" ({one.low:.2f} to {one.high:.2f})"
    return f"{one.alpha:.2f}{between}"
