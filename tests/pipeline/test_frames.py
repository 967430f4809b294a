"""Every picture of every codec comes out upright, once, and no more than one at a time."""

from __future__ import annotations

import contextlib
import io
import sys
import tracemalloc

import numpy as np
import pylibjxl
import pytest
from pictures_of_every_codec import MOVING, STILL, encoded, scene, turned
from PIL import Image

from overpaint.errors import DecodeError, Unsupported
from overpaint.formats import Sniffed, sniff
from overpaint.pipeline import check_editable, decode, frames, to_stored
from overpaint.pipeline._decode import MAX_FRAMES
from overpaint.pipeline._pixels import eight_bits, of_pillow, views
from overpaint.records import Box

PLACE = (10, 8, 40, 30)


def all_frames(data: bytes, *, long_side: int = 0, **options):
    sniffed = sniff(data)
    check_editable(sniffed, max_pixels=1_000_000)
    return list(frames(data, sniffed, long_side=long_side, **options))


def bright(image: np.ndarray) -> Box:
    rows, columns = np.nonzero(image[:, :, 0] > 128)
    return Box(*map(float, (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)))


@pytest.mark.parametrize("codec", STILL)
def test_a_still_picture_of_each_codec(codec: str) -> None:
    data = encoded(codec, scene(PLACE))
    (frame,) = all_frames(data)
    assert (frame.page, frame.number, frame.stored, frame.orientation) == (0, 0, (96, 64), 1)
    assert (frame.image.shape, frame.image.dtype) == ((64, 96, 3), np.uint8)
    assert np.abs(frame.image.astype(int) - np.asarray(scene(PLACE)).astype(int)).mean() < 3
    assert np.array_equal(decode(data, sniff(data), long_side=0), frame.image)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("codec", ["png", "webp", "tiff", "avif", "heic", "jxl"])
def test_upright_and_back_to_the_stored_frame(codec: str, orientation: int) -> None:
    if codec == "jxl":  # its encoder turns pictures only by way of a JPEG
        jpeg = io.BytesIO()
        scene(PLACE).save(jpeg, "JPEG", quality=95, exif=turned(orientation))
        data = pylibjxl.jpeg_to_jxl(jpeg.getvalue(), effort=3)
    else:
        picture = scene(PLACE) if codec != "png" else scene(PLACE).convert("RGBA")
        data = encoded(codec, picture, exif=turned(orientation))
    (frame,) = all_frames(data)
    seen = bright(frame.image)
    shown = (64, 96) if orientation >= 5 else (96, 64)
    assert (frame.image.shape[1], frame.image.shape[0]) == shown
    assert frame.stored == (sniff(data).width, sniff(data).height)
    stored = to_stored(seen, seen=shown, stored=frame.stored, orientation=frame.orientation)
    if codec in {"heic", "jxl"}:  # the turn belongs to decoding
        assert (frame.orientation, frame.stored, stored) == (1, shown, seen)
        expected = to_stored(seen, seen=shown, stored=(96, 64), orientation=orientation)
        assert expected == Box(*map(float, PLACE))
    else:
        assert (frame.orientation, stored) == (orientation, Box(*map(float, PLACE)))


@pytest.mark.parametrize("codec", MOVING)
def test_every_frame_or_page_comes_out(codec: str) -> None:
    places = [(x, 8, x + 24, 40) for x in (4, 20, 36, 52)]
    data = encoded(codec, [scene(place) for place in places])
    found = all_frames(data)
    pages = [0, 1, 2, 3] if codec == "tiff" else [0] * 4
    numbers = [0] * 4 if codec == "tiff" else [0, 1, 2, 3]
    assert ([f.page for f in found], [f.number for f in found]) == (pages, numbers)
    for frame, place in zip(found, places, strict=True):
        assert bright(frame.image).iou(Box(*place)) > 0.85


def test_pages_have_sizes_and_turns_of_their_own() -> None:
    out = io.BytesIO()
    scene(PLACE).save(out, "TIFF", save_all=True, append_images=[scene(PLACE, size=(50, 40))], exif=turned(6))
    sizes = [(f.page, f.stored, f.orientation, f.image.shape[:2]) for f in all_frames(out.getvalue())]
    assert sizes == [(0, (96, 64), 6, (96, 64)), (1, (50, 40), 6, (50, 40))]


