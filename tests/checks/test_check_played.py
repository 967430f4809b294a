"""How animations are played by the checks: as browsers do, where Pillow plays them otherwise."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
import reels
from PIL import Image

from overpaint.checks import check
from overpaint.checks._apng_frames import composed as composed_frames
from overpaint.checks._codec import apng_contents, contents_of
from overpaint.checks._decode import decode, walk
from overpaint.checks._gif_frames import canvas_of, composed
from overpaint.records import Outcome

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)
NOTHING = (0, 0, 0, 0)


def packed(numbers):
    """The code size and data of a frame, as Pillow packs them."""
    out = io.BytesIO()
    image = Image.fromarray(np.asarray(numbers, np.uint8), "P")
    image.putpalette([c for n in range(256) for c in (n, n, n)])
    image.save(out, "GIF", optimize=False, interlace=0)
    data = out.getvalue()
    at = data.index(b",", 13 + 768) + 10
    return data[at:-1]


def gif(*frames, size=(4, 4), background=3):
    """Frames are (x, y, numbers, disposal, clear or None)."""
    palette = bytes(c for colour in (RED, GREEN, BLUE, WHITE) for c in colour)
    pieces = [b"GIF89a", struct.pack("<HHBBB", *size, 0x81, background, 0), palette]
    for x, y, numbers, disposal, clear in frames:
        array = np.asarray(numbers, np.uint8)
        flags = disposal << 2 | (clear is not None)
        pieces.append(b"!\xf9\4" + struct.pack("<BHBB", flags, 5, clear or 0, 0))
        pieces.append(b"," + struct.pack("<HHHHB", x, y, array.shape[1], array.shape[0], 0) + packed(array))
    return b"".join([*pieces, b";"])


def played(data):
    laid = contents_of(data).laid
    frame = contents_of(data).frames[0]
    return list(composed(laid, *canvas_of(laid, (frame.width, frame.height))))


@pytest.mark.parametrize(
    ("disposal", "left"),
    [(0, (*GREEN, 255)), (1, (*GREEN, 255)), (2, NOTHING), (3, (*RED, 255)), (5, (*RED, 255))],
)
def test_what_is_left_when_a_frames_time_is_over(disposal, left):
    whole, patch, dot = np.zeros((4, 4)), np.ones((2, 2)), [[2]]
    shown = played(gif((0, 0, whole, 0, None), (1, 1, patch, disposal, None), (0, 0, dot, 0, None)))
    assert tuple(shown[1][1, 1]) == (*GREEN, 255)
    assert tuple(shown[2][1, 1]) == left
    assert tuple(shown[2][0, 0]) == (*BLUE, 255)
    assert tuple(shown[2][3, 3]) == (*RED, 255)


def test_clear_pixels_leave_what_is_below_and_frames_may_reach_beyond_the_screen():
    shown = played(gif((0, 0, np.zeros((2, 2)), 0, None), (1, 1, [[1, 2], [2, 1]], 0, 1), size=(2, 2)))
    assert shown[0].shape == (3, 3, 4)
    assert tuple(shown[0][2, 2]) == NOTHING
    assert tuple(shown[1][1, 1]) == (*RED, 255)
    assert tuple(shown[1][1, 2]) == (*BLUE, 255)


def test_a_gif_is_shown_as_pillow_shows_it_where_both_agree():
    rng = np.random.default_rng(1)
    data = gif((0, 0, rng.integers(0, 4, (9, 12)), 1, None), (3, 2, rng.integers(0, 4, (5, 6)), 3, 2), size=(12, 9))
    with Image.open(io.BytesIO(data)) as image:
        for index, mine in enumerate(played(data)):
            image.seek(index)
            assert np.array_equal(np.asarray(image.convert("RGBA")), mine)


def test_a_last_image_of_which_no_pixel_is_told_is_none():
    one = gif((0, 0, np.zeros((4, 4)), 0, None))
    cut = one[:-1] + b"!\xf9\4\0\0\0\0\0," + struct.pack("<HHHHB", 0, 0, 2, 2, 0)
    assert len(contents_of(cut).frames) == 1
    assert check(cut, one, [], outcome=Outcome.METADATA_ONLY).ok
    assert check(cut, cut, [], outcome=Outcome.IDENTICAL).reasons == ("metadata-left",)


def chunk(name, payload):
    return struct.pack(">I", len(payload)) + name + payload + struct.pack(">I", zlib.crc32(name + payload))


def png(*between, behind=()):
    """A grey picture of 4 x 4 with chunks before and behind its data."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 4, 4, 8, 0, 0, 0, 0))
    data = chunk(b"IDAT", zlib.compress(bytes(5 * 4)))
    return b"\x89PNG\r\n\x1a\n" + b"".join([header, *between, data, *behind, chunk(b"IEND", b"")])


