"""Questions that build a class: is there one of it in this picture?, for each picture of a folder of candidates."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from overpaint import formats
from overpaint.errors import UsageError
from overpaint.review._place import Place
from overpaint.review._questions import Question
from overpaint.review._words import Kind

__all__ = ["Asked", "of_candidates"]


class Asked:
    """What a class is called and what belongs to it, as people are told.

    Parameters
    ----------
    label
        Names the class in files: a wnid, or any word.
    title
        With its article, as it stands in the question: “a malamute”. The label unless given.
    definition
        What belongs to it and what does not.
    """

    def __init__(self, label: str, *, title: str = "", definition: str = "") -> None:
        if not label or not label.isprintable() or len(label) > 200:
            raise UsageError("--label: give a short word or a wnid, such as n02119022")
        self.label = label
        self.title = title or label
        self.definition = definition


def of_candidates(place: Place, folder: Path, asked: Asked, *, certainty: float | None = None) -> Iterator[Question]:
    """One question for each image below a folder, in an order of chance that stays the same.

    Raises
    ------
    SourceError
        The folder cannot be read.
    UsageError
        It holds no image.
    """
    source = formats.FolderSource(folder)
    listing = place.path / "listing"
    found = source.write_listing(listing)
    if not found.samples:
        raise UsageError(f"no image was found below {folder}; is this the right place?")
    keys = [sample.key for ref in formats.read_shards(listing) for sample in formats.read_shard(listing, ref)]
    # candidates of one search lie side by side: in their own order nobody's answers would be independent
    random.Random(place.secret()).shuffle(keys)  # noqa: S311 - an order, not a secret
    for at, key in enumerate(keys):
        yield Question(
            Kind.CATEGORY,
            asked.label,
            key,
            title=asked.title,
            definition=asked.definition,
            harm=1.0 - at / (2 * len(keys)),
            basis="candidates",
            extra={} if certainty is None else {"certainty": certainty},
        )
