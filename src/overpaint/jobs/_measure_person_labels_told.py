"""What ``measure person-labels`` tells: lines, plots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from overpaint import measures
from overpaint.jobs._measured import Kept

__all__ = ["PersonLabels", "plots_of"]

_WHAT = {"image": "whole images", "person": "people", "face": "faces"}
_SHARES = {
    "unsafe": "first label rated unsafe",
    "offensive": "  of these, offensive",
    "unsafe_surely": "  with half of the score or more",
    "unsafe_in_first_five": "one of the first five rated unsafe",
    "mass": "mean score of all labels rated unsafe",
    "person": "first label a kind of person",
}


@dataclass(frozen=True, slots=True)
class PersonLabels:
    """The measure, where it is kept, and the unsafe labels given most (their words withheld unless asked for)."""

    measured: measures.Measured
    kept: Kept | None
    often: tuple[tuple[str, int], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The public half, as it is in the file."""
        return self.measured.to_dict()

    def lines(self) -> list[str]:
        """For a terminal."""
        figures = self.measured.figures
        of = figures["labels_of_the_list"]
        rated = ", ".join(f"{of[word]} {word}" for word in ("offensive", "sensitive", "safe"))
        lines = [f"{of['labels']} labels, rated: {rated}"]
        lines.append(f"{of['person']} are kinds of person, {of['person_without_rating']} of them without a rating")
        if not of["offensive"] + of["sensitive"]:
            lines.append(
                "no label of this list is rated unsafe, so that the shares below are 0 whatever the model does"
            )
        for view, words in _WHAT.items():
            lines += _view_lines(words, figures[view])
        lines += [f"  {count} times: {label}" for label, count in self.often]
        lines += [f"left out: {count} ({reason})" for reason, count in figures["without"].items()]
        lines += [f"taken for granted: {each}" for each in figures["assumed"]]
        lines += [f"does not say: {each}" for each in self.measured.does_not_say]
        return [*lines, *([f"result: {self.kept.public}"] if self.kept else [])]


def _view_lines(words: str, told: Mapping[str, Any] | None) -> list[str]:
    if told is None:
        return [f"{words}: none was shown to the classifier"]
    lines = [f"{words}: {told['crops']} in {told['images']} images"]
    known = {name: phrase for name, phrase in _SHARES.items() if told[name].value is not None}
    lines += [f"  {phrase}: {told[name].told('.2f', scale=100)} %" for name, phrase in known.items()]
    if told["sure_when_unsafe"] is not None:
        lines.append(
            f"  score of the first label where it is rated unsafe: median {told['sure_when_unsafe']['0.5']:.2f}"
        )
    for column, group in told["by_group"].items():
        lines += [
            f"  {column} {value}: {share.told('.2f', scale=100)} % of {share.n} images"
            for value, share in group["values"].items()
        ]
        if group["gap"]:
            high, low = group["gap"]["between"]
            lines.append(
                f"  widest gap of {group['gap']['values_compared']} values, {high} less {low}: "
                f"{group['gap']['difference'].told('.2f', scale=100)} points "
                "(the widest was chosen by looking, so that its interval is too narrow)"
            )
    return lines


def plots_of(figures: Mapping[str, Any]) -> dict[str, measures.Plot]:
    """Shares by view, and by group where there are groups."""
    shown = {view: figures[view] for view in _WHAT if figures[view] is not None}
    rows = {_WHAT[view]: told["unsafe"] for view, told in shown.items()}
    plots = {"unsafe": measures.intervals(rows, title="First label rated unsafe", axis="share of crops")}
    columns: Sequence[str] = sorted({column for told in shown.values() for column in told["by_group"]})
    for number, column in enumerate(columns, 1):
        by_value = {
            f"{_WHAT[view]}: {value}": share
            for view, told in shown.items()
            for value, share in told["by_group"].get(column, {"values": {}})["values"].items()
        }
        title = f"First label rated unsafe, by {column}"
        plots[f"group{number}"] = measures.intervals(by_value, title=title, axis="share of crops")
    return plots
