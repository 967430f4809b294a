"""Names of images that go on saying a label which does not stay."""

from __future__ import annotations

import re
from collections.abc import Sequence

from overpaint import formats, labels, pipeline
from overpaint.records import Sample
from overpaint.rundir import Run

__all__ = ["called_by_labels"]

_APART = re.compile(r"[\W_]+")


def called_by_labels(
    run: Run, refs: Sequence[formats.ShardRef], labelling: pipeline.Labelling, taxonomy: labels.Taxonomy
) -> int:
    """How many images that may stay are called by a label, in words, that goes or is called otherwise."""
    names = labelling.plan.names
    gone = {label.casefold() for label, new in names.items() if new != label and label not in taxonomy}
    gone -= {label.casefold() for label in labelling.plan.after}
    if not gone:
        return 0

    def says(sample: Sample) -> bool:
        if sample.label is not None and names.get(sample.label, "") is None:
            return False  # it goes, but for other labels that it may have
        new = labelling.relabelling.sample(sample)
        base = (new.name or new.key).rpartition("/")[2].partition(".")[0].casefold()
        return not gone.isdisjoint((base, *_APART.split(base)))

    return sum(says(sample) for ref in refs for sample in formats.read_shard(run.listing, ref))
