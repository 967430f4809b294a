"""``measure reidentify``: can people whose faces were painted over be told apart, and how strongly must one paint?"""

from __future__ import annotations

import datetime as dt
import importlib.util
import os
from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, Final

import numpy as np

from overpaint import formats, measures
from overpaint.errors import UsageError
from overpaint.jobs._answers import lane_first
from overpaint.jobs._measure_reidentify_arms import (
    ATTACKERS,
    BAR,
    CELLS,
    LOOKS,
    Arm,
    Attacked,
    arms_of,
    attacked,
    pictures_of,
)
from overpaint.jobs._measure_reidentify_faces import TOOLS, Found, read_faces
from overpaint.jobs._measure_reidentify_links import links_of, need_outputs
from overpaint.jobs._measure_reidentify_people import read_people
from overpaint.jobs._measure_reidentify_told import figures_told, lines_told, plots_of
from overpaint.jobs._measured import Kept, keep_measure, place_of
from overpaint.jobs._places import output_of
from overpaint.jobs._runs import Progress
from overpaint.measures import Embedder, Input, Measured
from overpaint.policy import Policy
from overpaint.rundir import Run

__all__ = ["Reidentified", "measure_reidentify"]

VERSION: Final = 1

_DOES_NOT_SAY: Final = (
    "That nobody can be recognised: hair, clothes, company and place need no face, and better attackers may come.",
    "Anything about faces that were not found: they are not painted (overpaint measure residual).",
    "Anything about people who look or were photographed otherwise than those of the evaluation set.",
    "What an attacker reaches who trains on clear pictures of the very people that are looked for.",
)


@dataclass(frozen=True, slots=True)
class Reidentified:
    """What attackers reached, arm by arm: aggregates; nothing here names a person or a picture."""

    measured: Measured
    kept: Kept | None
    done: Attacked

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return self.measured.to_dict()

    def lines(self) -> list[str]:
        """Tables for a terminal."""
        lines = lines_told(self.measured, self.done)
        return lines if self.kept is None else [*lines, f"written: {self.kept.public}"]


def measure_reidentify(
    people: str | PathLike[str],
    *,
    run: str | PathLike[str] | None = None,
    looks: Sequence[str] = (),
    cells: Sequence[int] = (),
    tools: Sequence[str] = (),
    embedder: str = "sface",
    attackers: Sequence[str] = (),
    to: str | PathLike[str] | None = None,
    seed: int = 0,
    plots: bool = True,
    progress: Progress | None = None,
) -> Reidentified:
    """Measure whether faces that were painted over can still be recognised, on an evaluation set with known people.

    Every picture of the set is painted in memory as `overpaint.scrub` would paint it; attackers then try to tell who is
    who. The control arm has the whole core cut out: what is reached there, hair, clothes and background give away.

    Parameters
    ----------
    people
        A folder with a folder for each person, or one with ``pairs.csv`` (a, b, same). Somebody with one picture alone
        counts as somebody else.
    run
        A run whose outputs are asked, besides, what no painting of faces hides: names, addresses, alike pictures. The
        result goes into it.
    looks, cells
        Ways and strengths to measure; without them what `scrub` does by default.
    tools
        Formulas of other tools beside them: ``imagenet2021``, ``img2dataset``; both unless given; ``none``.
    embedder
        What recognises faces: ``sface``, ``faceres`` or another package's.
    attackers
        ``naive`` (painted against clear), ``parrot`` (painted against painted), ``trained`` (on painted faces of other
        people), ``restored`` (undone as far as it can be, knowing the tool); all unless given.
    to
        A folder for the result and its plots; without it and `run` nothing is written.
    seed
        Of every draw.
    plots
        Whether to draw.
    progress
        Called with what is going on, how much is done, and of how much.

    Raises
    ------
    UsageError
        The set has no two people or no two pictures of one with a face, an option is none, or an extra is missing.
    ModelError
        The embedder or the face detector is not on this machine.
    RunError
        `run` is none, or has no outputs.
    """
    arms = arms_of(*_asked(looks, cells, tools))
    chosen = _attackers(attackers)
    place = place_of(run, to)
    if isinstance(place, Run):
        need_outputs(place)
        lane_first(place)
        _not_its_own(people, place)
    _need_extras(chosen, plots=plots and place is not None)
    pictures = read_people(people)
    threads = max(1, min(8, os.cpu_count() or 1))
    recogniser = measures.remembering(measures.embedder(embedder, threads=threads))
    found = read_faces(pictures, progress=progress, threads=threads)
    _need_enough(found)
    found = _paintable(found, arms, progress)
    done = attacked(found, arms, attackers=chosen, embedder=recogniser, seed=seed, threads=threads, progress=progress)
    figures = figures_told(done, found) | {"embedder": _about(recogniser)}
    if isinstance(place, Run):
        figures |= {"links": links_of(place, progress=progress)}
    measured = Measured(
        "reidentify",
        VERSION,
        {
            "arms": [arm.name for arm in arms],
            "attackers": list(chosen),
            "embedder": embedder,
            "bar": BAR,
        },
        _inputs(found, recogniser, place),
        seed,
        figures,
        _DOES_NOT_SAY,
    )
    kept = None
    if place is not None:
        kept = keep_measure(measured, place, plots_of(done) if plots else None)
    return Reidentified(measured, kept, done)


