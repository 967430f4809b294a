"""The findings of one shard as arrays, sorted and grouped by subject, and what a rule asks of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from overpaint.errors import RunError
from overpaint.policy._exempt import any_glob
from overpaint.policy._facts import Rule
from overpaint.records import Box

__all__ = ["Subjects"]

_CORNERS = ("x0", "y0", "x1", "y1")
_DAMAGED = "scan again, or take the findings from the run that made them"


@dataclass(frozen=True)
class _Words:
    """A text column as numbers into its distinct words, sorted; -1 where there is none."""

    words: tuple[str, ...]
    codes: NDArray[np.int64]

    @classmethod
    def of(cls, column: pa.ChunkedArray) -> _Words:
        encoded = column.cast(pa.string()).combine_chunks().dictionary_encode()
        words = encoded.dictionary.to_pylist()
        order = sorted(range(len(words)), key=words.__getitem__)
        rank = np.empty(len(words) + 1, np.int64)
        rank[order] = np.arange(len(words))
        rank[-1] = -1
        return cls(tuple(words[i] for i in order), rank[np.asarray(pc.fill_null(encoded.indices, -1))])

    def match(self, globs: tuple[str, ...]) -> NDArray[np.bool_]:
        """Whether each row's word matches one of the globs; a row without a word matches none."""
        return np.array([*(any_glob(globs, word) for word in self.words), False])[self.codes]


@dataclass(frozen=True)
class Subjects:
    """Findings by sample, subject, kind and frame; within a subject (of one frame) the best comes first.

    All arrays but ``starts`` have one entry a finding. ``starts`` holds the first finding of each subject, ``group``
    the subject's number among them. ``orientation`` has one entry a sample.
    """

    findings: pa.Table
    place: NDArray[np.int64]
    group: NDArray[np.int64]
    starts: NDArray[np.int64]
    boxed: NDArray[np.bool_]
    corners: NDArray[np.float64]
    page: NDArray[np.int64]
    confidence: NDArray[np.float32]
    score: NDArray[np.float32]
    size: NDArray[np.float64]
    share: NDArray[np.float64]
    orientation: NDArray[np.int64]
    kind: _Words
    detector: _Words
    label: _Words
    split: _Words

    @classmethod
    def of(cls, samples: pa.Table, findings: pa.Table) -> Subjects:
        """Sort and group a shard's findings; see `overpaint.policy.decide` for the columns and errors."""
        place = _places(samples, findings)
        score, confidence = (np.asarray(findings.column(name)) for name in ("score", "confidence"))
        corners = np.stack([np.asarray(findings.column(name), dtype=np.float64) for name in _CORNERS], axis=1)
        nulls = sum(np.asarray(findings.column(name).is_null(), dtype=np.int64) for name in _CORNERS)
        boxed = np.asarray(nulls) == 0
        sound = np.isfinite(score) & np.isfinite(confidence) & np.isfinite(corners).all(axis=1, where=boxed[:, None])
        if not sound.all() or not np.isin(nulls, (0, 4)).all():
            raise RunError(f"findings hold a score or a box that is not made of numbers; {_DAMAGED}")
        kind, detector = _Words.of(findings.column("kind")), _Words.of(findings.column("detector"))
        subject = np.asarray(findings.column("subject"))
        filled = np.where(boxed[:, None], corners, 0.0)
        page, frame = (_numbers(findings.column(name)) for name in ("page", "frame"))
        by = [page, *filled.T[::-1], detector.codes, -score, ~boxed, frame, kind.codes, subject, place]
        order = np.lexsort(by)
        of_subject = np.stack([place, subject, kind.codes, frame], axis=1)[order]
        new = np.ones(len(order), np.bool_)
        new[1:] = (of_subject[1:] != of_subject[:-1]).any(axis=1)
        group, starts = np.cumsum(new) - 1, np.flatnonzero(new)
        place, filled = place[order], filled[order]
        sides = np.minimum(filled[:, 2] - filled[:, 0], filled[:, 3] - filled[:, 1])
        return cls(
            findings=findings.take(pa.array(order)),
            place=place,
            group=group,
            starts=starts,
            boxed=boxed[order],
            corners=filled,
            page=page[order],
            confidence=np.maximum.reduceat(confidence[order], starts)[group],
            score=score[order],
            size=np.maximum(sides, 0.0),
            share=_share(samples, place, np.maximum(sides, 0.0)),
            orientation=_orientations(samples),
            kind=_Words(kind.words, kind.codes[order]),
            detector=_Words(detector.words, detector.codes[order]),
            label=_taken(samples.column("label"), place),
            split=_taken(samples.column("split"), place),
        )

    def matches(self, rule: Rule) -> NDArray[np.bool_]:
        """Whether each finding meets every condition of a rule."""
        met = self.kind.match((rule.kind,))
        # Confidence is stored as float32: 0.7 written there is below the double 0.7.
        if rule.min_confidence is not None:
            met &= self.confidence >= np.float32(rule.min_confidence)
        if rule.max_confidence is not None:
            met &= self.confidence <= np.float32(rule.max_confidence)
        if rule.min_score is not None:
            met &= self.score >= np.float32(rule.min_score)
        if rule.needs_box:
            met &= self.boxed
        if rule.min_size is not None:
            met &= self.size >= rule.min_size
        if rule.max_size is not None:
            met &= self.size <= rule.max_size
        if rule.min_share is not None:
            met &= self.share >= rule.min_share
        for words, globs in ((self.detector, rule.detectors), (self.label, rule.classes), (self.split, rule.splits)):
            if globs is not None:
                met &= words.match(globs)
        if rule.not_classes is not None:
            met &= ~self.label.match(rule.not_classes)
        return met

    def box_of(self, row: int) -> Box | None:
        """The box of a finding, where it has one."""
        if not self.boxed[row]:
            return None
        x0, y0, x1, y1 = self.corners[row].tolist()
        return Box(x0, y0, x1, y1, int(self.page[row]))

    def kind_of(self, row: int) -> str:
        """The kind of a finding."""
        return self.kind.words[int(self.kind.codes[row])]


def _numbers(column: pa.ChunkedArray) -> NDArray[np.int64]:
    return np.asarray(pc.fill_null(column, 0), dtype=np.int64)


def _places(samples: pa.Table, findings: pa.Table) -> NDArray[np.int64]:
    found = pc.index_in(findings.column("key"), value_set=samples.column("key").combine_chunks())
    if found.null_count:
        raise RunError(f"{found.null_count} findings name samples that are not in their shard; {_DAMAGED}")
    return np.asarray(found).astype(np.int64)


def _share(samples: pa.Table, place: NDArray[np.int64], sides: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shorter side of the box over that of the image; NaN, which meets no bound, where the image's is not known."""
    width, height = (np.asarray(samples.column(name), dtype=np.float64) for name in ("width", "height"))
    image = np.minimum(width, height)[place]
    share: NDArray[np.float64] = np.divide(sides, image, out=np.full(len(sides), np.nan), where=image > 0)
    return share


def _orientations(samples: pa.Table) -> NDArray[np.int64]:
    if "orientation" not in samples.column_names:
        return np.ones(samples.num_rows, np.int64)
    return np.asarray(pc.fill_null(samples.column("orientation"), 1), dtype=np.int64)


def _taken(column: pa.ChunkedArray, place: NDArray[np.int64]) -> _Words:
    return _Words.of(column.take(pa.array(place)))
