"""Arms of the experiment, and what each attacker reaches on them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from overpaint import measures
from overpaint.jobs._measure_reidentify_faces import Found, painted_faces, tool_faces
from overpaint.measures import Embedder, Estimate, Figures, Scores
from overpaint.painting import regions
from overpaint.policy import Policy

__all__ = [
    "ATTACKERS",
    "BAR",
    "CELLS",
    "CONTROL",
    "LOOKS",
    "Arm",
    "Attacked",
    "Reached",
    "arms_of",
    "attacked",
    "pictures_of",
]

Image = NDArray[np.uint8]

ATTACKERS: Final = ("naive", "parrot", "trained", "restored")
LOOKS: Final = ("blur", "mosaic", "fill")
CELLS: Final = range(1, 17)
ROUNDS: Final = 1000
"""Of every bootstrap by person."""
CONTROL: Final = "core cut out"
BAR: Final = 0.05
"""How far the AUC on painted faces may lie above the control arm's for a strength to serve as the default."""


@dataclass(frozen=True, slots=True)
class Arm:
    """One way of hiding faces: a look of the product with its cells, or another tool's formula.

    Attributes
    ----------
    cells
        None for what has none: other tools, and ``fill``, which leaves nothing whatever their number.
    default
        Whether this is what the product does unless told otherwise.
    """

    name: str
    look: str | None = None
    cells: int | None = None
    tool: str | None = None
    default: bool = False


@dataclass(frozen=True, slots=True)
class Reached:
    """What one attacker reaches on one arm, and how much more that is than on the control arm."""

    figures: Figures
    auc_above: Estimate | None = None
    rank1_above: Estimate | None = None

    def to_dict(self) -> dict[str, Any]:
        """Aggregates, for the public half."""
        told: dict[str, Any] = self.figures.to_dict()
        if self.auc_above is not None and self.rank1_above is not None:
            told |= {"auc_above_control": self.auc_above, "rank1_above_control": self.rank1_above}
        return told


@dataclass(slots=True)
class Attacked:
    """All arms by name, each attacker's figures by attacker."""

    clear: Reached
    control: dict[str, Reached] = field(default_factory=dict)
    arms: dict[Arm, dict[str, Reached]] = field(default_factory=dict)


def arms_of(looks: Sequence[str], cells: Sequence[int], tools: Sequence[str]) -> list[Arm]:
    """The product's looks with each number of cells, then other tools."""
    usual = Policy(today=dt.date.min)
    arms = []
    for look in looks:
        for count in cells if look != "fill" else (None,):
            default = look == usual.look and count in {None, usual.cells}
            name = look if count is None else f"{look} {count}"
            arms.append(Arm(name, look, count, None, default))
    return arms + [Arm(tool, tool=tool) for tool in tools]


def pictures_of(arm: Arm, found: Found) -> list[Image | None]:
    """The faces' windows as the arm leaves them; None for a file that the product refuses to paint."""
    if arm.tool is not None:
        return list(tool_faces(found, arm.tool))
    assert arm.look is not None
    return painted_faces(found, look=arm.look, cells=arm.cells or 1)


def attacked(
    found: Found,
    arms: Sequence[Arm],
    *,
    attackers: Sequence[str],
    embedder: Embedder,
    seed: int,
    threads: int,
    progress: Callable[[str, int, int], None] | None,
) -> Attacked:
    """Every attacker on every arm, after the clear pictures and the control arm; one arm's pictures at a time."""
    faces = found.faces
    clear = measures.attack_naive(faces, [face.image for face in faces], embedder=embedder, symmetric=True)
    done = Attacked(Reached(measures.figures_of(clear, seed=seed, rounds=ROUNDS)))
    floors: dict[str, Scores] = {}
    steps, total = 0, len(attackers) * (1 + len(arms))
    for arm in (None, *arms):
        if arm is None:
            pictures = [measures.without_core(face) for face in faces]
        else:
            pictures = [picture for picture in pictures_of(arm, found) if picture is not None]
        for attacker in attackers:
            if progress:
                progress("attacking", steps, total)
            scores = _scores(attacker, found, pictures, arm, embedder, seed, threads)
            figures = measures.figures_of(scores, seed=seed, rounds=ROUNDS)
            if arm is None:
                floors[attacker] = scores
                done.control[attacker] = Reached(figures)
            else:
                floor = floors[attacker]
                done.arms.setdefault(arm, {})[attacker] = Reached(
                    figures,
                    measures.excess(scores, floor, seed=seed, rounds=ROUNDS),
                    measures.excess(scores, floor, figure="rank1", seed=seed, rounds=ROUNDS),
                )
            steps += 1
    return done


def _scores(
    attacker: str,
    found: Found,
    pictures: Sequence[Image],
    arm: Arm | None,
    embedder: Embedder,
    seed: int,
    threads: int,
) -> Scores:
    faces = found.faces
    if attacker == "naive":
        return measures.attack_naive(faces, pictures, embedder=embedder)
    if attacker == "parrot":
        return measures.attack_parrot(faces, pictures, embedder=embedder)
    if attacker == "trained":
        return measures.attack_trained(faces, pictures, embedder=embedder, seed=seed, threads=threads)
    return measures.attack_restored(faces, pictures, embedder=embedder, known=_known(arm, found), seed=seed)


def _known(arm: Arm | None, found: Found) -> list[measures.Known] | None:
    """What an attacker knows who has read how the tool works: the size of its cells, or its sigma, for each face."""
    if arm is None or arm.look == "fill":
        return None
    return [_known_of(arm, face) for face in found.faces]


def _known_of(arm: Arm, face: measures.Face) -> measures.Known:
    longer = max(face.box.width, face.box.height)
    if arm.tool == "imagenet2021":
        return measures.Known(sigma=0.1 * longer, cell=None)
    if arm.tool == "img2dataset":
        return measures.Known(sigma=0.3 * (np.ceil(0.1 * longer) - 1) + 0.8, cell=None)
    assert arm.cells is not None
    height, width = face.image.shape[:2]
    (group,) = regions([face.box], width=width, height=height, cells=arm.cells).groups
    return measures.Known(sigma=None, cell=group.side / arm.cells)
