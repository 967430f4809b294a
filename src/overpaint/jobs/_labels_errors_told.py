"""What ``labels errors`` found, in numbers: for its file, for a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from overpaint import measures
from overpaint.jobs._labels_errors_read import Labelled
from overpaint.jobs._labels_errors_rows import Judged

__all__ = ["LabelErrors", "facts_of"]

_SHOWN = 20  # classes on a terminal
_ESTIMATES = ("errors", "low", "high")


@dataclass(frozen=True, slots=True)
class LabelErrors:
    """What was found: counts, as they are in ``private/label-errors.json``; the candidates are in ``rows``.

    ``note`` says how many labels are withheld in the counts.
    """

    counts: Mapping[str, Any]
    rows: Path
    note: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Plain values; nothing in it names a sample."""
        return dict(self.counts)

    def lines(self) -> list[str]:
        """A few lines for a terminal."""
        c = self.counts
        by, found, total = c["predictions"], c["candidates"], c["estimated"]
        lines = [f"{c['judged']} of {c['samples']} labelled samples judged, of {len(c['classes'])} classes"]
        lines += [f"  not judged: {count} ({reason})" for reason, count in c["left_out"].items()]
        lines.append(f"predictions: {by['what']}; they agree with the given label of {by['agree']:.1%}")
        ways = ", ".join(f"{count} by {method}" for method, count in found["by_method"].items())
        lines.append(f"candidates of wrong labels: {found['rows']}{f' ({ways})' if ways else ''}")
        if total is not None:
            lines.append(
                f"wrong labels, as the predictions count them: {total['errors']:.0f} "
                f"(95 % interval {total['low']:.0f} to {total['high']:.0f}; chance alone, not what they get wrong)"
            )
        ranked = sorted(c["classes"], key=lambda each: (-each["candidates"], each["label"]))
        lines += [_line(each) for each in ranked[:_SHOWN] if each["candidates"]]
        lines += [self.note] if self.note else []
        lines += _copies(c["copies"])
        if found["rows"]:
            lines.append("ask people: overpaint review open RUN --question label")
        return [*lines, f"which ones: {self.rows}"]


def _line(each: Mapping[str, Any]) -> str:
    return f"  {each['label']}: {each['candidates']} candidates of {each['images']} images"


def _copies(copies: Mapping[str, int] | None) -> list[str]:
    if copies is None:
        said = "copies were not looked for, so that one may have been learned from and its copy judged: run "
        return [said + "`overpaint duplicates` on this run, then this again"]
    said = f"clusters of copies with different labels: {copies['different']} ({copies['exact']} of one picture, "
    said += f"{copies['across_splits']} across splits); with a label and a coarser one: {copies['coarser']}"
    return [said]


def facts_of(
    samples: Labelled,
    judged: Judged,
    left: Counter[str],
    how: dict[str, Any],
    rows: pa.Table,
    copies: dict[str, int] | None,
    seed: int,
) -> dict[str, Any]:
    counted = measures.count_errors(
        judged.given, judged.probabilities, groups=np.unique(judged.samples.apart(), return_inverse=True)[1], seed=seed
    )
    images = Counter(samples.labels)
    by_label = Counter(rows.column("given").to_pylist())
    places = {name: at for at, name in enumerate(judged.classes)}
    classes = []
    for label in sorted(images):
        at = places.get(label)
        known = at is not None and counted.images[at] > 0
        estimate = {} if not known else {name: round(float(getattr(counted, name)[at]), 2) for name in _ESTIMATES}
        classes.append(
            {"label": label, "images": images[label], "candidates": by_label[label]}
            | {name: estimate.get(name) for name in _ESTIMATES}
        )
    errors, low, high = (round(number, 2) for number in counted.total)
    agree = float((judged.doubts.guessed == judged.given).mean()) if len(judged.given) else 0.0
    return {
        "samples": len(samples) + samples.without.total(),
        "judged": len(judged.samples),
        "left_out": dict(sorted(left.items())),
        "predictions": how | {"agree": round(agree, 6)},
        "candidates": {
            "rows": len(rows),
            "by_method": dict(sorted(Counter(rows.column("method").to_pylist()).items())),
        },
        "estimated": {"errors": errors, "low": low, "high": high, "resamples": counted.resamples},
        "classes": classes,
        "copies": copies,
        "seed": seed,
    }
