"""The words of the house as frozen dataclasses, and the Arrow schemas of the files that hold them.

A box is ``x0, y0, x1, y1`` in pixels of the *stored* (unrotated) frame, half-open: pixel ``(x, y)`` lies inside
when ``x0 <= x < x1`` and ``y0 <= y < y1``.

A key is a sample's name: its path below the source with ``/`` between parts. File names on Linux are bytes; a
byte that is no UTF-8 lives in Python as a surrogate escape and in files as U+0000 and two hex digits
(`stored_key`, `python_key`): U+0000 cannot occur in a file name, so the way back is exact.
"""

from __future__ import annotations

import enum
import math
import os
import re
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

__all__ = [
    "ANSWERS",
    "DECISIONS",
    "FINDINGS",
    "LANE",
    "LISTING",
    "OTHERS",
    "PRINTS",
    "SAMPLES",
    "Box",
    "Decision",
    "Finding",
    "Look",
    "MetadataPolicy",
    "Outcome",
    "Sample",
    "Treatment",
    "python_key",
    "shown_key",
    "stored_key",
]


Look = Literal["blur", "mosaic", "fill"]
"""How a painted face looks."""

MetadataPolicy = Literal["strip", "keep-safe", "keep"]
"""What of an image's metadata stays."""


class Treatment(enum.StrEnum):
    """What shall happen to a sample."""

    KEEP = "keep"
    REDACT = "redact"
    REMOVE = "remove"
    QUARANTINE = "quarantine"


