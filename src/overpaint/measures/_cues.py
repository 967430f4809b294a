"""Is erasure itself a sign that networks go by? Trials on trained networks, with intervals over seeds and pictures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from overpaint.measures._cues_places import CuePicture
from overpaint.measures._cues_trials import TRIALS, Trial, trials_of
from overpaint.measures._utility_paired import Differences, Paired, paired

__all__ = ["CueFigures", "Movement", "Network", "measure_cues"]

Picture = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]


class Network(Protocol):
    """Anything that answers pictures with outputs before the softmax, [n, classes] (`Trained`)."""

    def __call__(self, pictures: Sequence[Picture], /) -> npt.NDArray[np.float32]: ...


@dataclass(frozen=True, slots=True)
class Movement:
    """How far predictions move in one trial: means over pictures and seeds.

    Attributes
    ----------
    pictures
        How many were tried.
    size, control
        The total variation between the predicted probabilities before and after, and before and in the control.
    beyond
        `size` minus `control`: above 0, erasure moves more than any covering does.
    truth
        The change of the true class's log-probability, minus the control's.
    towards
        The change of the erased share of the class that is expected from the prediction (each class's share of
        training images with something erased, weighted by its probability), minus the control's. Above 0 where
        erasure is put in, or below 0 where it is taken away: it speaks for classes that are often erased.
    """

    pictures: int
    size: Paired
    control: Paired
    beyond: Paired
    truth: Paired
    towards: Paired | None

    def to_dict(self) -> dict[str, Any]:
        """Plain values and estimates."""
        rows = {"size": self.size, "control": self.control, "beyond": self.beyond, "truth": self.truth}
        told: dict[str, Any] = {name: each.to_dict() for name, each in rows.items()}
        told["towards_erased_classes"] = None if self.towards is None else self.towards.to_dict()
        return {"pictures": self.pictures} | told


@dataclass(frozen=True, slots=True)
class Learned:
    """What one arm's networks do more than the first arm's, on the same pictures and seeds, in one trial."""

    beyond: Paired
    towards: Paired | None

    def to_dict(self) -> dict[str, Any]:
        """Plain values and estimates."""
        towards = None if self.towards is None else self.towards.to_dict()
        return {"beyond": self.beyond.to_dict(), "towards_erased_classes": towards}


@dataclass(frozen=True, slots=True)
class CueFigures:
    """By arm of the training, then by trial.

    Attributes
    ----------
    learned
        By arm but the first, then by trial.
    tried, left_out
        By trial: pictures tried, and those in which no place was found.
    """

    movements: Mapping[str, Mapping[str, Movement]]
    learned: Mapping[str, Mapping[str, Learned]]
    tried: Mapping[str, int]
    left_out: Mapping[str, int]

    def to_dict(self) -> dict[str, Any]:
        """Aggregates alone."""
        return {
            "trained_on": {arm: {t: m.to_dict() for t, m in found.items()} for arm, found in self.movements.items()},
            "minus_first_arm": {arm: {t: p.to_dict() for t, p in found.items()} for arm, found in self.learned.items()},
            "pictures_tried": dict(self.tried),
            "pictures_left_out": dict(self.left_out),
        }

    def lines(self) -> list[str]:
        """For a terminal: movements in hundredths of probability."""
        lines = [
            "erasure as a sign (probability moved, in points; beyond: more than a clear patch in the same place moves)"
        ]
        for arm, found in self.movements.items():
            for trial, each in found.items():
                said = f"  trained on {arm}, {trial} ({each.pictures}): {each.size.both.told('.2f', scale=100)}"
                lines.append(f"{said}, beyond {each.beyond.both.told('+.2f', scale=100)}")
                if each.towards is not None:
                    lines.append(f"    towards classes often erased {each.towards.both.told('+.2f', scale=100)}")
        first = next(iter(self.movements), "")
        for arm, changes in self.learned.items():
            for trial, change in changes.items():
                said = f"  {arm} more than {first}, {trial}: {change.beyond.both.told('+.2f', scale=100)}"
                if change.towards is not None:
                    said += f", towards such classes {change.towards.both.told('+.2f', scale=100)}"
                lines.append(said)
        return lines


def measure_cues(
    networks: Mapping[str, Sequence[Network]],
    pictures: Sequence[CuePicture],
    *,
    look: str = "blur",
    cells: int = 4,
    rates: Sequence[float] | None = None,
    most: int = 100,
    seed: int = 0,
    level: float = 0.95,
    beat: Callable[[], None] | None = None,
) -> CueFigures:
    """Try pictures on networks, by the arm that they were trained on, one network a seed.

    Parameters
    ----------
    networks
        By arm, its networks in the order of their seeds: the first arm is the one that others are compared with, and
        should have seen no erasure (``original`` or ``recompressed``).
    pictures
        Clear, as they would be given to a network, with faces and without; none from the training.
    look, cells
        As the erasure that is asked about.
    rates
        By class, in the order of the outputs: the share of its training images with something erased.
    most
        Pictures with faces, and as many without.
    beat
        Called after each picture.

    Returns
    -------
    Means over pictures with intervals over networks and pictures of the kind; with one network over pictures alone.
    """
    networks = {arm: nets for arm, nets in networks.items() if nets}
    moves: dict[str, dict[str, list[Floats]]] = {arm: {} for arm in networks}
    left_out: dict[str, int] = {}
    weights = None if rates is None else np.asarray(rates, np.float64)
    for trial in trials_of(pictures, look=look, cells=cells, most=most, seed=seed):
        if isinstance(trial, str):
            left_out[trial] = left_out.get(trial, 0) + 1
            continue
        for arm, nets in networks.items():
            rows = np.array([_moves(net, trial, weights) for net in nets])
            moves[arm].setdefault(trial.name, []).append(rows)
        if beat is not None:
            beat()
    movements: dict[str, dict[str, Movement]] = {}
    learned: dict[str, dict[str, Learned]] = {}
    first, rated = next(iter(networks), ""), weights is not None
    for arm, found in moves.items():
        stacked = {
            name: np.stack(found[name], axis=1) for name in TRIALS if name in found
        }  # [seeds, pictures, figures]
        movements[arm] = {name: _movement(rows, rated=rated, level=level) for name, rows in stacked.items()}
        if arm != first:
            base = {name: np.stack(rows, axis=1) for name, rows in moves[first].items()}
            learned[arm] = {
                name: _learned(rows[: len(base[name])], base[name][: len(rows)], rated=rated, level=level)
                for name, rows in stacked.items()
            }
    tried = {name: len(rows) for name, rows in moves[first].items()} if networks else {}
    return CueFigures(movements, learned, tried, left_out)


def _moves(net: Network, trial: Trial, rates: Floats | None) -> Floats:
    """Of touched and control, both against before: total variation, true log-probability, expected erased share."""
    logits = net([trial.before, trial.after, trial.control]).astype(np.float64)
    logs = logits - logits.max(axis=1, keepdims=True)
    logs -= np.log(np.exp(logs).sum(axis=1, keepdims=True))
    before, *others = np.exp(logs)
    shares = [0.0] * 3 if rates is None else [float(row @ rates) for row in (before, *others)]
    return np.array(
        [np.abs(row - before).sum() / 2 for row in others]
        + [logs[place, trial.label] - logs[0, trial.label] for place in (1, 2)]
        + [shares[place] - shares[0] for place in (1, 2)]
    )


def _learned(rows: Floats, base: Floats, *, rated: bool, level: float) -> Learned:
    towards = _paired(_towards(rows) - _towards(base), level=level) if rated else None
    return Learned(_paired(_beyond(rows) - _beyond(base), level=level), towards)


def _beyond(rows: Floats) -> Floats:
    return rows[:, :, 0] - rows[:, :, 1]


def _towards(rows: Floats) -> Floats:
    return rows[:, :, 4] - rows[:, :, 5]


def _movement(rows: Floats, *, rated: bool, level: float) -> Movement:
    return Movement(
        pictures=rows.shape[1],
        size=_paired(rows[:, :, 0], level=level),
        control=_paired(rows[:, :, 1], level=level),
        beyond=_paired(_beyond(rows), level=level),
        truth=_paired(rows[:, :, 2] - rows[:, :, 3], level=level),
        towards=_paired(_towards(rows), level=level) if rated else None,
    )


def _paired(rows: Floats, *, level: float) -> Paired:
    return paired(Differences.of_mean(rows), level=level)
