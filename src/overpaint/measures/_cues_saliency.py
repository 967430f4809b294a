"""How much of what a network looks at lies inside what was erased, against the area of it.

Integrated gradients (Sundararajan, Taly & Yan 2017) by captum, for the network's own answer, from a picture of the
channels' means: ``(x - x') * integral of the gradients from x' to x``; or the plain gradient (Simonyan, Vedaldi &
Zisserman 2014). A ratio of 1: erased areas count as much as any other area. Faces are seldom at the edge, so that a
network that never saw erasure need not have 1: compare arms on the same pictures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from overpaint.errors import UsageError
from overpaint.measures._cues_places import CuePicture, erased, mask_of
from overpaint.measures._recipe import Recipe
from overpaint.measures._utility_paired import Differences, Paired, paired
from overpaint.measures._views import middle, tensor_of

__all__ = ["METHODS", "SaliencyFigures", "mass_inside", "measure_saliency", "ratio"]

Floats = npt.NDArray[np.float64]
Squares = npt.NDArray[np.uint8]

METHODS = ("integrated-gradients", "gradient")
_STEPS = 16
_AT_ONCE = 16
FEWEST = 3


class Visible(Protocol):
    """A trained network whose gradients can be taken, and how it is given pictures (`Trained`)."""

    @property
    def net(self) -> Any: ...
    @property
    def recipe(self) -> Recipe: ...


@dataclass(frozen=True, slots=True)
class SaliencyFigures:
    """By arm of the training: mass inside erased areas, against their share of the area.

    Attributes
    ----------
    ratio
        Mean mass inside over mean area.
    more
        By arm but the first: its ratio minus the first arm's, on the same pictures and seeds.
    area
        The erased share of what the network is given, on the mean.
    """

    method: str
    pictures: int
    area: float | None
    ratio: Mapping[str, Paired]
    more: Mapping[str, Paired]

    def to_dict(self) -> dict[str, Any]:
        """Aggregates alone."""
        return {
            "method": self.method,
            "pictures": self.pictures,
            "mean_area": self.area,
            "ratio": {arm: each.to_dict() for arm, each in self.ratio.items()},
            "ratio_minus_first_arm": {arm: each.to_dict() for arm, each in self.more.items()},
        }

    def lines(self) -> list[str]:
        """For a terminal."""
        if not self.ratio:
            return ["where networks look: too few pictures with something erased in view"]
        lines = [
            f"saliency inside erased areas over their area ({self.method}, {self.pictures} pictures; 1: as any area)"
        ]
        lines += [f"  trained on {arm}: {each.both.told('.2f')}" for arm, each in self.ratio.items()]
        first = next(iter(self.ratio))
        lines += [f"  {arm} more than {first}: {each.both.told('+.2f')}" for arm, each in self.more.items()]
        return lines


def measure_saliency(
    networks: Mapping[str, Sequence[Visible]],
    pictures: Sequence[CuePicture],
    *,
    look: str = "blur",
    cells: int = 4,
    method: str = METHODS[0],
    most: int = 64,
    seed: int = 0,
    level: float = 0.95,
) -> SaliencyFigures:
    """Take saliency on erased pictures, by arm of the training; the first arm is the one compared with.

    Parameters
    ----------
    networks
        By arm, one a seed; all of one recipe.
    pictures
        Clear, with their faces; those without faces, and those whose faces the network is not shown, are left out.
    most
        How many are looked at, by chance.

    Raises
    ------
    UsageError
        captum is not installed, or the method is unknown.
    """
    if method not in METHODS:
        raise UsageError(f"method {method!r} is unknown: use one of {', '.join(METHODS)}")
    every = [net for nets in networks.values() for net in nets]
    squares, masks = _shown(pictures, every[0].recipe, look, cells, most, seed) if every else ([], [])
    if len(squares) < FEWEST:
        return SaliencyFigures(method, len(squares), None, {}, {})
    shown, erased_there = np.stack(squares), np.stack(masks)
    area = erased_there.mean(axis=(1, 2))
    mass = {
        arm: np.array([mass_inside(net.net, shown, erased_there, method=method) for net in nets])
        for arm, nets in networks.items()
    }
    ratios = {arm: ratio(rows, area) for arm, rows in mass.items()}
    first = next(iter(ratios))
    more = {}
    for arm, (values, influence) in ratios.items():
        seeds = min(len(values), len(ratios[first][0]))
        change = values[:seeds] - ratios[first][0][:seeds], influence[:seeds] - ratios[first][1][:seeds]
        if arm != first:
            more[arm] = paired(Differences.of(*change), level=level)
    own = {arm: paired(Differences.of(*each), level=level) for arm, each in ratios.items()}
    return SaliencyFigures(method, len(shown), float(area.mean()), own, more)


def ratio(mass: Floats, area: Floats) -> tuple[Floats, Floats]:
    """The ratio of means, [seeds], and its influences, [seeds, n], from shares [seeds, n] and [n]."""
    values = mass.mean(axis=1) / area.mean()
    return values, (mass - values[:, None] * area) / (area.mean() * len(area))


def mass_inside(net: Any, squares: Squares, masks: npt.NDArray[np.bool_], *, method: str = METHODS[0]) -> Floats:
    """The share of each picture's saliency that lies inside its mask, float64 [n], for the network's own answer.

    Parameters
    ----------
    net
        A ``torch.nn.Module`` in evaluation, taking what `tensor_of` gives.
    squares
        uint8 [n, h, w, 3].
    masks
        bool [n, h, w].
    """
    attribute = _attribute(net, method)
    found = np.zeros(len(squares))
    for start in range(0, len(squares), _AT_ONCE):
        rows = slice(start, start + _AT_ONCE)
        mass = attribute(squares[rows])
        whole = mass.sum(axis=(1, 2))
        inside = (mass * masks[rows]).sum(axis=(1, 2))
        # a network that looks at nothing looks there as much as anywhere
        found[rows] = np.where(whole > 0, inside / np.where(whole > 0, whole, 1), masks[rows].mean(axis=(1, 2)))
    return found


def _attribute(net: Any, method: str) -> Any:
    """What gives, for squares, the absolute attributions summed over channels, float64 [n, h, w]."""
    try:
        import torch
        from captum.attr import IntegratedGradients, Saliency
    except ImportError as error:
        raise UsageError("saliency needs torch and captum: pip install 'overpaint[utility]'") from error
    device = next((each.device for each in net.parameters()), "cpu")

    def attribute(squares: Squares) -> Floats:
        given = tensor_of(squares, device=device)
        with torch.no_grad():
            target = net(given).argmax(dim=1)
        if method == "gradient":
            found = Saliency(net).attribute(given.requires_grad_(), target=target)
        else:
            steps = {"n_steps": _STEPS, "internal_batch_size": 4 * _AT_ONCE}
            found = IntegratedGradients(net).attribute(given, baselines=0.0, target=target, **steps)
        return np.asarray(found.detach().abs().sum(dim=1).cpu().numpy(), np.float64)

    return attribute


def _shown(
    pictures: Sequence[CuePicture], recipe: Recipe, look: str, cells: int, most: int, seed: int
) -> tuple[list[Squares], list[npt.NDArray[np.bool_]]]:
    """Erased pictures by chance, as a test shows them, and where in that something was erased."""
    squares: list[Squares] = []
    masks: list[npt.NDArray[np.bool_]] = []
    chosen = [each for each in pictures if each.faces]
    for at in np.random.default_rng(seed).permutation(len(chosen)).tolist():
        if len(squares) == most:
            break
        one = chosen[at]
        height, width = one.picture.shape[:2]
        mask = mask_of(one.faces, width, height, cells=cells).astype(np.uint8) * 255
        seen = middle(np.repeat(mask[:, :, None], 3, axis=2), recipe=recipe)[:, :, 0] > 127
        if seen.any():
            squares.append(middle(erased(one.picture, one.faces, look=look, cells=cells), recipe=recipe))
            masks.append(seen)
    return squares, masks
