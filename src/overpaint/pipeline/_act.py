"""Act on one sample: a decision and its bytes in; an outcome out, checked before it is published."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Protocol, cast

from overpaint import checks, painting
from overpaint.errors import ContractError, OverpaintError, SampleError
from overpaint.pipeline._rows import Row
from overpaint.records import Box, Look, MetadataPolicy, Outcome, Sample, Treatment

__all__ = ["Effect", "Sink", "Style", "act"]


class Effect(Protocol):
    """What a policy wants of one sample."""

    @property
    def treatment(self) -> Treatment: ...
    @property
    def boxes(self) -> Sequence[Box]: ...
    @property
    def digest(self) -> str: ...
    @property
    def look(self) -> str: ...
    @property
    def faces(self) -> int: ...


class Style(Protocol):
    """How a policy wants it painted."""

    @property
    def cells(self) -> int: ...
    @property
    def metadata(self) -> str: ...


class Sink(Protocol):
    """Where the outputs of a shard go."""

    def put(self, sample: Sample, data: bytes, outcome: Outcome, /) -> str | None: ...
    def drop(self, sample: Sample, /) -> None: ...


_HELD = {Treatment.REMOVE: Outcome.REMOVED, Treatment.QUARANTINE: Outcome.QUARANTINED}


def act(row: Row, sample: Sample, data: bytes | None, effect: Effect, style: Style, sink: Sink) -> None:
    """Fill in the row's outcome and publish the output, or take back what was published before.

    ``data`` is None where reading, decoding or looking failed, or where the treatment needs no bytes.
    """
    held = _HELD.get(effect.treatment)
    published = False
    if held is not None:
        row.clear_outcome()
        row.outcome = held.value
    elif not row.looked:
        row.outcome = Outcome.FAILED.value
    elif data is not None:
        published = _paint(row, sample, data, effect, style, sink)
    row.decision = effect.digest
    if not published:
        sink.drop(sample)


def _paint(row: Row, sample: Sample, data: bytes, effect: Effect, style: Style, sink: Sink) -> bool:
    row.clear_outcome()
    stage = "paint"
    faces = list(effect.boxes) if effect.treatment is Treatment.REDACT else []
    try:
        painted = painting.paint(data, faces, look=effect.look, cells=style.cells, metadata=style.metadata)
        stage = "check"
        verdict = checks.check(
            data,
            painted.data,
            faces,  # whatever the painter says that it did: which boxes lie in the image is the checks' own to find out
            look=cast("Look", effect.look),
            cells=style.cells,
            metadata=cast("MetadataPolicy", style.metadata),
            outcome=painted.outcome,
        )
        if not verdict.ok:
            problem = verdict.problems[0]
            # Frames that could not reach all of a face keep an earlier one's painting: now and then that is not enough.
            reason = "frames-not-paintable" if "resting-frames" in painted.notes else problem.reason
            raise ContractError(reason, problem.detail)
        stage = "write"
        where = sink.put(sample, painted.data, painted.outcome)
    except SampleError as error:
        row.fail(stage, error.reason, error.detail)
        return False
    except OverpaintError:
        raise
    except Exception as error:  # noqa: BLE001 - a fault of ours on one odd file must not cost the others
        row.fail(stage, "internal-error", type(error).__name__)
        return False
    row.outcome = painted.outcome.value
    row.output = where
    row.faces_painted = min(painted.faces_painted, effect.faces)
    row.metadata_removed = painted.metadata_removed
    row.note = " ".join(filter(None, (row.note, *painted.notes))) or None
    row.output_size = len(painted.data)
    row.output_sha256 = row.sha256 if painted.data is data else hashlib.sha256(painted.data).hexdigest()
    return True
