"""The labels of a shard's samples, as text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from overpaint.errors import SampleError, SourceError
from overpaint.records import Sample

from ._containers import ContainerSource
from ._label_names import placed
from ._label_places import MOST_LABELS, LabelPlace
from ._label_values import UNREADABLE, concerns, edited
from ._record import Field
from ._source import Source

__all__ = ["read_labels"]

_LONGEST = 1024  # characters of a label


def read_labels(
    source: Source,
    samples: Sequence[Sample],
    places: Sequence[LabelPlace],
    *,
    amiss: Counter[str] | None = None,
) -> Iterator[tuple[str, ...]]:
    """The labels that each sample of a shard bears, in the order of the places, each once.

    A number is what its place's class list says, else its digits; one below 0 says that there is no label. Labels of
    a folder are told by its listing: no file is opened.

    Parameters
    ----------
    samples
        Of one shard, in the listing's order.
    amiss
        Counts what could not be read: ``unreadable-label`` (JSON that is broken, text that is no UTF-8),
        ``too-many-labels`` (more than 4,096 of one sample: the others are left out), ``label-too-long`` (over 1,024
        characters: left out), ``unreadable-record`` (its container cannot be read there).

    Yields
    ------
    tuple of str
        One for each of the samples, in their order.
    """
    amiss = Counter() if amiss is None else amiss
    inside = [place for place in places if place.kind != "path"]
    if not isinstance(source, ContainerSource) or not inside:
        for sample in samples:
            yield _Labels(places, amiss).of(sample, ())
        return
    names = {place.field for place in inside}
    for sample in samples:
        try:
            fields = source.fields(sample, names)
        except (SampleError, SourceError):
            amiss["unreadable-record"] += 1
            yield ()
        else:
            yield _Labels(places, amiss).of(sample, fields)


class _Labels:
    """Collects the labels of one sample."""

    def __init__(self, places: Sequence[LabelPlace], amiss: Counter[str]) -> None:
        self._places, self._amiss = places, amiss
        self._found: dict[str, None] = {}
        self._place: LabelPlace | None = None
        self._full = False

    def of(self, sample: Sample, fields: Sequence[Field]) -> tuple[str, ...]:
        for place in self._places:
            self._place = place
            if place.kind == "path":
                at = placed(sample)
                self._add(at.label if at else None)
                continue
            for field in fields:
                if concerns(field, place):
                    try:
                        edited(field, place, self._seen)
                    except UNREADABLE:
                        self._amiss["unreadable-label"] += 1
        return tuple(self._found)

    def _seen(self, label: str | int) -> str | int:
        classes = self._place.classes if self._place else None
        if isinstance(label, str):
            self._add(label)
        elif label >= 0:
            self._add(classes[label] if classes is not None and label < len(classes) else str(label))
        return label

    def _add(self, label: str | None) -> None:
        if not label or label in self._found:
            return
        if len(label) > _LONGEST:
            self._amiss["label-too-long"] += 1
        elif len(self._found) < MOST_LABELS:
            self._found[label] = None
        elif not self._full:
            self._full = True
            self._amiss["too-many-labels"] += 1
