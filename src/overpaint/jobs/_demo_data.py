"""A small labelled dataset that is made here, with known truth: pictures of nobody but Rear Admiral Grace Hopper.

Her portrait is a work of the U.S. Navy, in the public domain, and ships with Matplotlib; she died in 1992. It is
pasted at many sizes on backgrounds that are drawn, so that what a detector finds can be compared with what is there.
"""

from __future__ import annotations

import importlib.util
import io
import random
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from overpaint.errors import UsageError
from overpaint.records import Box

__all__ = ["Truth", "make_dataset"]

_FACE = Box(180, 130, 352, 332)  # hers, in the portrait of 512 x 600
_BUST = (110, 10, 420, 430)
_SIZES = (12, 16, 24, 32, 48, 64, 96, 140, 200)  # widths of faces in pixels
_TURN_RIGHT = 6  # EXIF: the stored picture must be turned a quarter to the right


@dataclass(frozen=True, slots=True)
class Truth:
    """The faces that were put in, by key, in the stored frame; and the keys of what is odd on purpose."""

    faces: dict[str, list[Box]]
    truncated: str
    with_thumbnail: str
    others: int


def make_dataset(root: Path) -> Truth:
    """Write the dataset below ``root``; the same bytes each time with the same Pillow.

    Raises
    ------
    UsageError
        Where Matplotlib, whose portrait is used, is not installed.
    """
    bust, face = _portrait()
    chance = random.Random(1906)  # noqa: S311 - her year of birth; nothing secret
    faces: dict[str, list[Box]] = {}

    def put(key: str, image: Image.Image, boxes: list[Box], **options: object) -> None:
        path = root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        image.save(path, **({"quality": 90} | options if key.endswith("jpg") else options))  # type: ignore[arg-type]
        faces[key] = boxes

    for index, size in enumerate(_SIZES):
        image, boxes = _with_faces(chance, bust, face, [size])
        put(f"train/portrait/{index:02d}.jpg", image, boxes, subsampling=index % 3, progressive=index % 4 == 3)
    for index in range(4):
        image, boxes = _with_faces(chance, bust, face, [chance.choice(_SIZES[2:7]) for _ in range(3 + index)])
        put(f"train/group/{index:02d}.jpg", image, boxes)
    for index in range(6):
        put(f"train/landscape/{index:02d}.jpg", _background(chance, 400, 300), [])
    image, boxes = _with_faces(chance, bust, face, [70, 20])
    put("val/group/small-beside-large.png", image, boxes)
    image, boxes = _with_faces(chance, bust, face, [90])
    put("val/portrait/thumbnail-and-place.jpg", image, boxes, exif=_exif(image))
    image, boxes = _with_faces(chance, bust, face, [80])
    turned = [Box(b.y0, image.width - b.x1, b.y1, image.width - b.x0) for b in boxes]
    put("val/portrait/turned.jpg", image.transpose(Image.Transpose.ROTATE_90), turned, exif=_orientation(_TURN_RIGHT))
    put(
        "val/landscape/comment.jpg",
        _background(chance, 320, 240),
        [],
        comment=b"a comment that the metadata policy removes",
    )
    broken = root / "val/landscape/truncated.jpg"
    broken.write_bytes((root / "train/landscape/00.jpg").read_bytes()[:300])
    (root / "notes.txt").write_text("A file that is no image: listed, not copied.\n", encoding="utf-8")
    return Truth(faces, "val/landscape/truncated.jpg", "val/portrait/thumbnail-and-place.jpg", 1)


