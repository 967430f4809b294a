"""Is erasure itself a sign that networks go by? The test images, clear and with their faces, for trials on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from overpaint import formats, measures, pipeline
from overpaint.errors import SampleError, UsageError
from overpaint.jobs._measure_utility_samples import Chosen, Usable
from overpaint.jobs._measure_utility_train import Training
from overpaint.jobs._runs import Progress
from overpaint.measures import Arm, CueFigures, CuePicture, SaliencyFigures
from overpaint.records import Box
from overpaint.rundir import Run

__all__ = ["Cues", "cues_of", "need_cue_arms"]

MOST = 150
"""Pictures with something painted, and as many without, that are read."""

_LONG_SIDE = 512
_CLEAR = ("original", "recompressed")


@dataclass(frozen=True, slots=True, eq=False)
class Cues:
    """What the trials say of one network's trainings, and where they look."""

    figures: CueFigures
    saliency: SaliencyFigures

    def to_dict(self) -> dict[str, Any]:
        """Plain values and estimates."""
        return {"trials": self.figures.to_dict(), "saliency": self.saliency.to_dict()}

    def lines(self) -> list[str]:
        """For a terminal."""
        return [*self.figures.lines(), *self.saliency.lines()]


def need_cue_arms(arms: Sequence[Arm]) -> tuple[str, Arm]:
    """The clear arm that others are compared with, and the first painted one.

    Raises
    ------
    UsageError
        One of them is missing.
    """
    clear = next((arm.name for arm in arms if arm.name in _CLEAR), None)
    painted = next((arm for arm in arms if arm.name == "redacted" or arm.look in {"blur", "mosaic", "fill"}), None)
    if clear is None or painted is None:
        raise UsageError("--cues compares networks of a clear arm (original) with those of a painted one; see --arms")
    return clear, painted


def cues_of(
    run: Run,
    arms: Sequence[Arm],
    chosen: Chosen,
    published: Mapping[str, Usable],
    done: Sequence[Training],
    *,
    policy: tuple[str, int],
    seed: int,
    progress: Progress | None,
) -> dict[str, Cues]:
    """By network: trials on its trainings on the clear arm and on the painted one, and saliency in erased regions.

    Parameters
    ----------
    policy
        Look and cells of the run, for arms that do not say their own.
    """
    clear, painted = need_cue_arms(arms)
    pictures = _pictures(run, chosen, published, seed, progress)
    how: dict[str, Any] = {"look": painted.look or policy[0], "cells": painted.cells or policy[1], "seed": seed}
    found = {}
    for model in dict.fromkeys(training.model for training in done):
        networks = {
            arm: [measures.load_network(each.weights) for each in done if each.model == model and each.arm == arm]
            for arm in (clear, painted.name)
        }
        tried = 0

        def beat(model: str = model) -> None:
            nonlocal tried
            tried += 1
            if progress:
                progress(f"trying {model}", tried, 0)

        figures = measures.measure_cues(networks, pictures, rates=_rates(chosen, published), **how, beat=beat)
        found[model] = Cues(figures, measures.measure_saliency(networks, pictures, **how))
    return found


def _rates(chosen: Chosen, published: Mapping[str, Usable]) -> list[float]:
    """By class, the share of its training images with something erased."""
    keys, labels = chosen.half(test=False)
    erased = np.array([published[key].share > 0 for key in keys], np.float64)
    counts = np.bincount(labels, minlength=len(chosen.classes))
    return list(np.bincount(labels, weights=erased, minlength=len(chosen.classes)) / counts)


def _pictures(
    run: Run, chosen: Chosen, published: Mapping[str, Usable], seed: int, progress: Progress | None
) -> list[CuePicture]:
    keys, labels = chosen.half(test=True)
    order = np.random.default_rng([seed, len(keys)]).permutation(len(keys)).tolist()
    with_faces = [at for at in order if published[keys[at]].boxes][:MOST]
    without = [at for at in order if not published[keys[at]].boxes][:MOST]
    plan = run.plan()
    source = formats.open_source(plan.source, kind=plan.container)
    refs = formats.read_shards(run.listing)
    wanted = sorted(with_faces + without, key=lambda at: (published[keys[at]].shard, published[keys[at]].row))
    found, shard, samples = [], -1, []
    try:
        for count, at in enumerate(wanted):
            each = published[keys[at]]
            if each.shard != shard:
                shard, samples = each.shard, formats.read_shard(run.listing, refs[each.shard])
            try:
                found.append(_picture(source.read(samples[each.row]), each, int(labels[at]), plan.max_pixels))
            except SampleError:
                continue  # it was read before: what is gone since is one less to try
            if progress:
                progress("reading for trials", count + 1, len(wanted))
    finally:
        source.close()
    return found


def _picture(data: bytes, each: Usable, label: int, max_pixels: int) -> CuePicture:
    sniffed = formats.sniff(data)
    width, height = pipeline.check_editable(sniffed, max_pixels=max_pixels)
    picture = np.ascontiguousarray(pipeline.decode(data, sniffed, long_side=_LONG_SIDE))
    upright = [measures.upright_box(box, width, height, sniffed.orientation) for box in each.boxes if not box.page]
    turned = (height, width) if sniffed.orientation >= 5 else (width, height)
    across, down = picture.shape[1] / turned[0], picture.shape[0] / turned[1]
    faces = tuple(Box(x0 * across, y0 * down, x1 * across, y1 * down) for x0, y0, x1, y1 in upright)
    return CuePicture(picture, faces, label)
