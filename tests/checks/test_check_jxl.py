"""JPEG XL: lossy sources that are written without loss, and those made of a JPEG, whose blocks explain what changes."""

from __future__ import annotations

import io

import numpy as np
import painters
import pylibjxl
import pytest
import scenes
from PIL import Image, ImageOps

from overpaint.checks import check
from overpaint.checks._codec import contents_of
from overpaint.checks._jxl_jpeg import blocks_of
from overpaint.records import Box, Outcome

TURNS = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def painted(array, boxes, look="blur"):
    planes = [array[:, :, i].astype(float) for i in range(3)]
    faces = painters.geometry(boxes, array.shape[1], array.shape[0])
    done = painters.painted(planes, [(1, 1)] * 3, faces, painters.LOOKS[look])
    return np.clip(np.round(np.stack(done, axis=-1)), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("look", ["blur", "mosaic", "fill"])
def test_a_lossy_source_is_painted_without_loss(look):
    image, boxes = scenes.scene((40,), 200, 160, 3)
    before = pylibjxl.encode(np.asarray(image), distance=1.0)
    shown = pylibjxl.decode(before)
    after = pylibjxl.encode(painted(shown, boxes, look), lossless=True)
    assert check(before, after, boxes, look=look, outcome=Outcome.REDACTED).ok
    untouched = pylibjxl.encode(shown, lossless=True)
    assert "detail-left" in check(before, untouched, boxes, outcome=Outcome.REDACTED).reasons


def of_jpeg(image, orientation, subsampling):
    """A JPEG XL whose JPEG is stored turned, and is shown as ``image``."""
    turn = TURNS[orientation]
    tags, out = Image.Exif(), io.BytesIO()
    tags[0x0112] = orientation
    stored = image if turn is None else image.transpose(turn)
    stored.save(out, "JPEG", quality=90, subsampling=subsampling, exif=tags)
    with Image.open(io.BytesIO(out.getvalue())) as again:
        assert ImageOps.exif_transpose(again).size == image.size
    return pylibjxl.jpeg_to_jxl(out.getvalue(), effort=3)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_areas_and_pictures_go_back_to_the_stored_frame(orientation):
    image = Image.new("RGB", (203, 161))
    image.paste((255, 255, 255), (30, 24, 70, 80))
    data = of_jpeg(image, orientation, 2)
    contents = contents_of(data)
    assert (contents.frames[0].width, contents.frames[0].height, contents.frames[0].orientation) == (203, 161, 1)
    blocks = blocks_of(data, contents)
    assert blocks.orientation == orientation
    size = (203, 161) if orientation < 5 else (161, 203)
    (area,) = blocks.areas((Box(30, 24, 70, 80),), *size, 4)
    x0, y0, x1, y1 = area.face
    with Image.open(io.BytesIO(pylibjxl.jxl_to_jpeg(data))) as jpeg:
        stored = np.asarray(jpeg)[:, :, 0] > 128
    assert stored.shape == size[::-1]
    rows, columns = np.nonzero(stored)
    assert (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1) == (x0, y0, x1, y1)


@pytest.mark.parametrize("subsampling", [0, 2])
def test_nothing_far_from_the_edited_blocks_may_change(subsampling):
    image, boxes = scenes.scene((40,), 400, 320, 3)
    before = of_jpeg(image, 6, subsampling)
    shown = pylibjxl.decode(before)
    done = painted(shown, boxes)
    after = pylibjxl.encode(done, lossless=True)
    assert check(before, after, boxes, outcome=Outcome.REDACTED).ok
    done[-4:, -4:] ^= 16
    after = pylibjxl.encode(done, lossless=True)
    assert "outside-changed" in check(before, after, boxes, outcome=Outcome.REDACTED).reasons


def test_beside_the_edited_blocks_no_more_may_change_than_is_explained():
    image, boxes = scenes.scene((40,), 400, 320, 3)
    before = of_jpeg(image, 1, 0)
    x0, y0, _, _ = (int(v) for v in (boxes[0].x0, boxes[0].y0, boxes[0].x1, boxes[0].y1))
    done = painted(pylibjxl.decode(before), boxes)
    tile = slice(y0 // 64 * 64, y0 // 64 * 64 + 64), slice(x0 // 64 * 64, x0 // 64 * 64 + 64)
    edited = painted(done, boxes)
    done[tile] = np.clip(done[tile].astype(int) + 40, 0, 255)
    done[y0 - 12 : y0 + 60, x0 - 12 : x0 + 60] = edited[y0 - 12 : y0 + 60, x0 - 12 : x0 + 60]
    after = pylibjxl.encode(done, lossless=True)
    assert "outside-changed" in check(before, after, boxes, outcome=Outcome.REDACTED).reasons
