"""Boxes go back from the upright picture to the stored frame, whatever the orientation."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from overpaint.errors import DecodeError, Unsupported
from overpaint.formats import Sniffed, sniff
from overpaint.pipeline import check_editable, decode, to_stored
from overpaint.records import Box

ORIENTATIONS = st.integers(1, 8)


def picture(orientation: int, width: int, height: int, box: tuple[int, int, int, int], codec: str = "PNG") -> bytes:
    """A dark stored frame with one bright rectangle."""
    pixels = np.full((height, width, 3), 20, np.uint8)
    pixels[box[1] : box[3], box[0] : box[2]] = (250, 250, 250)
    exif = Image.Exif()
    exif[0x0112] = orientation
    held = io.BytesIO()
    Image.fromarray(pixels).save(held, codec, exif=exif.tobytes(), **({"quality": 95} if codec == "JPEG" else {}))
    return held.getvalue()


@given(ORIENTATIONS, st.integers(20, 90), st.integers(20, 90), st.data())
def test_a_rectangle_seen_upright_is_found_again_in_the_stored_frame(orientation, width, height, data):
    x0, y0 = data.draw(st.integers(0, width - 8)), data.draw(st.integers(0, height - 8))
    box = (x0, y0, data.draw(st.integers(x0 + 4, width)), data.draw(st.integers(y0 + 4, height)))
    encoded = picture(orientation, width, height, box)
    upright = decode(encoded, sniff(encoded), long_side=0)
    rows, columns = np.nonzero(upright[:, :, 0] > 128)
    seen = Box(columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    stored = to_stored(seen, seen=(upright.shape[1], upright.shape[0]), stored=(width, height), orientation=orientation)
    assert stored == Box(*map(float, box))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_upright_is_what_pillow_calls_upright(orientation):
    encoded = picture(orientation, 40, 24, (3, 5, 17, 12))
    with Image.open(io.BytesIO(encoded)) as image:
        expected = np.asarray(ImageOps.exif_transpose(image))
    assert np.array_equal(decode(encoded, sniff(encoded), long_side=0), expected)


def test_a_large_photograph_is_decoded_small_but_not_smaller_than_asked():
    encoded = picture(1, 2000, 1000, (0, 0, 8, 8), "JPEG")
    assert decode(encoded, sniff(encoded), long_side=512).shape == (250 * 2, 500 * 2, 3)
    assert decode(encoded, sniff(encoded), long_side=500).shape == (250, 500, 3)
    assert decode(encoded, sniff(encoded), long_side=0).shape == (1000, 2000, 3)


@pytest.mark.parametrize(
    ("sniffed", "error", "reason"),
    [
        (Sniffed(codec=None), DecodeError, "not-an-image"),
        (Sniffed(codec="jpeg"), DecodeError, "truncated-header"),
        (Sniffed(codec="png", width=64_000, height=64_000), Unsupported, "too-many-pixels"),
        (Sniffed(codec="avif", width=64_000, height=64_000), Unsupported, "too-many-pixels"),
        (Sniffed(codec="webp", width=64_000, height=64_000, animated=True), Unsupported, "too-many-pixels"),
    ],
)
def test_what_cannot_be_handled_is_refused_before_it_is_decoded(sniffed, error, reason):
    with pytest.raises(error) as caught:
        check_editable(sniffed, max_pixels=1_000_000)
    assert caught.value.reason == reason


def test_garbage_behind_a_good_header_is_an_error_and_no_crash():
    encoded = picture(1, 64, 64, (0, 0, 8, 8))
    cut = encoded[:40]
    with pytest.raises(DecodeError):
        decode(cut, Sniffed(codec="png", width=64, height=64), long_side=0)