def _asked(
    looks: Sequence[str], cells: Sequence[int], tools: Sequence[str]
) -> tuple[Sequence[str], Sequence[int], Sequence[str]]:
    for look in looks:
        if look not in LOOKS:
            raise UsageError(f"--look {look}: there is none; use {', '.join(LOOKS)}")
    for count in cells:
        if count not in CELLS:
            raise UsageError(f"--cells {count}: it must be {CELLS[0]} to {CELLS[-1]}")
    known = tuple(TOOLS)
    for tool in tools:
        if tool not in {*known, "none"}:
            raise UsageError(f"--tool {tool}: there is none; use {', '.join(known)}, or none")
    if "none" in tools and len(set(tools)) > 1:
        raise UsageError("--tool none goes with no other --tool")
    usual = Policy(today=dt.date.min)
    wanted = () if "none" in tools else tuple(dict.fromkeys(tools)) or known
    return tuple(dict.fromkeys(looks)) or (usual.look,), sorted(set(cells)) or (usual.cells,), wanted


def _attackers(asked: Sequence[str]) -> tuple[str, ...]:
    for attacker in asked:
        if attacker not in ATTACKERS:
            raise UsageError(f"--attacker {attacker}: there is none; use {', '.join(ATTACKERS)}")
    return tuple(each for each in ATTACKERS if not asked or each in asked)


def _not_its_own(people: str | PathLike[str], run: Run) -> None:
    """Refuse to ask who is who in the very dataset: its classes are no people, and nobody in it agreed to be told."""
    source, output = run.plan().source, output_of(run)
    for place in (source, "" if output is None else output.place):
        if not place or formats.is_url(place):
            continue
        here, there = Path(people).resolve(), Path(place).resolve()
        if here.is_relative_to(there) or there.is_relative_to(here):
            raise UsageError(
                f"{people} is the dataset of {run.path}, lies in it or holds it; give an evaluation set of people who "
                "are known and agreed to it"
            )


def _need_extras(attackers: Sequence[str], *, plots: bool) -> None:
    """Say what is missing before the long work."""
    measures.need_scipy()
    if "trained" in attackers and importlib.util.find_spec("torch") is None:
        raise UsageError(
            "the trained attacker needs torch: pip install 'overpaint[reidentify]', or name others by --attacker"
        )
    if plots:
        with measures.drawing():
            pass


def _need_enough(found: Found) -> None:
    counts = np.unique([face.person for face in found.faces], return_counts=True)[1]
    if len(counts) < 2 or counts.max() < 2:
        without = "; ".join(f"{count} {reason}" for reason, count in sorted(found.unusable.items()))
        raise UsageError(
            f"of {found.pictures} pictures {len(found.faces)} are of use, of {len(counts)} people ({without}): "
            "re-identification needs two people, and two pictures of one of them in which a face is found"
        )


def _paintable(found: Found, arms: Sequence[Arm], progress: Progress | None) -> Found:
    """Without the pictures that the product refuses to paint in some arm; they are counted.

    Painted here once only to know: the pictures of all arms together need not fit into memory.
    """
    kept = set(range(len(found.faces)))
    for number, arm in enumerate(arms):
        if progress:
            progress("painting", number, len(arms))
        if arm.look:
            kept -= {i for i, picture in enumerate(pictures_of(arm, found)) if picture is None}
    if len(kept) < len(found.faces):
        found.unusable["cannot be painted"] += len(found.faces) - len(kept)
        found = found.only(sorted(kept))
        _need_enough(found)
    return found


def _about(recogniser: Embedder) -> dict[str, str]:
    return {name: getattr(recogniser, name) for name in ("name", "version", "training")}


def _inputs(found: Found, recogniser: Embedder, place: object) -> list[Input]:
    inputs = [
        Input("people", found.sha256, found.pictures),
        Input(f"embedder {recogniser.name}", recogniser.weights),
    ]
    if isinstance(place, Run):
        inputs.append(measures.file_input("plan", place.plan_file))
    return inputs
