"""One verb for a file: what comes back, and what it is called."""

from __future__ import annotations

import io
from functools import partial

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from overpaint.errors import DecodeError, Unsupported, UsageError
from overpaint.painting import LOOKS, _native, imagenet2021, paint, regions
from overpaint.records import Box, Outcome

paint = partial(paint, look="blur")  # of the looks the one that depends most on what lies under it

FACE = Box(30, 40, 70, 90)


def photo(codec="JPEG", size=(120, 150), **options):
    rng = np.random.default_rng(6)
    samples = rng.integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    image = Image.fromarray(samples).filter(ImageFilter.GaussianBlur(1))
    out = io.BytesIO()
    image.save(out, codec, **options)
    return out.getvalue()


def exif(orientation):
    tags = Image.Exif()
    tags[0x0112] = orientation
    tags[0x013B] = "somebody"
    return tags.tobytes()


@pytest.mark.parametrize("codec", ["JPEG", "PNG"])
def test_nothing_to_do_gives_the_same_bytes(codec):
    data = photo(codec)
    for faces in ([], [Box(500, 500, 600, 600)], [Box(9, 9, 9, 20)]):
        done = paint(data, faces)
        assert done.data == data
        assert done.outcome is Outcome.IDENTICAL
        assert (done.faces_painted, done.metadata_removed, done.notes) == (0, (), ())


def test_metadata_only():
    data = photo(exif=exif(6), quality=90)
    done = paint(data, [])
    assert done.outcome is Outcome.METADATA_ONLY
    assert b"somebody" not in done.data
    assert done.metadata_removed
    assert done.data[done.data.index(b"\xff\xda") :] == data[data.index(b"\xff\xda") :]
    assert paint(data, [], metadata="keep").data == data


@pytest.mark.parametrize("look", sorted(LOOKS))
@pytest.mark.parametrize("codec", ["JPEG", "PNG"])
def test_redacted(codec, look):
    data = photo(codec)
    done = paint(data, [FACE, Box(-5, -5, 10, 10), Box(500, 0, 600, 10)], look=look)
    assert done.outcome is Outcome.REDACTED
    assert done.faces_painted == 2
    before, after = (np.asarray(Image.open(io.BytesIO(x)).convert("RGB"), int) for x in (data, done.data))
    assert np.abs(before - after)[40:90, 30:70].mean() > 10
    assert np.abs(before - after)[125:, 95:].max() == 0
    assert paint(data, [FACE, Box(-5, -5, 10, 10)], look=look).data == done.data


def test_what_lies_behind_the_picture_goes_and_is_named():
    done = paint(photo() + photo(), [FACE], metadata="keep")
    assert "data-after-eoi" in done.metadata_removed
    assert done.data.count(b"\xff\xd8\xff") == 1