def _portrait() -> tuple[Image.Image, Box]:
    """Her bust with soft edges, and where the face is in it."""
    spec = importlib.util.find_spec("matplotlib")
    if spec is None or spec.origin is None:
        raise UsageError("the demonstration uses a portrait that ships with Matplotlib; pip install 'overpaint[demo]'")
    file = Path(spec.origin).parent / "mpl-data" / "sample_data" / "grace_hopper.jpg"
    with Image.open(file) as portrait:
        bust = portrait.convert("RGB").crop(_BUST)
    mask = Image.new("L", bust.size, 0)
    ImageDraw.Draw(mask).ellipse((8, 4, bust.width - 8, bust.height + 60), fill=255)
    bust.putalpha(mask.filter(ImageFilter.GaussianBlur(6)))
    return bust, Box(_FACE.x0 - _BUST[0], _FACE.y0 - _BUST[1], _FACE.x1 - _BUST[0], _FACE.y1 - _BUST[1])


def _with_faces(chance: random.Random, bust: Image.Image, face: Box, sizes: list[int]) -> tuple[Image.Image, list[Box]]:
    """A background with busts side by side, so that no face hides another."""
    scales = [size / face.width for size in sizes]
    widths = [round(bust.width * scale) for scale in scales]
    width = max(320, sum(widths) + 20 * (len(widths) + 1))
    height = max(260, max(round(bust.height * scale) for scale in scales) + 60)
    image = _background(chance, width, height)
    boxes, x = [], (width - sum(widths) - 20 * (len(widths) - 1)) // 2
    for scale, wide in zip(scales, widths, strict=True):
        small = bust.resize((wide, round(bust.height * scale)), Image.Resampling.LANCZOS)
        y = chance.randint(10, height - small.height - 10)
        image.paste(small, (x, y), small)
        boxes.append(Box(x + face.x0 * scale, y + face.y0 * scale, x + face.x1 * scale, y + face.y1 * scale))
        x += wide + 20
    return image, boxes


def _background(chance: random.Random, width: int, height: int) -> Image.Image:
    """Sky, hills and a little grain."""
    sky, ground = [np.array([chance.randint(90, 230) for _ in range(3)], float) for _ in range(2)]
    rows = np.linspace(0, 1, height)[:, None, None]
    pixels = np.broadcast_to(sky * (1 - rows) + 255 * rows * 0.8, (height, width, 3)).copy()
    x = np.arange(width)
    for level in (0.55, 0.7, 0.85):
        wave = height * (level + 0.06 * np.sin(x / chance.uniform(20, 60) + chance.uniform(0, 6)))
        pixels[np.arange(height)[:, None] > wave[None, :]] = ground * (1.2 - level)
    grain = np.random.Generator(np.random.PCG64(chance.randrange(1 << 30))).normal(0, 4, pixels.shape)
    return Image.fromarray(np.clip(pixels + grain, 0, 255).astype(np.uint8))


def _orientation(value: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = value
    return exif.tobytes()


def _exif(image: Image.Image) -> bytes:
    """EXIF with a place (0° N, 0° E) and a thumbnail that shows the picture as it was."""
    small = image.copy()
    small.thumbnail((160, 120))
    held = io.BytesIO()
    small.save(held, "JPEG", quality=80)
    thumbnail = held.getvalue()
    # TIFF by hand, because Pillow writes no second directory: IFD0 (place), GPS, IFD1 (thumbnail)
    gps_at, next_at = 8 + 2 + 12 + 4, 8 + 2 + 12 + 4 + 2 + 2 * 12 + 4
    data_at = next_at + 2 + 3 * 12 + 4
    entry = struct.Struct("<HHII").pack
    return b"".join(
        (
            b"Exif\0\0II*\0",
            struct.pack("<I", 8),
            struct.pack("<H", 1),
            entry(0x8825, 4, 1, gps_at),
            struct.pack("<I", next_at),
            struct.pack("<H", 2),
            entry(1, 2, 2, ord("N")),
            entry(3, 2, 2, ord("E")),
            struct.pack("<I", 0),
            struct.pack("<H", 3),
            entry(0x0103, 3, 1, 6),
            entry(0x0201, 4, 1, data_at),
            entry(0x0202, 4, 1, len(thumbnail)),
            struct.pack("<I", 0),
            thumbnail,
        )
    )
