"""Look at one sample: bytes in; a row and findings out."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from overpaint.detectors import FileView, Looker
from overpaint.errors import DecodeError, OverpaintError, SampleError
from overpaint.formats import Sniffed, sniff
from overpaint.pipeline._decode import check_editable
from overpaint.pipeline._detect import Costs, add_costs, detect
from overpaint.pipeline._rows import Row
from overpaint.pipeline._watch import Prints, Watch
from overpaint.records import Finding, Sample

__all__ = ["Given", "Looked", "Source", "class_of", "held_in_lane", "look"]

_WNID = re.compile(r"(n\d{8})_")


class Source(Protocol):
    """Where samples come from."""

    def read(self, sample: Sample, /) -> bytes: ...
    def texts(self, sample: Sample, /) -> Mapping[str, str]: ...


class Given(Protocol):
    """Boxes made elsewhere, already of one sample."""

    def findings(self, sample: Sample, sniffed: Sniffed, /) -> Sequence[Finding] | None: ...


@dataclass(frozen=True, slots=True)
class Looked:
    """What looking at one sample gave; ``data`` is kept for painting in the same pass.

    ``lane`` is the reason code where the sample belongs into the no-view lane: nothing is kept of it then but
    ``prints``, keyed hashes that its copies are told by.
    """

    row: Row
    findings: tuple[Finding, ...]
    data: bytes | None
    costs: Costs = field(default_factory=dict)
    lane: str | None = None
    prints: Prints | None = None


def look(
    sample: Sample,
    source: Source,
    looker: Looker | None,
    given: Given | None,
    *,
    max_pixels: int,
    watch: Watch | None = None,
) -> Looked:
    """Read, hash, sniff, decode every picture once and detect.

    A sample that cannot be handled comes back as failed, never raises. One frame or page that cannot be decoded fails
    the whole: the file could not be painted over. Boxes made elsewhere stand for all frames of an animation, and for
    the first page of a TIFF unless they name another. ``watch`` knows files before anybody looks; it is the looker's
    ``known``, too.
    """
    looked = _looked(sample, source, looker, given, max_pixels=max_pixels, watch=watch)
    read = looked.row.sha256 is not None or looked.lane is not None
    return replace(looked, prints=watch.prints()) if watch is not None and read else looked


def _looked(
    sample: Sample,
    source: Source,
    looker: Looker | None,
    given: Given | None,
    *,
    max_pixels: int,
    watch: Watch | None,
) -> Looked:
    row = Row.of(sample)
    costs: Costs = {}
    stage = "read"
    try:
        data = source.read(sample)
        row.size, row.sha256 = len(data), hashlib.sha256(data).hexdigest()
        stage = "decode"
        listed = None if watch is None else watch.begin(data)
        if listed is not None:
            return held_in_lane(sample, listed, costs)
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
            first = _next(findings)
            detected = detect(
                sample.key, data, sniffed, looker, max_pixels=max_pixels, first_subject=first, label=class_of(sample)
            )
            costs = detected.costs
            if detected.lane is not None:
                return held_in_lane(sample, detected.lane, costs)
            stage = "look"
            if detected.blind:
                raise SampleError("no-detector-worked", f"{', '.join(detected.errors)} raised on it")
            findings += detected.findings
            stage = "read"  # what stands beside the image, which may be repaired as the image may
            texts = source.texts(sample) if looker.file_searches else {}
            stage = "look"
            told, faults, costs = _read(sample, data, sniffed, looker, texts, costs, first_subject=_next(findings))
            findings += told
            notes += [f"detector-error:{name}" for name in sorted({*detected.errors, *faults})]
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


def class_of(sample: Sample) -> str | None:
    """The sample's class; of files that lie in no class folder, the WordNet id that ImageNet's names begin with."""
    if sample.label is not None:
        return sample.label
    found = _WNID.match((sample.name or sample.key).rpartition("/")[2])
    return found[1] if found else None


def _next(findings: Sequence[Finding]) -> int:
    return max((finding.subject + 1 for finding in findings), default=0)


def _read(
    sample: Sample,
    data: bytes,
    sniffed: Sniffed,
    looker: Looker,
    texts: Mapping[str, str],
    costs: Costs,
    *,
    first_subject: int,
) -> tuple[list[Finding], set[str], Costs]:
    """What the file's bytes, name and words tell; the searches that failed; and the costs, with theirs."""
    if not looker.file_searches:
        return [], set(), costs
    size = sniffed.width, sniffed.height, sniffed.orientation
    result = looker.read(FileView(sample.name or sample.key, sniffed.codec, data, *size, texts))
    findings = [
        Finding(
            sample.key,
            seen.detection.kind,
            seen.detection.score,
            seen.detection.box,
            seen.detector,
            seen.version,
            seen.weights,
            first_subject + seen.subject,
            seen.confidence,
            seen.detection.text,
        )
        for seen in result.seen
    ]
    sums = dict(costs)
    add_costs(sums, {name: (seconds, 1) for name, seconds in result.costs.items()})
    return findings, {fault.detector for fault in result.errors}, sums


def held_in_lane(sample: Sample, reason: str, costs: Costs) -> Looked:
    """A sample of the no-view lane: a row that says so and nothing of what was seen, no findings, no bytes."""
    row = Row.of(sample)
    row.looked, row.lane = True, True
    return Looked(row, (), None, costs, reason)
