"""Look at one sample: bytes in; a row and findings out."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from overpaint.detectors import Looker
from overpaint.errors import DecodeError, OverpaintError, SampleError
from overpaint.formats import Sniffed, sniff
from overpaint.pipeline._decode import check_editable
from overpaint.pipeline._detect import Costs, detect
from overpaint.pipeline._rows import Row
from overpaint.records import Finding, Sample

__all__ = ["Given", "Looked", "Source", "held_in_lane", "look"]


class Source(Protocol):
    """Where samples come from."""

    def read(self, sample: Sample, /) -> bytes: ...


class Given(Protocol):
    """Boxes made elsewhere, already of one sample."""

    def findings(self, sample: Sample, sniffed: Sniffed, /) -> Sequence[Finding] | None: ...


@dataclass(frozen=True, slots=True)
class Looked:
    """What looking at one sample gave; ``data`` is kept for painting in the same pass.

    ``lane`` is the reason code where the sample belongs into the no-view lane: nothing is kept of it then.
    """

    row: Row
    findings: tuple[Finding, ...]
    data: bytes | None
    costs: Costs = field(default_factory=dict)
    lane: str | None = None


def look(sample: Sample, source: Source, looker: Looker | None, given: Given | None, *, max_pixels: int) -> Looked:
    """Read, hash, sniff, decode every picture once and detect.

    A sample that cannot be handled comes back as failed, never raises. One frame or page that cannot be decoded fails
    the whole: the file could not be painted over. Boxes made elsewhere stand for all frames of an animation, and for
    the first page of a TIFF unless they name another.
    """
    row = Row.of(sample)
    costs: Costs = {}
    stage = "read"
    try:
        data = source.read(sample)
        row.size, row.sha256 = len(data), hashlib.sha256(data).hexdigest()
        stage = "decode"
        if not data:
            raise DecodeError("empty", "the file holds no bytes")
        sniffed = sniff(data)
        row.codec = sniffed.codec
        row.width, row.height, row.orientation = sniffed.width, sniffed.height, sniffed.orientation
        check_editable(sniffed, max_pixels=max_pixels)
        findings: list[Finding] = []
        notes: list[str] = []
        if given is not None:
            boxes = given.findings(sample, sniffed)
            if boxes is None:
                notes.append("no-boxes-given")
            findings += boxes or ()
        if looker is not None:
            first = max((finding.subject + 1 for finding in findings), default=0)
            detected = detect(
                sample.key, data, sniffed, looker, max_pixels=max_pixels, first_subject=first, label=sample.label
            )
            costs = detected.costs
            if detected.lane is not None:
                return held_in_lane(sample, detected.lane, costs)
            findings += detected.findings
            notes += [f"detector-error:{name}" for name in detected.errors]
            stage = "look"
            if detected.blind:
                raise SampleError("no-detector-worked", f"{', '.join(detected.errors)} raised on it")
        row.looked, row.note = True, " ".join(notes) or None
    except SampleError as error:
        row.fail(stage, error.reason, error.detail)
        return Looked(row, (), None, costs)
    except OverpaintError:
        raise
    except Exception as error:  # noqa: BLE001 - a fault of ours on one odd file must not cost the others
        row.fail(stage, "internal-error", type(error).__name__)
        return Looked(row, (), None, costs)
    return Looked(row, tuple(findings), data, costs)


def held_in_lane(sample: Sample, reason: str, costs: Costs) -> Looked:
    """A sample of the no-view lane: a row that says so and nothing of what was seen, no findings, no bytes."""
    row = Row.of(sample)
    row.looked, row.lane = True, True
    return Looked(row, (), None, costs, reason)