CONTROL = chunk(b"fcTL", struct.pack(">5I2H2B", 0, 4, 4, 0, 0, 1, 10, 0, 0))
FRAME = chunk(b"fdAT", struct.pack(">I", 1) + zlib.compress(bytes(5 * 4)))
ONE, NONE = (chunk(b"acTL", struct.pack(">II", n, 0)) for n in (1, 0))


@pytest.mark.parametrize(
    ("data", "frames"),
    [
        (png(ONE, behind=(CONTROL, FRAME)), 2),  # the picture that others show is no frame, and is looked at too
        (png(ONE, ONE, behind=(CONTROL, FRAME)), 2),  # browsers skip the second announcement; Pillow plays nothing
        (png(ONE, CONTROL), 1),
        (png(ONE, behind=(FRAME,)), 0),  # no frame is told
        (png(NONE, behind=(CONTROL, FRAME)), 0),
        (png(behind=(ONE, CONTROL, FRAME)), 0),  # announced too late
        (png(CONTROL), 0),
    ],
)
def test_which_pngs_are_animations(data, frames):
    contents = apng_contents(data, walk(data))
    assert len(contents.frames if contents else ()) == frames


def test_a_png_is_decoded_by_its_pictures_chunks_where_others_are_damaged():
    data = png(chunk(b"iCCP", b"x\0\7" + b"no method that there is"))
    with pytest.raises((OSError, SyntaxError, ValueError)):
        Image.open(io.BytesIO(data)).load()
    found = decode(data, walk(data), lenient=False)
    assert found is not None and found.samples.shape == (4, 4, 1)
    broken = data.replace(zlib.compress(bytes(20)), b"\0" * len(zlib.compress(bytes(20))))
    assert decode(broken, walk(broken), lenient=False) is None


def cleared_behind(frame, hidden=None):
    """The frame; a patch that is cleared when its time is over; a dot elsewhere. Or hidden colours, as they are."""
    size = frame.size
    if hidden is None:
        patch = frame.crop((40, 30, 120, 110))
        placed = [Image.new("RGBA", size), Image.new("RGBA", size)]
        placed[0].paste(patch, (40, 30))
        placed[1].putpixel((0, 0), (9, 9, 9, 255))
        return reels.coded("apng", [frame, *placed], blend=1, disposal=[0, 1, 0])
    return reels.coded("apng", [frame, hidden], blend=[0, 0], disposal=0)


def scene():
    frames, boxes = reels.scene_frames("apng", (48,), count=1)
    return frames[0].convert("RGBA"), boxes


def painted(frame, boxes):
    return reels.painted("apng", [frame], boxes)[0].convert("RGBA")


def test_what_was_right_and_is_cleared_in_part_is_right():
    frame, boxes = scene()
    before, after = cleared_behind(frame), cleared_behind(painted(frame, boxes))
    shown = [list(composed_apng(d)) for d in (before, after)]
    assert not np.array_equal(shown[0][1], shown[0][2])
    found = check(before, after, boxes, outcome=Outcome.REDACTED)
    assert found.ok, found.problems
    assert len(found.measures.cores) == 3
    assert "detail-left" in check(before, before, boxes, outcome=Outcome.REDACTED).reasons


def test_colours_below_clear_pixels_are_not_taken_for_cleared():
    frame, boxes = scene()
    unseen = frame.copy()
    unseen.putalpha(0)
    before, after = cleared_behind(frame, unseen), cleared_behind(painted(frame, boxes), unseen)
    problems = check(before, after, boxes, outcome=Outcome.REDACTED).problems
    assert any(problem.detail.startswith("frame 1") for problem in problems)


def composed_apng(data):
    contents = apng_contents(data, walk(data))
    return composed_frames(contents.patches, contents.frames[0].width, contents.frames[0].height)