class Outcome(enum.StrEnum):
    """What did happen to a sample's image; exactly one for each, and they sum to the samples that came in."""

    IDENTICAL = "identical"
    METADATA_ONLY = "metadata-only"
    REDACTED = "redacted"
    RE_ENCODED = "re-encoded"
    REMOVED = "removed"
    QUARANTINED = "quarantined"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels of the stored frame, half-open.

    ``page`` counts the pages of a multi-page file (TIFF) from 0. It is 0 for everything else: in an animation a box
    stands for all frames.
    """

    x0: float
    y0: float
    x1: float
    y1: float
    page: int = 0

    @property
    def width(self) -> float:
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        return self.y1 - self.y0

    @property
    def area(self) -> float:
        return max(0.0, self.width) * max(0.0, self.height)

    def clipped(self, width: int, height: int) -> Box:
        """The part inside an image of that size; its area is 0 where nothing is inside."""
        x0, y0 = min(max(self.x0, 0.0), width), min(max(self.y0, 0.0), height)
        return Box(x0, y0, max(x0, min(self.x1, width)), max(y0, min(self.y1, height)), self.page)

    def outward(self) -> tuple[int, int, int, int]:
        """The smallest rectangle of whole pixels that holds this one."""
        return math.floor(self.x0), math.floor(self.y0), math.ceil(self.x1), math.ceil(self.y1)

    def intersection(self, other: Box) -> float:
        """Shared area in square pixels; none on different pages."""
        if self.page != other.page:
            return 0.0
        w = min(self.x1, other.x1) - max(self.x0, other.x0)
        h = min(self.y1, other.y1) - max(self.y0, other.y0)
        return max(0.0, w) * max(0.0, h)

    def iou(self, other: Box) -> float:
        """Intersection over union, 0 for empty boxes."""
        shared = self.intersection(other)
        union = self.area + other.area - shared
        return shared / union if union > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Sample:
    """One image of a dataset, as listed: its bytes are read when its turn comes.

    In a folder the key is the path, and nothing else is needed. In a container (a tar, a parquet file) the key is
    the container's path, ``/``, and the place inside.

    Attributes
    ----------
    size
        Bytes; 0 where a container does not tell without reading.
    mtime_ns
        Of the file or of the container; elsewhere than on a disk a number that changes with the content.
    name
        What the image is called when it lies in a folder; None: as the key says. A name that ends in ``.`` wants the
        extension of its codec.
    record
        The name that the images, labels and other fields of one record share (WebDataset's ``__key__``).
    file
        The container, relative to the source.
    at, field, item
        Where inside: offset of the data in a tar, or row of a parquet file; extension or column; place in a list of
        images, else -1.
    """

    key: str
    size: int
    mtime_ns: int
    label: str | None = None
    split: str | None = None
    name: str | None = None
    record: str | None = None
    file: str | None = None
    at: int = -1
    field: str | None = None
    item: int = -1


@dataclass(frozen=True, slots=True)
class Finding:
    """What one detector says of one sample.

    ``subject`` numbers the things of one sample: findings of several detectors that concern the same face share
    it. ``confidence`` is what all that were asked say together of that subject (equal to ``score`` where one was
    asked); policies decide by it.

    ``frame`` is None where one picture was looked at. Where several were (the frames of an animation, a second view of
    a picture of which alpha hides a part), a face is one subject through all of them, and ``frame`` is the number of
    the first picture that has it in that box: each box of the subject is painted over, and not the best one alone.
    """

    key: str
    kind: str
    score: float
    box: Box | None
    detector: str
    version: str
    weights: str
    subject: int
    confidence: float
    text: str | None = None
    frame: int | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What shall happen to a sample (``box`` is None) or to one box of it, and why.

    ``basis`` names the policy's rule, the consent or the list that decided; ``reason`` is the sentence written
    there. ``subject`` is the one decided on, or -1. ``review``: people shall look at it, too. ``labels`` is what the
    sample is labelled with from now on; None: as it was.
    """

    key: str
    treatment: Treatment
    kind: str
    box: Box | None
    basis: str
    reason: str
    subject: int = -1
    review: bool = False
    labels: tuple[str, ...] | None = None


_SURROGATE = re.compile("[\udc80-\udcff]")
_ESCAPED = re.compile("\0([0-9a-f]{2})")


def stored_key(key: str) -> str:
    """A key as it is written to files: valid UTF-8, reversible."""
    return _SURROGATE.sub(lambda m: f"\0{ord(m[0]) - 0xDC00:02x}", key)


def python_key(stored: str) -> str:
    """The inverse of `stored_key`."""
    return _ESCAPED.sub(lambda m: chr(0xDC00 + int(m[1], 16)), stored)


def shown_key(key: str) -> str:
    """A key for a terminal: control characters and undecodable bytes as escapes, on one line."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in os.fsdecode(os.fsencode(key)))


def _schema(*fields: tuple[str, pa.DataType, bool]) -> pa.Schema:
    return pa.schema([pa.field(name, kind, nullable=nullable) for name, kind, nullable in fields])


_S, _I, _L, _F, _B = pa.string(), pa.int32(), pa.int64(), pa.float32(), pa.bool_()

LISTING = _schema(
    ("key", _S, False),
    ("size", _L, False),
    ("mtime_ns", _L, False),
    ("label", _S, True),
    ("split", _S, True),
    ("name", _S, True),
    ("record", _S, True),
    ("file", _S, True),
    ("at", _L, True),
    ("field", _S, True),
    ("item", _I, True),
)
OTHERS = _schema(("key", _S, False), ("size", _L, False), ("reason", _S, False))

# A box's page: null reads as 0, which is what every file of one picture has.
_BOX = (("x0", _F, True), ("y0", _F, True), ("x1", _F, True), ("y1", _F, True), ("page", _I, True))

FINDINGS = _schema(
    ("key", _S, False),
    ("kind", _S, False),
    ("score", _F, False),
    *_BOX,
    ("text", _S, True),
    ("detector", _S, False),
    ("version", _S, False),
    ("weights", _S, False),
    ("subject", _I, False),
    ("confidence", _F, False),
    ("frame", _I, True),
)

DECISIONS = _schema(
    ("key", _S, False),
    ("treatment", _S, False),
    ("kind", _S, False),
    *_BOX,
    ("basis", _S, False),
    ("reason", _S, False),
    ("subject", _I, False),
    ("review", _B, True),  # null reads as no
    ("labels", pa.list_(_S), True),  # what the sample is labelled with from now on; null: as it was
)

# What people say of a thing in a sample: of a finding's subject, or (subject -1) of one that no detector saw. No box:
# the finding's own stays. ``probability`` is what all who were asked say together that it is there.
ANSWERS = _schema(
    ("key", _S, False),
    ("kind", _S, False),
    ("subject", _I, False),
    *_BOX,
    ("probability", _F, False),
    ("people", _I, False),
)

# The no-view lane: a keyed hash of the sample's key, and why; nothing else of what is in it is written anywhere.
LANE = _schema(("id", _S, False), ("reason", _S, False))
# What copies of any sample are told by, where there may be a lane: keyed hashes, equal or not.
PRINTS = _schema(("id", _S, False), ("data", _S, False), ("picture", _S, True))

SAMPLES = _schema(
    ("key", _S, False),
    ("label", _S, True),
    ("split", _S, True),
    ("size", _L, False),
    ("codec", _S, True),
    ("width", _I, True),
    ("height", _I, True),
    ("orientation", _I, True),
    ("sha256", _S, True),
    ("looked", _B, False),
    ("outcome", _S, True),
    ("output", _S, True),
    ("output_size", _L, True),
    ("output_sha256", _S, True),
    ("faces_painted", _I, True),
    ("decision", _S, True),
    ("metadata_removed", pa.list_(_S), True),
    ("stage", _S, True),
    ("reason", _S, True),
    ("detail", _S, True),
    ("note", _S, True),
    ("lane", _B, True),  # true: in the no-view lane, and nothing else of the row says what was seen
)
