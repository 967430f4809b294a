"""Look at one sample: bytes in; a row and findings out."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from overpaint.detectors import Looker
from overpaint.errors import DecodeError, OverpaintError, SampleError
from overpaint.formats import Sniffed, sniff
from overpaint.pipeline._decode import check_editable, decode, to_stored
from overpaint.pipeline._rows import Row
from overpaint.records import Finding, Sample

__all__ = ["Given", "Looked", "Source", "look"]


class Source(Protocol):
    """Where samples come from."""

    def read(self, sample: Sample, /) -> bytes: ...


class Given(Protocol):
    """Boxes made elsewhere, already of one sample."""

    def findings(self, sample: Sample, sniffed: Sniffed, /) -> Sequence[Finding] | None: ...


@dataclass(frozen=True, slots=True)
class Looked:
    """What looking at one sample gave; ``data`` is kept for painting in the same pass."""

    row: Row
    findings: tuple[Finding, ...]
    data: bytes | None


def look(sample: Sample, source: Source, looker: Looker | None, given: Given | None, *, max_pixels: int) -> Looked:
    """Read, hash, sniff, decode once and detect; a sample that cannot be handled comes back as failed, never raises."""
    row = Row.of(sample)
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
            image_findings, errors = _detect(sample, data, sniffed, looker, first_subject=len(findings))
            findings += image_findings
            notes += [f"detector-error:{name}" for name in errors]
            stage = "look"
            if errors and len(errors) == len(looker.detectors):
                raise SampleError("no-detector-worked", f"{', '.join(errors)} raised on it")
        row.looked, row.note = True, " ".join(notes) or None
    except SampleError as error:
        row.fail(stage, error.reason, error.detail)
        return Looked(row, (), None)
    except OverpaintError:
        raise
    except Exception as error:  # noqa: BLE001 - a fault of ours on one odd file must not cost the others
        row.fail(stage, "internal-error", type(error).__name__)
        return Looked(row, (), None)
    return Looked(row, tuple(findings), data)


def _detect(
    sample: Sample, data: bytes, sniffed: Sniffed, looker: Looker, *, first_subject: int
) -> tuple[list[Finding], list[str]]:
    assert sniffed.width is not None and sniffed.height is not None
    image = decode(data, sniffed, long_side=looker.long_side)
    result = looker.look(image)
    frame = {"seen": (image.shape[1], image.shape[0]), "stored": (sniffed.width, sniffed.height)}
    findings = [
        Finding(
            sample.key,
            seen.detection.kind,
            seen.detection.score,
            None
            if seen.detection.box is None
            else to_stored(seen.detection.box, orientation=sniffed.orientation, **frame),
            seen.detector,
            seen.version,
            seen.weights,
            first_subject + seen.subject,
            seen.confidence,
            seen.detection.text,
        )
        for seen in result.seen
    ]
    return findings, sorted({fault.detector for fault in result.errors})