@pytest.mark.parametrize(
    ("mode", "codec"),
    [("CMYK", "tiff"), ("1", "tiff"), ("P", "bmp"), ("L", "webp"), ("LA", "png"), ("P", "gif"), ("YCbCr", "tiff")],
)
def test_modes(mode: str, codec: str) -> None:
    (frame,) = all_frames(encoded(codec, scene(PLACE).convert(mode, dither=Image.Dither.NONE)))
    assert bright(frame.image) == Box(*map(float, PLACE))


@pytest.mark.parametrize("codec", ["png", "tiff"])
@pytest.mark.parametrize("top", [65_535, 4_000, 900])
def test_samples_of_more_than_eight_bits_are_shown_by_the_bits_in_use(codec: str, top: int) -> None:
    samples = np.full((64, 96), top // 16, np.uint16)
    samples[8:30, 10:40] = top
    (frame,) = all_frames(encoded(codec, Image.fromarray(samples)))
    assert bright(frame.image) == Box(*map(float, PLACE))


def test_sixteen_bits_and_alpha_of_png_keep_their_colours() -> None:
    import cv2

    bgra = np.full((20, 30, 4), (4_000, 1_000, 60_000, 65_535), np.uint16)
    data = cv2.imencode(".png", bgra)[1].tobytes()
    (frame,) = all_frames(data)
    assert frame.image[0, 0].tolist() == [60_000 >> 8, 1_000 >> 8, 4_000 >> 8]


@pytest.mark.parametrize(
    ("values", "shown"),
    [([0.0, 0.5, 1.0], [0, 127, 255]), ([0.0, 100.0, 250.0], [0, 100, 250]), ([-1.0, 0.0, 1.0], [0, 127, 255])],
)
def test_floating_point_is_shown_by_its_range(values: list[float], shown: list[int]) -> None:
    assert eight_bits(np.array([[*values, np.nan]], np.float64))[0, :3].tolist() == shown
    (frame,) = all_frames(encoded("tiff", Image.fromarray(np.array([values], np.float32))))
    assert frame.image[0, :, 1].tolist() == shown


def test_signed_and_constant_samples() -> None:
    assert eight_bits(np.array([-5, 0, 511], np.int32)).tolist() == [0, 0, 255]
    assert eight_bits(np.zeros((2, 2), np.uint16)).max() == 0
    assert eight_bits(np.full((2, 2), 7.0)).tolist() == [[7, 7], [7, 7]]


@pytest.mark.parametrize("codec", ["png", "webp", "tiff", "avif", "jxl"])
def test_what_alpha_hides_is_looked_at_and_so_is_what_only_alpha_shows(codec: str) -> None:
    hidden = scene(PLACE).convert("RGBA")
    hidden.putalpha(0)
    drawn = Image.new("RGBA", (96, 64), (255, 255, 255, 255))
    drawn.putalpha(scene(PLACE).convert("L").point(lambda v: 255 if v > 128 else 0))
    options = {"exact": True} if codec == "webp" else {}
    first, second = all_frames(encoded(codec, hidden, **options))
    assert bright(first.image).iou(Box(*PLACE)) > 0.9
    assert second.image.min() == second.image.max() == 128
    assert [(f.page, f.number) for f in (first, second)] == [(0, 0), (0, 1)]
    first, second = all_frames(encoded(codec, drawn, **options))
    assert bright(np.maximum(second.image, 129) - 129 + 100).iou(Box(*PLACE)) > 0.9


def test_large_pictures_keep_what_alpha_hides_when_they_are_reduced() -> None:
    hidden = scene(PLACE, size=(400, 200)).convert("RGBA")
    hidden.putalpha(0)
    colour, alpha = of_pillow(hidden, long_side=100)
    assert (colour.shape, alpha.shape, alpha.max()) == ((50, 100, 3), (50, 100), 0)
    assert bright(colour).iou(Box(2.5, 2, 10, 7.5)) > 0.7


def test_alpha_that_hides_nothing_costs_no_second_look() -> None:
    opaque, speck = scene(PLACE).convert("RGBA"), scene(PLACE).convert("RGBA")
    speck.putpixel((3, 3), (255, 255, 255, 0))
    for picture in (opaque, speck):
        assert len(all_frames(encoded("png", picture))) == 1


def test_composing_in_strips_is_composing(monkeypatch) -> None:
    rng = np.random.default_rng(1)
    colour, alpha = rng.integers(0, 256, (40, 30, 3), np.uint8), rng.integers(0, 256, (40, 30), np.uint8)
    share = alpha[:, :, None] / 255
    expected = colour * share + 128 * (1 - share)
    for strip in (1, 70, 1 << 20):
        monkeypatch.setattr("overpaint.pipeline._pixels._STRIP", strip)
        _, composed = views(colour, alpha)
        assert np.abs(composed - expected).max() <= 0.51


def test_large_pictures_come_small_but_not_smaller_than_asked() -> None:
    data = encoded("webp", scene(PLACE, size=(640, 320)))
    for asked, width in ((0, 640), (640, 640), (320, 320), (81, 160), (80, 80)):
        (frame,) = all_frames(data, long_side=asked)
        assert (frame.image.shape[1], frame.stored) == (width, (640, 320))
    assert of_pillow(scene(size=(33, 17)), long_side=4)[0].shape[:2] == (3, 5)


@pytest.mark.parametrize("codec", STILL)
def test_a_file_that_ends_too_early_is_undecodable(codec: str) -> None:
    noise = Image.effect_noise((96, 64), 90).convert("RGB")
    data = encoded(codec, noise)
    for cut in (len(data) // 2, len(data) * 3 // 4):
        with pytest.raises(DecodeError) as caught:
            list(frames(data[:cut], sniff(data), long_side=0))
        assert caught.value.reason == "undecodable"


@pytest.mark.parametrize("codec", MOVING)
def test_a_missing_frame_fails_the_file(codec: str) -> None:
    noise = [Image.effect_noise((96, 64), 90).convert("RGB") for _ in range(4)]
    data = encoded(codec, noise)
    with pytest.raises(DecodeError) as caught:
        list(frames(data[: len(data) * 7 // 10], sniff(data), long_side=0))
    assert caught.value.reason == "undecodable"


@pytest.mark.parametrize("codec", ["gif", "png", "webp", "tiff"])
def test_wherever_an_animation_ends_too_early_it_fails(codec: str) -> None:
    data = encoded(codec, [scene((x, 2, x + 4, 6), size=(16, 8)) for x in (1, 5, 9)])
    whole, complete = sniff(data), []
    for end in range(0, len(data), 1 + len(data) // 900):
        with contextlib.suppress(DecodeError):
            complete.append(len(list(frames(data[:end], whole, long_side=0))))
    assert set(complete) <= {3}
    assert len(complete) <= 24  # the last bytes of a file hold no picture, but checksums and the word that it ends


def test_too_many_frames() -> None:
    with pytest.raises(Unsupported) as caught:
        check_editable(Sniffed("gif", 4, 4, animated=True, frames=MAX_FRAMES + 1), max_pixels=100)
    assert caught.value.reason == "too-many-frames"
    with pytest.raises(Unsupported) as caught:
        check_editable(Sniffed("webp", 10_000, 10_000, animated=True, frames=21), max_pixels=10**8)
    assert caught.value.reason == "too-many-pixels"
    data = encoded("gif", [scene((i % 9, 0, i % 9 + 9, 9), size=(24, 16)) for i in range(12)])
    hint = sniff(data)
    lying = Sniffed("gif", hint.width, hint.height, animated=True)
    check_editable(lying, max_pixels=1000)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("overpaint.pipeline._decode.MAX_FRAMES", 10)
        with pytest.raises(Unsupported):
            list(frames(data, lying, long_side=0))


def test_an_animated_jxl_is_refused_for_its_decoder_shows_one_frame() -> None:
    with pytest.raises(Unsupported) as caught:
        check_editable(Sniffed("jxl", 40, 30, animated=True), max_pixels=10_000)
    assert caught.value.reason == "animated-jxl"


def test_pictures_of_one_heic_that_differ_in_size_are_refused() -> None:
    data = encoded("heic", [scene(PLACE), scene(PLACE, size=(64, 48))])
    with pytest.raises(Unsupported) as caught:
        all_frames(data)
    assert caught.value.reason == "frames-of-different-sizes"


@pytest.mark.parametrize(("codec", "module"), [("heic", "pillow_heif"), ("jxl", "pylibjxl")])
def test_a_plug_in_that_is_not_installed_is_asked_for(codec: str, module: str, monkeypatch) -> None:
    data = encoded(codec, scene(PLACE))
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(Unsupported, match=rf"pip install 'overpaint\[{codec}\]'") as caught:
        all_frames(data)
    assert caught.value.reason == f"needs-{codec}"


def test_one_frame_is_held_at_a_time() -> None:
    data = encoded("webp", [scene((x, 8, x + 24, 40), size=(640, 480)) for x in range(0, 400, 20)])
    tracemalloc.start()
    for frame in frames(data, sniff(data), long_side=0):
        assert frame.image.nbytes == 640 * 480 * 3
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5 * 640 * 480 * 4
