"""What `overpaint measure utility` found, for a terminal and for machines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from overpaint.jobs._measure_utility_cues import Cues
from overpaint.jobs._measure_utility_samples import Chosen
from overpaint.jobs._measured import Kept
from overpaint.measures import Estimate, Measured, UtilityFigures

__all__ = ["Utility", "does_not_say", "same_pixels"]

_ALWAYS = (
    "It is of these networks, these images and so much training; others may lose more or less.",
    "A difference that was not seen may still be there: the smallest one that could have been seen is given.",
    "That networks still work says nothing of who can be recognised: `overpaint measure reidentify` asks that.",
)


@dataclass(frozen=True, slots=True, eq=False)
class Utility:
    """What was measured, by network; and where it was written.

    Attributes
    ----------
    figures
        By network: every level, difference and cross test.
    cues
        By network, whether erasure is a sign; empty unless it was asked for.
    table
        As the study of 2021 prints it.
    kept
        Where it is.
    work
        Where weights and predictions are, which the same command takes up again.
    """

    measured: Measured
    figures: Mapping[str, UtilityFigures]
    cues: Mapping[str, Cues]
    table: str
    kept: Kept | None
    work: Path

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as the public file holds them."""
        return self.measured.to_dict()

    def lines(self) -> list[str]:
        """For a terminal."""
        facts = self.measured.figures
        split = "the dataset's own split" if facts["split"] == "the dataset's" else "split by the hash of the keys"
        images = facts["images"]
        lines = [f"{images['training']:,} images to learn from, {images['tests']:,} for tests ({split})"]
        lines.append(f"always answering the commonest class would be right of {100 * facts['chance']:.1f} %")
        lines += [f"left out: {count:,} ({reason})" for reason, count in facts["left_out"].items()]
        for one, other in facts["same_pixels"]:
            lines.append(f"{other} has the pixels of {one}, so that what is learned from it is the same")
        for model, figures in self.figures.items():
            lines += ["", f"network {model}: {_epochs(facts)}", *figures.lines()]
            if model in self.cues:
                lines += ["", *self.cues[model].lines()]
        lines += _transfers(facts.get("transfer", {}))
        if len(self.figures) > 1:
            lines += ["", *self.table.rstrip().splitlines()]
        lines += ["", *(f"note: {sentence}" for sentence in self.measured.does_not_say)]
        lines.append(f"weights and predictions: {self.work}")
        if self.kept is not None:
            lines.append(f"written: {self.kept.public}")
        return lines


def _epochs(facts: Mapping[str, Any]) -> str:
    counts = [(facts["epochs"], "epoch"), (len(facts["seeds"]), "seed")]
    said = [f"{count} {word}" if count == 1 else f"{count:,} {word}s" for count, word in counts]
    return ", ".join([*said, f"arms {', '.join(facts['arms'])}"])


def _transfers(found: Mapping[str, Mapping[str, Any]]) -> list[str]:
    lines: list[str] = []
    for name, folder in found.items():
        n, tests = folder["images"]["training"], folder["images"]["tests"]
        lines += ["", f"linear probe on folder {name} ({folder['classes']} classes, {n:,} images and {tests:,} tests):"]
        for model, arms in folder["networks"].items():
            for arm, row in arms.items():
                line = f"  {model} trained on {arm}: top-1 {_points(row['top1'])}"
                against = row.get("minus_original")
                lines.append(line if against is None else f"{line}; minus original {_points(against, '+.2f')}")
    return lines


def _points(value: Estimate, form: str = ".2f") -> str:
    return value.told(form, scale=100)


def does_not_say(chosen: Chosen) -> tuple[str, ...]:
    """What the figures do not prove, in sentences."""
    if chosen.copies_known:
        return _ALWAYS
    copies = "Nobody looked for copies (`overpaint duplicates`): tests may show images that were learned from."
    return (*_ALWAYS, copies)


def same_pixels(digests: Mapping[str, str]) -> list[Sequence[str]]:
    """Pairs of arms whose pixels are the same."""
    first: dict[str, str] = {}
    pairs: list[Sequence[str]] = []
    for arm, digest in digests.items():
        if digest in first:
            pairs.append((first[digest], arm))
        first.setdefault(digest, arm)
    return pairs
