"""Lay what painting makes of each codec beside what it was, to be looked at by eye.

    python scripts/contact_sheet.py demo OUT.png      the demonstration's picture, coded here in every codec
    python scripts/contact_sheet.py FOLDER OUT.png    the pictures of a folder, whatever they are

Faces are looked for with the profile ``fast``, painted and checked as a run does it; of animations and documents the
first frames or pages are shown.
"""

from __future__ import annotations

import argparse
import io
import random
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from overpaint import checks, painting
from overpaint.detectors import Looker, open_looker
from overpaint.errors import SampleError
from overpaint.formats import sniff
from overpaint.jobs._demo_data import _portrait, _with_faces
from overpaint.pipeline import check_editable, detect, frames
from overpaint.records import Box

_WIDE, _LABEL, _FRAMES, _ACROSS = 300, 30, 2, 2
_MAX_PIXELS = 50_000_000


@dataclass(frozen=True, slots=True)
class Cell:
    """One file: what is said of it, and its frames before and after."""

    words: str
    pairs: Sequence[tuple[Image.Image, Image.Image | None]]


def coded(image: Image.Image) -> Iterator[tuple[str, bytes]]:
    """The picture in every codec and in the ways of coding that are painted differently."""
    alpha = image.copy()
    alpha.putalpha(Image.radial_gradient("L").resize(image.size).point(lambda level: 255 - level // 2))
    moved = [image.transform(image.size, Image.Transform.AFFINE, (1, 0, -6 * n, 0, 1, 0)) for n in range(3)]
    sixteen = Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257)
    many: dict[str, Any] = {"save_all": True, "append_images": moved[1:]}
    yield "jpeg 4:2:0", saved(image, "JPEG", quality=85)
    yield "jpeg cmyk", saved(image.convert("CMYK"), "JPEG", quality=85)
    yield "png rgb", saved(image, "PNG")
    yield "png palette", saved(image.quantize(64), "PNG")
    yield "png rgba", saved(alpha, "PNG")
    yield "png 16-bit grey", saved(sixteen, "PNG")
    yield "apng", saved(moved[0], "PNG", duration=80, **many)
    yield "gif", saved(image, "GIF")
    yield "gif animated", saved(moved[0], "GIF", duration=80, **many)
    yield "bmp", saved(image, "BMP")
    yield "bmp palette", saved(image.quantize(256), "BMP")
    yield "tiff lzw", saved(image, "TIFF", compression="tiff_lzw")
    yield "tiff pages", saved(moved[0], "TIFF", **many)
    yield "tiff 16-bit grey", saved(sixteen, "TIFF")
    yield "webp lossless, alpha", saved(alpha, "WEBP", lossless=True)
    yield "webp lossy 60", saved(image, "WEBP", quality=60)
    yield "webp animated", saved(moved[0], "WEBP", quality=75, duration=80, **many)
    yield "avif 70", saved(image, "AVIF", quality=70)
    yield "avif sequence", saved(moved[0], "AVIF", quality=70, duration=80, **many)
    yield "jpeg 2000", saved(image, "JPEG2000", quality_mode="rates", quality_layers=[12])
    yield "ppm", saved(image, "PPM")
    yield "tga rle", saved(image, "TGA", compression="tga_rle")
    small = image.resize((256, 256 * image.height // image.width))
    yield "ico", saved(small, "ICO", sizes=[small.size])
    yield from _by_plug_ins(image)


def _by_plug_ins(image: Image.Image) -> Iterator[tuple[str, bytes]]:
    try:
        import pillow_heif

        out = io.BytesIO()
        pillow_heif.from_pillow(image).save(out, quality=75)
        yield "heic 75", out.getvalue()
    except ImportError:
        print("HEIC is left out: pip install 'overpaint[heic]'")
    try:
        import pylibjxl

        yield "jxl lossless", pylibjxl.encode(np.asarray(image), lossless=True)
        yield "jxl of a jpeg", pylibjxl.jpeg_to_jxl(saved(image, "JPEG", quality=85))
    except ImportError:
        print("JPEG XL is left out: pip install 'overpaint[jxl]'")


def saved(image: Image.Image, form: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def painted(name: str, data: bytes, looker: Looker) -> Cell:
    """Look, paint and check one file."""
    before, found = [], sniff(data)
    try:
        check_editable(found, max_pixels=_MAX_PIXELS)
        before = shown(data)
        seen = detect(name, data, found, looker, max_pixels=_MAX_PIXELS).findings
        boxes = [f.box for f in seen if f.box is not None and f.confidence >= looker.min_confidence]
        result = painting.paint(data, boxes)
        after = shown(result.data)
        verdict = checks.check(data, result.data, boxes, outcome=result.outcome)
    except SampleError as error:
        return Cell(f"{name}: {error.reason}", [(picture, None) for picture in before])
    judged = "check passed" if verdict.ok else ", ".join(verdict.reasons)
    counted = f"{len({box_of(b) for b in boxes})} boxes, {len(data):,} > {len(result.data):,} bytes"
    return Cell(f"{name}: {result.outcome}, {judged}\n{counted}", list(zip(before, after, strict=True)))


def box_of(box: Box) -> tuple[float, ...]:
    return box.x0, box.y0, box.x1, box.y1, box.page


def shown(data: bytes) -> list[Image.Image]:
    return [Image.fromarray(f.image) for f in islice(frames(data, sniff(data), long_side=0), _FRAMES)]


def sheet(cells: Sequence[Cell]) -> Image.Image:
    """Two columns of cells, in each before and after side by side, its frames one below the other."""
    laid = [_laid(cell) for cell in cells]
    rows = [laid[i : i + _ACROSS] for i in range(0, len(laid), _ACROSS)]
    high = [max(one.height for one in row) for row in rows]
    out = Image.new("RGB", (_ACROSS * (2 * _WIDE + 16), sum(high)), "white")
    for number, row in enumerate(rows):
        for column, one in enumerate(row):
            out.paste(one, (column * (2 * _WIDE + 16), sum(high[:number])))
    return out


def _laid(cell: Cell) -> Image.Image:
    tall = [round(_WIDE * one.height / one.width) for one, _ in cell.pairs]
    out = Image.new("RGB", (2 * _WIDE + 4, _LABEL + sum(tall) + 12), "white")
    ImageDraw.Draw(out).text((2, 2), cell.words, fill="black")
    y = _LABEL
    for (one, two), height in zip(cell.pairs, tall, strict=True):
        out.paste(one.resize((_WIDE, height), Image.Resampling.LANCZOS), (0, y))
        if two is not None:
            out.paste(two.resize((_WIDE, height), Image.Resampling.LANCZOS), (_WIDE + 4, y))
        y += height
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", help="'demo', or a folder of pictures")
    parser.add_argument("out", type=Path, help="the PNG to write")
    told = parser.parse_args()
    if told.source == "demo":
        bust, face = _portrait()
        image, _ = _with_faces(random.Random(1906), bust, face, [70, 36])
        files: Iterator[tuple[str, bytes]] = coded(image)
    else:
        paths = sorted(path for path in Path(told.source).rglob("*") if path.is_file())
        files = ((path.name, path.read_bytes()) for path in paths)
    looker = open_looker("fast")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sheet([painted(name, data, looker) for name, data in files]).save(told.out)


if __name__ == "__main__":
    main()
