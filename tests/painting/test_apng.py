from __future__ import annotations

import io
import struct

import fabricated_metadata as made
import naive_apng as naive
import naive_png
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_apng import Part
from painted_canvas import core, footprint, painted
from PIL import Image

from overpaint.errors import DecodeError, SampleError, Unsupported
from overpaint.painting._png import PaintedPng, paint_png
from overpaint.records import Box

WIDTH, HEIGHT = 30, 28
FACE = Box(9, 9, 21, 20)
TABLE = np.random.default_rng(3).integers(0, 256, (16, 3), dtype=np.uint8)
PALETTE = made.png_chunk(b"PLTE", TABLE.tobytes())
CLEAR = made.png_chunk(b"tRNS", b"\0\x80\xff\x40")
KINDS: dict[str, tuple[int, int, tuple[bytes, ...]]] = {
    "grey": (0, 8, ()),
    "grey 2": (0, 2, ()),
    "grey with a key": (0, 8, (made.png_chunk(b"tRNS", b"\0\x80"),)),
    "rgb": (2, 8, ()),
    "rgb with a key": (2, 8, (made.png_chunk(b"tRNS", b"\0\x40\0\x40\0\x40"),)),
    "palette": (3, 4, (PALETTE,)),
    "palette with alpha": (3, 4, (PALETTE, CLEAR)),
    "grey alpha": (4, 8, ()),
    "rgba": (6, 8, ()),
    "rgba 16": (6, 16, ()),
}


