"""Networks after their training: the file of their weights, what they say of pictures, and what they see in them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from overpaint.errors import RunError
from overpaint.measures._networks import need_torch, network
from overpaint.measures._recipe import Recipe
from overpaint.measures._team import ALONE, Team
from overpaint.measures._views import middle, tensor_of

__all__ = ["WEIGHTS", "Shown", "Trained", "load_network", "saved"]

WEIGHTS = "weights.pt"
_AT_ONCE = 64

Floats = npt.NDArray[np.float32]


class Shown(Protocol):
    """Pictures, uint8 H x W x 3, by number."""

    def __len__(self) -> int: ...
    def __getitem__(self, index: int, /) -> npt.NDArray[np.uint8]: ...


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """A network that has learned, and how.

    Attributes
    ----------
    net
        The ``torch.nn.Module``, for tests; it takes what `overpaint.measures.tensor_of` makes of squares.
    arm, seed
        What it learned from.
    losses
        Mean loss of each epoch.
    """

    net: Any
    model: str
    arm: str
    seed: int
    classes: tuple[str, ...]
    recipe: Recipe
    losses: tuple[float, ...]
    device: Any = "cpu"

    def __call__(self, pictures: Shown | Sequence[npt.NDArray[np.uint8]], *, team: Team = ALONE) -> Floats:
        """The outputs for the middles of pictures, float32 [n, classes], before any softmax."""
        import torch

        with torch.no_grad():
            rows = [self.net(batch).float().cpu().numpy() for batch in self._squares(pictures, team)]
        mine = np.concatenate(rows) if rows else np.empty((0, len(self.classes)), np.float32)
        return team.gathered(mine)

    def features(self, pictures: Shown | Sequence[npt.NDArray[np.uint8]]) -> Floats:
        """What goes into the last layer, float32 [n, width]."""
        import torch

        last = self._last()
        held: list[Any] = []
        hook = last.register_forward_pre_hook(lambda _, given: held.append(given[0].detach()))
        rows = []
        try:
            with torch.no_grad():
                for batch in self._squares(pictures, ALONE):
                    held.clear()
                    self.net(batch)
                    seen = held[0]
                    rows.append((seen.mean((2, 3)) if seen.ndim == 4 else seen).flatten(1).float().cpu().numpy())
        finally:
            hook.remove()
        return np.concatenate(rows)

    def _last(self) -> Any:
        """The last layer with weights for the classes: a linear one, or in some networks a convolution."""
        from torch import nn

        kinds = [each for each in self.net.modules() if isinstance(each, nn.Linear | nn.Conv2d)]
        n = len(self.classes)
        ends = [e for e in kinds if n == (e.out_features if isinstance(e, nn.Linear) else e.out_channels)]
        return ends[-1] if ends else kinds[-1]

    def _squares(self, pictures: Any, team: Team) -> Iterator[Any]:
        mine = range(team.rank, len(pictures), team.size)
        for start in range(0, len(mine), _AT_ONCE):
            squares = [middle(pictures[at], recipe=self.recipe) for at in mine[start : start + _AT_ONCE]]
            yield tensor_of(np.stack(squares), device=self.device)


def load_network(path: Path, *, device: Any = "cpu") -> Trained:
    """Read the weights of a training; nothing in the file is executed.

    Raises
    ------
    RunError
        The file is missing, damaged, or of another version.
    """
    torch = need_torch()
    try:
        held = torch.load(path, map_location="cpu", weights_only=True)
        recipe, classes = Recipe.from_dict(held["recipe"]), tuple(map(str, held["classes"]))
        net = network(held["model"], len(classes))
        net.load_state_dict(held["state"])
        losses = tuple(map(float, held["losses"]))
        about = str(held["model"]), str(held["arm"]), int(held["seed"])
    except Exception as error:  # loaders raise nearly every class there is
        raise RunError(f"{path} holds no trained network ({type(error).__name__}); delete it, and run again") from error
    net = net.to(device).to(memory_format=torch.channels_last).eval()
    return Trained(net, *about, classes, recipe, losses, device)


def saved(state: dict[str, Any], path: Path) -> None:
    """Write a file of tensors and plain values; it appears whole or not at all."""
    import torch

    part = path.with_name(f".{path.name}.part")
    with part.open("wb") as file:
        torch.save(state, file)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
