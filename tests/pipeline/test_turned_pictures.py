"""End to end: a face in a picture that is stored turned is found, painted where it is seen, and checked there.

Every codec that has an orientation, each of its eight values: the upright view must have its face painted in the same
place as an upright JPEG has.
"""

from __future__ import annotations

import io
import random

import numpy as np
import pillow_heif
import pyarrow.parquet as pq
import pylibjxl
import pytest
from pictures_of_every_codec import TURNS, turned
from PIL import Image, ImageOps

import overpaint
from overpaint.jobs._demo_data import _portrait, _with_faces
from overpaint.records import Box

SIZE = 64  # of the face
WIDTH, HEIGHT = 320, 260


@pytest.fixture(scope="module")
def upright() -> tuple[Image.Image, Box]:
    bust, face = _portrait()
    image, boxes = _with_faces(random.Random(7), bust, face, [SIZE])
    assert image.size == (WIDTH, HEIGHT)
    return image, boxes[0]


def written(codec: str, image: Image.Image, orientation: int) -> bytes:
    """The picture stored so that ``orientation`` turns it upright."""
    stored = image if TURNS[orientation] is None else image.transpose(TURNS[orientation])
    out, exif = io.BytesIO(), turned(orientation)
    if codec == "heic":  # becomes irot and imir
        pillow_heif.from_pillow(stored).save(out, quality=90, exif=exif)
    elif codec.startswith("jxl"):
        stored.save(out, "JPEG", quality=92, subsampling=2 if codec == "jxl" else 0, exif=exif)
        return bytes(pylibjxl.jpeg_to_jxl(out.getvalue(), effort=3))
    else:
        options = {"jpeg": {"quality": 92}, "webp": {"lossless": True}, "avif": {"quality": 90, "speed": 9}}
        stored.save(out, codec.upper(), exif=exif, **options.get(codec, {}))
    return out.getvalue()


def shown(data: bytes) -> np.ndarray:
    """As a viewer that minds orientations shows it."""
    if data[4:8] == b"JXL " or data[:2] == b"\xff\x0a":
        return pylibjxl.decode(data)
    if data[4:12] == b"ftypheic":
        return np.asarray(pillow_heif.open_heif(io.BytesIO(data)).to_pillow().convert("RGB"))
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(ImageOps.exif_transpose(image).convert("RGB"))


def written_many(codec: str, image: Image.Image) -> bytes:
    """Two frames of the same scene, a little apart, stored turned; or two pages, each turned in its own way."""
    moved = image.transform(image.size, Image.Transform.AFFINE, (1, 0, -3, 0, 1, 0))
    second = 3 if codec == "tiff" else 6
    frames = [image.transpose(TURNS[6]), moved.transpose(TURNS[second])]
    frames[1].encoderinfo = {"exif": turned(second)}
    out = io.BytesIO()
    options = {"webp": {"lossless": True, "duration": 80}, "png": {"duration": 80}}.get(codec, {})
    frames[0].save(out, codec, save_all=True, append_images=frames[1:], exif=turned(6), **options)
    return out.getvalue()


CODECS = ("jpeg", "png", "webp", "tiff", "avif", "heic", "jxl", "jxl-444")
MANY = ("png", "webp", "tiff")


@pytest.fixture(scope="module")
def scrubbed(upright, tmp_path_factory):
    """All of them through one run."""
    source, dest = (tmp_path_factory.mktemp("turned") / name for name in ("in", "out"))
    source.mkdir()
    for codec in CODECS:
        for orientation in range(1, 9):
            (source / f"{codec}-{orientation}.{codec[:4]}").write_bytes(written(codec, upright[0], orientation))
    for codec in MANY:
        (source / f"many.{codec}").write_bytes(written_many(codec, upright[0]))
    overpaint.scrub(source, dest, profile="fast", workers=2, shard_size=16)
    run = dest.with_name("out.run")
    rows = {}
    for file in (run / "private" / "samples").glob("*.parquet"):
        rows |= {row["key"]: row for row in pq.read_table(file).to_pylist()}
    return source, dest, rows


def painted_part(before: np.ndarray, after: np.ndarray) -> Box:
    """Where most of what changed lies."""
    changed = (np.abs(before.astype(int) - after).max(axis=2) > 24).astype(float)
    rows, columns = changed.mean(axis=1), changed.mean(axis=0)
    (y,), (x,) = np.nonzero(rows > rows.max() / 4), np.nonzero(columns > columns.max() / 4)
    return Box(float(x[0]), float(y[0]), float(x[-1] + 1), float(y[-1] + 1))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("codec", CODECS)
def test_a_turned_picture_is_painted_where_its_face_is_seen(codec, orientation, scrubbed, upright) -> None:
    source, dest, rows = scrubbed
    name = f"{codec}-{orientation}.{codec[:4]}"
    row = rows[name]
    assert (row["outcome"], row["faces_painted"]) in {("redacted", 1), ("re-encoded", 1)}, row
    before, after = (shown((root / name).read_bytes()) for root in (source, dest))
    assert before.shape == after.shape == (HEIGHT, WIDTH, 3)
    model_before, model_after = (shown((root / "jpeg-1.jpeg").read_bytes()) for root in (source, dest))
    assert np.abs(before.astype(int) - model_before).mean() < 4  # the picture is upright and the same one
    expected, found = painted_part(model_before, model_after), painted_part(before, after)
    assert found.iou(expected) > 0.8, (found, expected)
    face = upright[1]
    inside = slice(round(face.y0), round(face.y1)), slice(round(face.x0), round(face.x1))
    assert np.abs(after[inside].astype(int) - model_after[inside]).mean() < 16  # cells begin at another corner
    assert np.abs(before[inside].astype(int) - after[inside]).mean() > 10


@pytest.mark.parametrize("codec", MANY)
def test_every_frame_or_page_of_a_turned_file_is(codec, scrubbed, upright) -> None:
    source, dest, rows = scrubbed
    row = rows[f"many.{codec}"]
    assert (row["outcome"], row["orientation"]) == ("redacted", 6), row
    assert row["faces_painted"] == (2 if codec == "tiff" else row["faces_painted"])
    model_before, model_after = (shown((root / "jpeg-1.jpeg").read_bytes()) for root in (source, dest))
    for number in range(2):
        before, after = (every_frame(root / f"many.{codec}")[number] for root in (source, dest))
        assert before.shape == after.shape == (HEIGHT, WIDTH, 3)
        found, expected = painted_part(before, after), painted_part(model_before, model_after)
        assert found.iou(expected) > 0.7, (number, found, expected)


def every_frame(path) -> list[np.ndarray]:
    found = []
    with Image.open(path) as image:
        for number in range(image.n_frames):
            image.seek(number)
            image.load()
            found.append(np.asarray(ImageOps.exif_transpose(image).convert("RGB")))
    return found
