"""What a worker of ``measure detection`` does with one shard: look at its pictures as a scan does, in several ways."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from overpaint import detectors, formats, measures, pipeline
from overpaint.errors import DecodeError, OverpaintError, SampleError, Unsupported
from overpaint.records import Finding, Sample, stored_key

__all__ = ["LookConfig", "LookItem", "LookRoom", "LookedShard", "SeenImage", "is_of_kind", "look_shard", "open_room"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LookConfig:
    """What has to be told to a worker. ``ways``: a profile (or None) and what is looked for, as a scan takes them."""

    source: str
    container: str
    listing: Path
    max_pixels: int
    max_bytes: int
    ways: tuple[tuple[str | None, str], ...]
    kind: str
    long_side: int


@dataclass(frozen=True, slots=True)
class LookItem:
    """A shard, and the stored keys of its samples that are to be looked at."""

    ref: formats.ShardRef
    wanted: frozenset[str]


@dataclass(frozen=True, slots=True, eq=False)
class SeenImage:
    """One picture: how it was looked at, the hash of its file, and by way N x 5: box as it is seen, and confidence."""

    key: str
    frame: measures.SeenFrame
    sha256: str
    found: tuple[Floats, ...]


@dataclass(frozen=True, slots=True)
class LookedShard:
    """What was seen in a shard, and why some of it was not looked at."""

    images: tuple[SeenImage, ...]
    unusable: tuple[str, ...]


@dataclass
class LookRoom:
    """What a worker opens once."""

    config: LookConfig
    source: formats.Source
    lookers: Sequence[detectors.Looker]
    skip: Mapping[int, str] = field(default_factory=dict)


class _Read:
    """A source of one sample whose bytes are here already."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def read(self, sample: Sample, /) -> bytes:
        """The bytes, whoever asks."""
        del sample
        return self._data

    def texts(self, sample: Sample, /) -> Mapping[str, str]:
        """Nothing: what is measured is seen, not read beside the picture."""
        del sample
        return {}


def open_room(config: LookConfig) -> LookRoom:
    """Open what looking needs, once for each worker; one thread each, since workers share the cores."""
    cv2.setNumThreads(1)
    source = formats.open_source(config.source, kind=config.container, max_bytes=config.max_bytes)
    lookers = [detectors.open_looker(profile, detectors=names, threads=1) for profile, names in config.ways]
    return LookRoom(config, source, lookers)


def look_shard(room: LookRoom, item: LookItem, beat: pipeline.Beat) -> LookedShard:
    """Look at the samples of a shard that are asked for; nothing is written."""
    images: list[SeenImage] = []
    unusable: list[str] = []
    for index, sample in enumerate(formats.read_shard(room.config.listing, item.ref)):
        beat(index)
        if stored_key(sample.key) not in item.wanted:
            continue
        try:
            if index in room.skip:
                raise SampleError(room.skip[index], "the process ended while the sample was in it, twice")
            images.append(_seen(room, sample))
        except SampleError as error:
            unusable.append(error.reason)
        except OverpaintError:
            raise
        except Exception:  # noqa: BLE001 - a fault of ours on one odd file must not cost the others
            unusable.append("internal-error")
    beat(item.ref.rows)
    return LookedShard(tuple(images), tuple(unusable))


def _seen(room: LookRoom, sample: Sample) -> SeenImage:
    config = room.config
    data = room.source.read(sample)
    sha256 = hashlib.sha256(data).hexdigest()
    sniffed = formats.sniff(data)
    width, height = pipeline.check_editable(sniffed, max_pixels=config.max_pixels)
    if sniffed.animated:
        raise Unsupported("several-pictures", "truth is of one picture a file")
    stored = width, height, sniffed.orientation
    ratio = min(1.0, config.long_side / max(width, height)) if config.long_side else 1.0
    if ratio < 1:
        data, size = _smaller(data, sniffed, ratio)
        shown = *size, 1
    else:
        size = (height, width) if sniffed.orientation >= 5 else (width, height)
        shown = stored
    found = []
    for looker in room.lookers:
        looked = pipeline.look(sample, _Read(data), looker, None, max_pixels=config.max_pixels)
        if looked.row.reason is not None or looked.lane is not None:
            raise SampleError(looked.row.reason or "held-back", "it could not be looked at")
        found.append(_leading(looked.findings, shown, config.kind))
    return SeenImage(sample.key, measures.SeenFrame(stored, size, ratio), sha256, tuple(found))


def _smaller(data: bytes, sniffed: formats.Sniffed, ratio: float) -> tuple[bytes, tuple[int, int]]:
    """A picture made smaller by averaging, upright, as a file without loss, and its width and height."""
    image = pipeline.decode(data, sniffed, long_side=0)
    size = max(1, round(image.shape[1] * ratio)), max(1, round(image.shape[0] * ratio))
    # in the decoder's order of channels: another order rounds the same, but the encoder wants this one
    small = cv2.resize(np.ascontiguousarray(image[:, :, ::-1]), size, interpolation=cv2.INTER_AREA)
    made, png = cv2.imencode(".png", small, [cv2.IMWRITE_PNG_COMPRESSION, 1])
    if not made:
        raise DecodeError("undecodable", "it could not be made smaller")
    return png.tobytes(), size


def is_of_kind(kind: str, wanted: str) -> bool:
    """Whether a finding's kind is the wanted one, or one of several that begin with it (``text-url``)."""
    return kind == wanted or kind.startswith(f"{wanted}-")


def _leading(findings: Sequence[Finding], shown: tuple[int, int, int], kind: str) -> Floats:
    """One box of each subject, the one that is painted: N x 5, as seen, with the subject's confidence."""
    first: dict[int, Finding] = {}
    for finding in findings:
        if is_of_kind(finding.kind, kind) and finding.box is not None and finding.box.page == 0:
            first.setdefault(finding.subject, finding)
    rows = []
    for finding in first.values():
        assert finding.box is not None
        rows.append([*measures.upright_box(dataclasses.replace(finding.box), *shown), finding.confidence])
    return np.array(rows, np.float64).reshape(-1, 5)