def samples(kind: str, width: int = WIDTH, height: int = HEIGHT, seed: int = 1, alpha: int = 2) -> np.ndarray:
    """``alpha``: 0 opaque, 1 opaque or transparent, 2 anything."""
    colour, depth, chunks = KINDS[kind]
    top = (1 << depth) - 1
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    channels = naive_png.CHANNELS[colour]
    wave = np.stack([np.sin(x / 4 + c + seed) * np.cos(y / (3 + c)) for c in range(channels)], axis=2)
    out = (np.clip(0.5 + 0.3 * wave + 0.2 * rng.random(wave.shape), 0, 1) * top).astype(
        np.uint16 if depth > 8 else np.uint8
    )
    if colour in (4, 6):
        pattern = (
            np.full_like(out[..., 0], top),
            (x // 3 + y // 4 + seed) % 2 * top,
            rng.integers(0, 5, x.shape) * (top // 4),
        )
        out[..., -1] = pattern[alpha]
    if chunks and colour in (0, 2) and alpha:
        out[(x // 3 + y // 4 + seed) % 3 == 0] = chunks[0][9]
    return out


def write(kind: str, *parts: Part, **options: object) -> bytes:
    colour, depth, chunks = KINDS[kind]
    return naive.write(WIDTH, HEIGHT, colour, depth, *parts, chunks=chunks, **options)  # type: ignore[arg-type]


def checked(kind: str, parts: list[Part], result: PaintedPng, faces: list[Box], cells: int = 4) -> list[Part]:
    """Outside nothing differs in any frame shown; inside stands what is painted on the canvas; the new frames."""
    colour, depth, chunks = KINDS[kind]
    told = {chunk[4:8]: chunk[8:-4] for chunk in chunks}
    _, colour_after, depth_after, others, after = naive.read(result.data)
    was = naive.play(WIDTH, HEIGHT, parts, colour, depth, told)
    now = naive.play(WIDTH, HEIGHT, after, colour_after, depth_after, others)
    assert [(p.disposal, p.delay) for p in parts] == [(p.disposal, p.delay) for p in after]
    place, inside = footprint(faces, WIDTH, HEIGHT), core(faces, WIDTH, HEIGHT)
    for part, (before, shown), (_, found) in zip(parts, was, now, strict=True):
        visible = shown[..., -1] > 0
        assert np.array_equal(shown[..., -1], found[..., -1])
        assert np.array_equal(shown[visible & ~place], found[visible & ~place])
        h, w = part.samples.shape[:2]
        meets = place[part.y : part.y + h, part.x : part.x + w].any()
        if meets and (before[place] != shown[place]).any() and not result.notes and len(faces) == 1:
            wanted = shown.copy()
            dtype = np.uint16 if depth == 16 else np.uint8
            wanted[..., :-1] = painted(shown[..., :-1].astype(dtype), faces, "blur", cells)
            if colour in (0, 2) and b"tRNS" in told:
                key = [int.from_bytes(told[b"tRNS"][i : i + 2], "big") for i in range(0, len(told[b"tRNS"]), 2)]
                wanted[(wanted[..., :-1] == key).all(axis=2), 0] ^= 1
            assert np.array_equal(wanted[inside & visible], found[inside & visible])
    return after


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("blend", [0, 1])
@pytest.mark.parametrize("disposal", [0, 1, 2])
def test_every_frame_shows_the_painted_canvas(kind: str, blend: int, disposal: int) -> None:
    parts = [Part(samples(kind, seed=seed, alpha=seed % 3), 0, 0, disposal, blend) for seed in (1, 2, 3)]
    result = paint_png(write(kind, *parts), [FACE])
    assert (result.faces, result.removed, result.notes) == (1, (), ())
    checked(kind, parts, result, [FACE])
    with Image.open(io.BytesIO(result.data)) as image:
        assert getattr(image, "n_frames", 1) == 3


@pytest.mark.parametrize("kind", ["rgb", "rgb with a key", "grey alpha", "rgba", "rgba 16"])
def test_frames_that_meet_no_footprint_keep_their_compressed_bytes(kind: str) -> None:
    parts = [Part(samples(kind)), Part(samples(kind, 5, 4), 0, 0, 1, 1), Part(samples(kind, 6, 27), 0, 1)]
    parts += [Part(samples(kind, 9, 9), 12, 12), Part(samples(kind, 4, 20, 5), 26, 2, 2)]
    source = write(kind, *parts)
    after = checked(kind, parts, result := paint_png(source, [FACE]), [FACE])
    before = naive.read(source)[4]
    assert [a.packed == b.packed for a, b in zip(before, after, strict=True)] == [False, True, False, False, True]
    assert result.notes == ()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("blend", [0, 1])
def test_a_frame_that_meets_part_of_a_footprint_grows(kind: str, blend: int) -> None:
    parts = [
        Part(samples(kind, alpha=0)),
        Part(samples(kind, 6, 5, 2), 13, 12, 0, blend),
        Part(samples(kind, 4, 4, 3), 0, 0),
    ]
    result = paint_png(write(kind, *parts), [FACE])
    after = checked(kind, parts, result, [FACE])
    assert result.notes == ()
    assert after[1].samples.shape[0] > 5


@pytest.mark.parametrize("kind", ["rgb", "rgba", "rgb with a key"])
def test_a_frame_that_cannot_grow_leaves_the_painting_at_rest(kind: str) -> None:
    """What is cleared when its time is over cannot grow."""
    parts = [Part(samples(kind, alpha=0)), Part(samples(kind, 6, 5, 2, 0), 13, 12, 1), Part(samples(kind, seed=4))]
    result = paint_png(write(kind, *parts), [FACE])
    assert result.notes == ("resting-frames",)
    _, colour, depth, others, after = naive.read(result.data)
    assert after[1].samples.shape[:2] == (5, 6)
    shown = [found for _, found in naive.play(WIDTH, HEIGHT, after, colour, depth, others)]
    inside = core([FACE], WIDTH, HEIGHT)
    assert np.array_equal(shown[0][inside], shown[1][inside])
    checked(kind, parts, result, [FACE])


def test_an_opaque_frame_cannot_grow_over_places_where_nothing_stands() -> None:
    parts = [Part(samples("rgb", 20, 20), 0, 0, 0), Part(samples("rgb", 3, 4, 2), 18, 9, 0)]
    parts += [Part(samples("rgb", 12, 12, 3), 17, 8, 0)]
    result = paint_png(write("rgb", *parts, still=samples("rgb", seed=9)), [FACE])
    assert result.notes == ("resting-frames",)
    checked("rgb", parts, result, [FACE])


@pytest.mark.parametrize("kind", ["rgb", "palette", "rgba"])
def test_a_default_image_that_is_no_frame_is_painted_too(kind: str) -> None:
    still, parts = samples(kind, seed=8), [Part(samples(kind, 12, 12), 3, 3), Part(samples(kind, 5, 5), 25, 20)]
    result = paint_png(write(kind, *parts, still=still), [FACE])
    alone = paint_png(naive_png.write(still, *KINDS[kind][:2], *KINDS[kind][2]), [FACE])
    assert np.array_equal(naive.read(result.data)[0], naive_png.read(alone.data)[0])
    checked(kind, parts, result, [FACE])


def test_one_frame_beside_the_default_image_is_an_animation() -> None:
    still, parts = samples("rgb", seed=8), [Part(samples("rgb"))]
    source = write("rgb", *parts, still=still)
    assert paint_png(source, []).data is source
    result = paint_png(source, [FACE])
    assert (naive.read(result.data)[0] != still).any()
    checked("rgb", parts, result, [FACE])


def test_an_animation_that_is_announced_but_has_no_frame_is_a_still() -> None:
    still = naive_png.write(samples("rgb"), 2, 8)
    source = made.with_chunks(still, made.png_chunk(b"acTL", struct.pack(">II", 3, 0)))
    result = paint_png(source, [FACE])
    assert result.removed == ("animation",)
    assert result.data == paint_png(still, [FACE]).data


@pytest.mark.parametrize("kind", ["rgba", "palette"])
def test_interlaced_frames_are_all_written_anew(kind: str) -> None:
    parts = [Part(samples(kind)), Part(samples(kind, 5, 4), 0, 0, 0, 1), Part(samples(kind, 9, 9), 12, 12)]
    checked(kind, parts, paint_png(write(kind, *parts, interlaced=True), [FACE]), [FACE])


def test_what_lies_under_transparent_pixels_is_painted_or_gone() -> None:
    hidden = samples("rgba")
    hidden[..., 3] = 0
    seen = hidden.copy()
    seen[..., 3] = 255
    for blend in (0, 1):
        parts = [Part(seen), Part(hidden, blend=blend)]
        after = naive.read(paint_png(write("rgba", *parts), [FACE], look="fill").data)[4][1]
        inside = core([FACE], WIDTH, HEIGHT)
        assert set(np.unique(after.samples[inside][:, :3])) <= {0, 128}


@st.composite
def animations(draw: st.DrawFn) -> tuple[str, list[Part], bool]:
    kind = draw(st.sampled_from(sorted(KINDS)))
    outside = draw(st.booleans())
    parts = []
    for number in range(draw(st.integers(2, 4))):
        x, y = draw(st.integers(0, 24)), draw(st.integers(0, 22))
        w, h = draw(st.integers(1, WIDTH - x)), draw(st.integers(1, HEIGHT - y))
        if number == 0 and not outside:
            x, y, w, h = 0, 0, WIDTH, HEIGHT
        pixels = samples(kind, w, h, draw(st.integers(0, 9)), draw(st.integers(0, 2)))
        parts.append(Part(pixels, x, y, draw(st.integers(0, 2)), draw(st.integers(0, 1))))
    return kind, parts, outside


face = st.builds(lambda x, y, w, h: Box(x, y, x + w, y + h), *[st.integers(-4, 24)] * 2, *[st.integers(4, 14)] * 2)


@settings(max_examples=60, deadline=None)
@given(animations(), st.lists(face, min_size=1, max_size=2), st.sampled_from([1, 4]))
def test_any_animation_is_painted_exactly(made_so: tuple[str, list[Part], bool], faces: list[Box], cells: int) -> None:
    kind, parts, outside = made_so
    source = write(kind, *parts, still=samples(kind, seed=11) if outside else None)
    result = paint_png(source, faces, cells=cells)
    if result.faces:
        checked(kind, parts, result, faces, cells)
    else:
        assert result.data is source


def test_nothing_to_paint_is_metadata_only() -> None:
    source = write("rgb", Part(samples("rgb")), Part(samples("rgb", seed=2)))
    for faces in ([], [Box(400, 400, 500, 500)]):
        assert paint_png(source, faces).data is source


def test_text_goes_and_the_animation_stays() -> None:
    source = write("rgb", Part(samples("rgb")), Part(samples("rgb", seed=2)))
    noted = made.with_chunks(source, made.png_chunk(b"tEXt", b"Comment\0" + made.SECRET))
    result = paint_png(noted, [FACE])
    assert result.removed == ("text",)
    assert result.data == paint_png(source, [FACE]).data


def broken(change: str) -> bytes:
    good = [Part(samples("rgb")), Part(samples("rgb", 5, 5, 2), 9, 9)]
    chunks = made.png_chunks(write("rgb", *good))
    at = [number for number, (kind, _) in enumerate(chunks) if kind == b"fcTL"][1]
    control = bytearray(chunks[at][1])
    if change == "number":
        control[3] += 1
    if change == "outside":
        control[12:16] = struct.pack(">I", WIDTH)
    if change == "empty":
        control[4:8] = bytes(4)
    if change == "short":
        control = control[:-1]
    if change == "disposal":
        control[24] = 3
    if change == "no data":
        chunks = chunks[: at + 1] + chunks[-1:]
    elif change == "not whole":
        first = bytearray(chunks[2][1])
        first[7] -= 1
        chunks[2] = (b"fcTL", bytes(first))
    elif change == "twice":
        chunks.insert(at, (b"fcTL", bytes(control)))
    chunks[at] = (b"fcTL", bytes(control))
    return b"\x89PNG\r\n\x1a\n" + b"".join(made.png_chunk(kind, payload) for kind, payload in chunks)


@pytest.mark.parametrize("change", ["number", "outside", "empty", "short", "disposal", "no data", "not whole", "twice"])
def test_frames_that_do_not_follow_each_other_are_refused(change: str) -> None:
    with pytest.raises(DecodeError, match="damaged-animation"):
        paint_png(broken(change), [FACE])
    assert paint_png(broken(change), []).faces == 0


@pytest.mark.parametrize("limit", [WIDTH * HEIGHT, 1 << 17])
def test_more_than_can_be_held_or_played_is_refused(limit: int) -> None:
    source = write("rgb", *[Part(samples("rgb", seed=seed)) for seed in range(40)])
    with pytest.raises(Unsupported, match="too-many-pixels"):
        paint_png(source, [FACE], max_pixels=limit)


def test_a_frame_whose_data_end_early_is_refused() -> None:
    source = write("rgb", Part(samples("rgb")), Part(samples("rgb", seed=2)))
    chunks = made.png_chunks(source)
    del chunks[-2]
    data = b"\x89PNG\r\n\x1a\n" + b"".join(made.png_chunk(kind, payload) for kind, payload in chunks)
    with pytest.raises(SampleError) as caught:
        paint_png(data, [FACE])
    assert caught.value.reason == "truncated"


MANY = write(
    "rgba", Part(samples("rgba")), Part(samples("rgba", 9, 9, 2), 9, 9, 2, 1), Part(samples("rgba", 9, 9), 2, 2)
)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9999), st.integers(0, 255)), min_size=1, max_size=5), st.booleans())
def test_mutated_files_give_a_picture_or_a_sample_error(changes: list[tuple[int, int]], mend: bool) -> None:
    source = bytearray(MANY)
    for at, value in changes:
        source[at % len(source)] = value
    data = bytes(source)
    if mend:
        try:
            whole = made.png_chunks(data)
        except struct.error:
            whole = []
        data = data[:8] + b"".join(made.png_chunk(kind, payload) for kind, payload in whole)
    try:
        result = paint_png(data, [FACE], max_pixels=1 << 20)
    except SampleError:
        return
    assert paint_png(result.data, [FACE], max_pixels=1 << 20).faces == result.faces
