"""What ``verify`` says of labels: whether any that a label policy took away is still to be read in the destination."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from overpaint import formats, pipeline
from overpaint.rundir import Run

__all__ = ["label_problems"]

_LEFT = "it bears a label that the label policy took away"


def label_problems(
    output: formats.Output, labelling: pipeline.Labelling, scratch: Run
) -> Iterator[tuple[str, str, str]]:
    """Published samples that still bear a label which goes or is called otherwise now.

    Where labels stand is found out from the destination itself; the run's word on it is not taken, but for places where
    it took labels away.

    Parameters
    ----------
    scratch
        Holds a listing of the destination.
    """
    gone = {label for label, new in labelling.plan.names.items() if new != label} - set(labelling.plan.after)
    if not gone:
        return
    with contextlib.closing(formats.open_source(output.place, kind=output.kind)) as dest:
        found = formats.find_label_places(dest, scratch.listing)
        known = {place.place for place in found}
        more = [place for place in labelling.places if place.place not in known and place.kind != "path"]
        places = (*found, *formats.complete_places(dest, scratch.listing, more))
        for ref in formats.read_shards(scratch.listing):
            samples = formats.read_shard(scratch.listing, ref)
            for sample, said in zip(samples, formats.read_labels(dest, samples, places), strict=True):
                if not gone.isdisjoint(said):
                    yield sample.key, "label-left", _LEFT