def test_a_damaged_scan_is_painted_and_said_so():
    data = photo(quality=90)
    done = paint(data[: len(data) * 2 // 3], [FACE])
    assert done.outcome is Outcome.RE_ENCODED
    assert "damaged-scan" in done.notes
    with Image.open(io.BytesIO(done.data)) as image:
        image.load()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_forehead_is_found_by_the_orientation(orientation):
    """Painting the stored picture, then turning it upright, grows the core most above the face each time."""
    data = photo(size=(200, 200), exif=exif(orientation), quality=100, subsampling=0)
    done = paint(data, [Box(80, 80, 120, 120)], look="fill")
    turned = []
    for x in (data, done.data):
        with Image.open(io.BytesIO(x)) as image:
            assert image.getexif().get(0x0112, 1) == orientation
            upright = image
            for step in {2: [0], 3: [3], 4: [1], 5: [5], 6: [4], 7: [6], 8: [2]}.get(orientation, []):
                upright = upright.transpose(Image.Transpose(step))
            turned.append(np.asarray(upright, int))
    grey = np.abs(turned[1] - 128).max(axis=2) <= 4
    rows, columns = np.nonzero(grey[:, 90:110].all(axis=1))[0], np.nonzero(grey[90:110].all(axis=0))[0]
    assert rows[0] in range(66, 70)  # 30 % of 40 above 80: 68
    assert rows[-1] in range(124, 129)  # 15 % below 120: 126
    assert columns[0] in range(72, 77)
    assert columns[-1] in range(124, 129)


def test_no_word_says_what_it_is_not():
    with pytest.raises(UsageError, match=r"overpaint\.painting\.imagenet2021"):
        paint(photo(), [FACE], look="imagenet2021")
    with pytest.raises(UsageError, match="look"):
        paint(photo(), [], look="sepia")
    with pytest.raises(UsageError, match="cells"):
        paint(photo(), [FACE], cells=0)
    with pytest.raises(UsageError, match="metadata"):
        paint(photo(), [FACE], metadata="some")
    with pytest.raises(Unsupported, match="codec"):
        paint(b"no image", [])
    with pytest.raises(DecodeError):
        paint(b"\xff\xd8\xff\xe0", [FACE])


@pytest.mark.parametrize("cells", [1, 2, 4, 8])
@pytest.mark.parametrize("side", [16, 40, 200])
@pytest.mark.parametrize("look", ["mosaic", "blur"])
def test_how_many_values_are_left_across_a_face(look, side, cells):
    """Rows through the face of many unrelated pictures span no more dimensions than cells touch the row.

    With the surface's two neighbours for the blur. A face below 4 N pixels has fewer: its cells are 4 pixels.
    """
    rng = np.random.default_rng(side)
    size = side * 2 + 40
    where = regions([Box(side // 2 + 20.4, 30, side * 1.5 + 20.4, 30 + side)], width=size, height=size, cells=cells)
    face = where.groups[0].faces[0]
    rows = []
    for _ in range(24):
        samples = rng.integers(0, 65536, (size, size)).astype(np.uint16)
        # a vertical stripe pattern, so that an average over a cell's height does not level everything
        samples[:] = samples[:1]
        _native.paint_plane(samples, 16, *where.packed(), cells, LOOKS[look])
        rows.append(samples[face[1] + side // 2, face[0] : face[2]].astype(float) - 32768)
    spread = np.linalg.svd(np.array(rows), compute_uv=False)
    values = int((spread > 100).sum())  # rounding to whole levels leaves about 5
    length = max(4 * cells, face[2] - face[0]) / cells
    touched = int(np.ceil((face[2] - face[0]) / length)) + 1
    assert values <= touched + (2 if look == "blur" else 0)
    assert touched <= cells + 2


def test_a_face_of_1600_pixels():
    """Cells of 400 pixels, in a JPEG and in a plane: each sample is its cell's mean, taken here by NumPy."""
    y, x = np.mgrid[0:2100, 0:2000]
    samples = np.clip(120 + 90 * np.sin(x / 300) * np.cos(y / 210) + (x * 7 + y * 13) % 23, 0, 255).astype(np.uint8)
    where = regions([Box(240, 480, 1840, 2080)], width=2000, height=2100)
    assert where.groups[0].side == 1600
    assert where.groups[0].origin == (0, 0)
    out = io.BytesIO()
    Image.fromarray(samples).save(out, "JPEG", quality=97)
    before = np.asarray(Image.open(io.BytesIO(out.getvalue())))
    done = paint(out.getvalue(), [Box(240, 480, 1840, 2080)], look="mosaic")
    after = np.asarray(Image.open(io.BytesIO(done.data)), int)
    plane = samples.copy()
    _native.paint_plane(plane, 8, *where.packed(), 4, LOOKS["mosaic"])
    for top in range(0, 2000, 400):
        for left in range(0, 2000, 400):
            cell = (slice(top, top + 400), slice(left, left + 400))
            inner = (slice(top + 8, top + 392), slice(left + 8, min(left + 392, 2000)))  # without blocks of two cells
            assert np.abs(after[inner] - before[cell].mean()).max() <= 1.5
            assert np.abs(plane[cell] - samples[cell].mean()).max() <= 0.51


def test_imagenet2021_is_the_released_formula():
    """Against the formula written out once more, in Pillow's own 8 bits."""
    rgb = np.asarray(Image.open(io.BytesIO(photo("PNG", (200, 160)))))
    boxes = [Box(20, 30, 100, 120), Box(150, 40, 170, 66), Box(9, 9, 9, 20)]
    mask = Image.new("L", (200, 160), 255)
    ImageDraw.Draw(mask).rectangle((20 - 9, 30 - 9, 100 + 9, 120 + 9), 0)
    ImageDraw.Draw(mask).rectangle((150 - 2.6, 40 - 2.6, 170 + 2.6, 66 + 2.6), 0)
    image = Image.fromarray(rgb)
    blur = ImageFilter.GaussianBlur(9)
    expected = np.asarray(Image.composite(image, image.filter(blur), mask.filter(blur)))
    np.testing.assert_array_equal(imagenet2021(rgb, boxes), expected)
    np.testing.assert_array_equal(imagenet2021(rgb[:, ::-1], []), rgb[:, ::-1])
    with pytest.raises(UsageError, match="uint8"):
        imagenet2021(rgb[:, :, 0], [])


def test_imagenet2021_leaves_a_small_face_beside_a_large_one():
    """Its flaw, and why it is refused: the small face keeps its detail; the same face alone does not."""
    rng = np.random.default_rng(1)
    rgb = rng.integers(0, 256, (300, 420, 3), dtype=np.uint8)
    small, large = Box(370, 140, 394, 164), Box(60, 40, 260, 240)
    beside, alone = imagenet2021(rgb, [small, large]), imagenet2021(rgb, [small])
    part = (slice(146, 158), slice(376, 388))

    def left(out):
        return np.corrcoef(out[part].ravel(), rgb[part].ravel())[0, 1]

    assert left(beside) > 0.9 > 0.5 > left(alone)


def test_boxes_may_be_four_numbers_and_nothing_else():
    data = photo()
    assert paint(data, [(30, 40, 70, 90)]).data == paint(data, [FACE]).data
    assert paint(data, [np.array([30, 40, 70, 90])]).data == paint(data, [FACE]).data
    for wrong in ((1, 2, 3), "face", (0, 0, float("nan"), 9), (0, 0, float("inf"), 9), None):
        with pytest.raises(UsageError, match="is no box"):
            paint(data, [wrong])
