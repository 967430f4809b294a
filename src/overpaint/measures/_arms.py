"""The arms of an experiment: the same images with one thing done to them, so that causes come apart.

==================== =====================================================================================
``original``         as they are in the source
``recompressed``     decoded and coded again, with nothing painted: a JPEG with the quantisation tables and the chroma
                     subsampling of its file in the output (or with Pillow's of a given quality), whatever is lossless
                     or of another codec as it is
``metadata-only``    the original after the run's metadata policy, with nothing painted
``redacted``         as they are in the run's output
a look               painted by overpaint where the run's decisions say: ``blur:4``, ``mosaic:2``, ``fill``; or
                     ``imagenet2021``, the formula of the 2021 release, coded again as a JPEG of quality 75, all images
==================== =====================================================================================
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image, JpegImagePlugin

from overpaint import formats
from overpaint.errors import DecodeError, SampleError, UsageError
from overpaint.measures._coverage import covered
from overpaint.painting import LOOKS, imagenet2021, paint, regions
from overpaint.records import Box

__all__ = ["ARMS", "Arm", "Material", "parse_arms", "recompressed", "share_painted"]

ARMS = ("original", "recompressed", "metadata-only", "redacted")
REPRODUCED = "imagenet2021"
_QUALITY = 75
"""Pillow's own, which the 2021 release was written with."""

_ORIENTATION = 0x0112


@dataclass(frozen=True, slots=True)
class Arm:
    """One arm.

    Attributes
    ----------
    name
        As it was asked for.
    look, cells
        Of one that is painted here; None where the run's policy says it, and for others.
    quality
        With which Pillow codes again; None: with the tables of the output's file.
    """

    name: str
    look: str | None = None
    cells: int | None = None
    quality: int | None = None

    @property
    def folder(self) -> str:
        """Its name as one of a directory."""
        return self.name.replace(":", "-")

    @property
    def needs_output(self) -> bool:
        """Whether the run has to have written something."""
        return self.name == "redacted"


@dataclass(frozen=True, slots=True)
class Material:
    """What arms of one sample are made of.

    Attributes
    ----------
    source, written
        Its file in the source and in the output; `written` is None where no arm needs it.
    boxes
        What is painted over.
    fill
        Whether the decisions want it filled, whatever the look (not faces alone).
    look, cells, metadata
        The run's policy.
    """

    source: bytes
    written: bytes | None
    boxes: Sequence[Box]
    fill: bool
    look: str
    cells: int
    metadata: str

    def file(self, arm: Arm) -> bytes:
        """The sample's file in an arm.

        Raises
        ------
        SampleError
            It cannot be decoded or painted.
        """
        if arm.name == "original":
            return self.source
        if arm.name == "redacted":
            if self.written is None:
                raise SampleError("missing-output", "the file that the run wrote is not there")
            return self.written
        if arm.name == "recompressed":
            return recompressed(self.source, like=self.written or self.source, quality=arm.quality)
        if arm.name == "metadata-only":
            return paint(self.source, [], metadata=self.metadata).data
        if arm.look == REPRODUCED:
            return _reproduced(self.source, self.boxes)
        look = "fill" if self.fill else arm.look or self.look
        return paint(self.source, self.boxes, look=look, cells=arm.cells or self.cells, metadata=self.metadata).data


def parse_arms(arms: Sequence[str], looks: Sequence[str] = (), *, recompress: int | None = None) -> tuple[Arm, ...]:
    """Arms by name, then those of looks, each once.

    Raises
    ------
    UsageError
        There is no such arm or look, or fewer than two are left.
    """
    found: dict[str, Arm] = {}
    for name in arms:
        if name not in ARMS:
            raise UsageError(f"--arms {name}: give {', '.join(ARMS)}; looks are given with --looks")
        found[name] = Arm(name, quality=recompress if name == "recompressed" else None)
    if recompress is not None and not 1 <= recompress <= 100:
        raise UsageError(f"--recompress {recompress}: a JPEG quality is 1 to 100")
    for name in looks:
        look, colon, cells = name.partition(":")
        known = look in LOOKS or (look == REPRODUCED and not colon)
        if not known or (colon and not (cells.isascii() and cells.isdigit() and 1 <= int(cells) <= 16)):
            raise UsageError(f"--looks {name}: give blur:N, mosaic:N or fill:N with N from 1 to 16, or {REPRODUCED}")
        found[name] = Arm(name, look=look, cells=int(cells) if colon else None)
    if len(found) < 2:
        raise UsageError("an experiment compares two arms or more; see --arms and --looks")
    return tuple(found.values())


def recompressed(data: bytes, *, like: bytes, quality: int | None = None) -> bytes:
    """A JPEG decoded and coded again, pixels untouched; other files as they are.

    Parameters
    ----------
    like
        The JPEG whose quantisation tables and chroma subsampling it gets.
    quality
        Pillow's, with Pillow's usual subsampling, instead.

    Raises
    ------
    SampleError
        It cannot be decoded, or `like` is no JPEG.
    """
    if not data.startswith(b"\xff\xd8"):
        return data
    with _opened(data) as image:
        how: dict[str, Any] = {"quality": quality}
        if quality is None:
            if not like.startswith(b"\xff\xd8"):
                raise SampleError("codec-changed", "its output is no JPEG, so that nothing says how to code it again")
            with _opened(like) as model:
                assert isinstance(model, JpegImagePlugin.JpegImageFile)
                sampling = JpegImagePlugin.get_sampling(model)
                # what has no name in Pillow is coded without subsampling, which adds nothing of its own
                how = {"qtables": model.quantization, "subsampling": max(sampling, 0)}
        return _coded(image, data, how)


def _reproduced(data: bytes, boxes: Sequence[Box]) -> bytes:
    """What the 2021 release did to a file: its formula on the pixels, and a JPEG of quality 75 whatever was blurred."""
    with _opened(data) as image:
        rgb = np.asarray(image.convert("RGB"))
    faces = [box for box in boxes if box.page == 0]
    return _coded(Image.fromarray(imagenet2021(rgb, faces)), data, {"quality": _QUALITY})


def _coded(image: Image.Image, data: bytes, how: dict[str, Any]) -> bytes:
    exif = Image.Exif()
    exif[_ORIENTATION] = formats.sniff(data).orientation
    memory = io.BytesIO()
    image.save(memory, "JPEG", exif=exif, **how)
    return memory.getvalue()


def _opened(data: bytes) -> Image.Image:
    try:
        image = Image.open(io.BytesIO(data))
        image.load()
    except Exception as error:  # decoders raise nearly every class there is
        raise DecodeError("undecodable", f"the decoder gave up ({type(error).__name__})") from error
    return image


def share_painted(boxes: Sequence[Box], *, width: int, height: int, orientation: int, cells: int) -> float:
    """The share of a picture's area that painting touches, 0 to 1: cores and their feathers."""
    first = [box for box in boxes if box.page == 0]
    groups = regions(first, width=width, height=height, orientation=orientation, cells=cells).groups
    grown = [
        (x0 - f, y0 - f, x1 + f, y1 + f)
        for group in groups
        for (x0, y0, x1, y1), f in zip(group.cores, group.feathers, strict=True)
    ]
    return covered(Box(0, 0, width, height), grown)
