"""How a review stands, what it still takes, and what a class of candidates came to."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from overpaint.errors import UsageError
from overpaint.records import stored_key
from overpaint.review._bench import Bench
from overpaint.review._open import opened
from overpaint.review._summary import summarise
from overpaint.review._tending import verdicts
from overpaint.review._words import Kind
from overpaint.rundir import write_bytes

__all__ = ["Status", "status"]

_Z = 1.959964  # of a 95 % interval


@dataclass(frozen=True, slots=True)
class Status:
    """A review in numbers.

    Attributes
    ----------
    summary
        What `overpaint.review.Desk.summary` says.
    classes
        For each class that candidates were asked about: how many are settled and accepted, the precision of those
        accepted with its interval (what the crowd model expects), answers and hours, and the cost of each accepted.
    aside
        Pictures that people put into the no-view lane.
    problems
        What disagrees in the store; empty when all adds up.
    """

    summary: dict[str, Any]
    classes: tuple[dict[str, Any], ...]
    aside: int
    problems: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        told = {"classes": list(self.classes), "aside": self.aside, "problems": list(self.problems)}
        return self.summary | told

    def lines(self) -> list[str]:
        """A few lines for a terminal."""
        told = self.summary
        lines = [f"{told['answers']} answers"]
        for row in told["questions"]:
            about = f" ({row['thing']})" if row["thing"] else ""
            lines.append(f"  {row['kind']}{about}: {row['questions']} {row['state']}")
        people = ", ".join(f"{count} {state}" for state, count in sorted(told["people"].items()))
        lines += [f"people: {people}"] if people else []
        if told["median_seconds"] is not None:
            pay = "" if told["hourly_pay"] is None else f", which makes {told['hourly_pay']} {told['currency']} an hour"
            lines.append(f"median time of an answer: {told['median_seconds']} s{pay}")
        for one in self.classes:
            low, high = one["precision_low"], one["precision_high"]
            lines.append(
                f"{one['label']}: {one['accepted']} of {one['settled']} accepted"
                + (f", precision {one['precision']:.3f} ({low:.3f}-{high:.3f}) by the model" if one["accepted"] else "")
                + (f", {one['answers_per_accepted']:.1f} answers for each" if one["accepted"] else "")
            )
        if self.aside:
            lines.append(f"in the no-view lane by reviewers' word: {self.aside}")
        return lines + [f"problem: {one}" for one in self.problems]


def status(review: str | PathLike[str], *, accepted: str | PathLike[str] | None = None) -> Status:
    """How a review stands.

    Parameters
    ----------
    review
        A run, a folder of candidates or a review's directory.
    accepted
        A file to write the keys of accepted candidates to, one a line; a table with a column ``key`` if its name ends
        in ``.csv``.
    """
    with opened(review) as (place, bench):
        classes, keys = _classes(bench)
        if accepted is not None:
            _write_keys(Path(accepted), keys)
        return Status(summarise(bench), classes, len(place.aside()), tuple(bench.store.check()))


def _write_keys(file: Path, keys: list[str]) -> None:
    if file.suffix == ".csv":
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerows([["key"], *([stored_key(key)] for key in keys)])
        write_bytes(file, text.getvalue().encode(), mode=0o600)
        return
    if any(len(key.splitlines()) > 1 for key in keys):
        raise UsageError(f"--accepted {file}: a file's name has a line break; write a table, {file.stem}.csv")
    write_bytes(file, "".join(f"{stored_key(key)}\n" for key in keys).encode(), mode=0o600)


def _classes(bench: Bench) -> tuple[tuple[dict[str, Any], ...], list[str]]:
    found: dict[str, dict[str, Any]] = {}
    keys: list[str] = []
    for stored, verdict in verdicts(bench):
        question = stored.question
        if question.kind != Kind.CATEGORY or question.basis != "candidates":
            continue
        one = found.setdefault(question.thing, {"settled": 0, "accepted": 0, "sum": 0.0, "answers": 0, "seconds": 0.0})
        one["settled"] += 1
        one["answers"] += verdict["given"]
        one["seconds"] += sum(answer.seconds or 0.0 for answer in bench.store.answers(stored.id))
        if verdict["answer"] == "yes":
            one["accepted"] += 1
            one["sum"] += verdict["probability"]
            keys.append(question.sample)
    pay = bench.settings().pay
    return tuple(_told(label, one, pay) for label, one in sorted(found.items())), sorted(keys)


def _told(label: str, one: dict[str, Any], pay: float) -> dict[str, Any]:
    n = one["accepted"]
    mean, low, high = wilson(one["sum"], n)
    return {
        "label": label,
        "settled": one["settled"],
        "accepted": n,
        "precision": round(mean, 4),
        "precision_low": round(low, 4),
        "precision_high": round(high, 4),
        "answers": one["answers"],
        "hours": round(one["seconds"] / 3600, 3),
        "answers_per_accepted": round(one["answers"] / n, 2) if n else None,
        "cost_per_accepted": round(one["answers"] * pay / n, 4) if n and pay else None,
    }


def wilson(successes: float, n: int) -> tuple[float, float, float]:
    """A share and its 95 % interval (Wilson 1927); expected counts will do. Of nothing nothing is known: 0 to 1."""
    if n == 0:
        return 0.0, 0.0, 1.0
    share = successes / n
    middle = (share + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
    half = _Z / (1 + _Z**2 / n) * math.sqrt(share * (1 - share) / n + _Z**2 / (4 * n * n))
    return share, max(0.0, middle - half), min(1.0, middle + half)
