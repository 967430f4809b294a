"""What is said of a source once it is listed."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

from overpaint import formats, pipeline
from overpaint.errors import OverpaintWarning
from overpaint.plan import Plan
from overpaint.records import shown_key
from overpaint.rundir import Run

__all__ = ["first_key", "say_what_was_not_listed"]


def first_key(run: Run, refs: Sequence[formats.ShardRef]) -> str:
    """How the images of SOURCE are called, by its first one that is not in the no-view lane; for a terminal."""
    for ref in refs:
        lane = pipeline.InLane(run, ref)
        for sample in formats.read_shard(run.listing, ref):
            if lane.reason(sample) is None:
                return shown_key(sample.key)
    return "(none to be shown)"


def say_what_was_not_listed(run: Run, plan: Plan) -> None:
    """Warn of places that could not be read, and of images at which nobody looks."""
    unreadable: list[str] = []
    passed_by: list[str] = []
    beside = formats.beside(plan.source)
    for key, _, reason in formats.read_others(run.listing):
        if reason == "unreadable":
            unreadable.append(key)
        elif reason == "image-beside-containers" or (
            reason == "not-an-image" and beside is not None and formats.holds_images(beside, key)
        ):
            passed_by.append(key)
    if passed_by:
        what = "containers beside images" if plan.container == "folder" else "images beside containers"
        message = (
            f"SOURCE is taken for {plan.container}: {what}, which nobody looks at and which are not published: "
            f"{len(passed_by)} ({', '.join(map(shown_key, passed_by[:3]))}); say what it is with --container, or put "
            "them elsewhere"
        )
        warnings.warn(message, OverpaintWarning, stacklevel=4)
    if unreadable:
        message = (
            f"places below SOURCE that cannot be read, so that what is in them was not listed: {len(unreadable)} "
            f"({', '.join(map(shown_key, unreadable[:3]))}); change their permissions and start a new run"
        )
        warnings.warn(message, OverpaintWarning, stacklevel=4)
