from __future__ import annotations

import io

import naive_gif as naive
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_gif import Picture
from painted_canvas import core, footprint, painted
from PIL import Image

from overpaint.errors import DecodeError, SampleError, Unsupported, UsageError
from overpaint.painting import _gif, _stage
from overpaint.painting._gif import paint_gif
from overpaint.painting._gif_palette import gained, nearest
from overpaint.records import Box

WIDTH, HEIGHT = 44, 40
FACE = Box(14, 12, 28, 26)
LOOP = naive.extension(0xFF, b"NETSCAPE2.0", b"\1\5\0")
rng = np.random.default_rng(7)
TABLE = rng.integers(0, 256, (64, 3), dtype=np.uint8)
GREYS = np.repeat(np.arange(0, 256, dtype=np.uint8)[:, None], 3, axis=1)


def numbers(width: int = WIDTH, height: int = HEIGHT, seed: int = 1, top: int = 63) -> np.ndarray:
    y, x = np.mgrid[0:height, 0:width]
    noise = np.random.default_rng(seed).integers(0, 12, (height, width))
    return ((x + 2 * y + 5 * seed + noise) % top).astype(np.uint8)


def mapped(colours: np.ndarray, table: np.ndarray, clear: int | None) -> np.ndarray:
    """Every colour's nearest entry, one at a time."""
    out = np.zeros((*colours.shape[:2], 3), np.uint8)
    for y, x in np.ndindex(*colours.shape[:2]):
        far = ((table.astype(int) - colours[y, x].astype(int)) ** 2).sum(axis=1)
        if clear is not None and clear < len(table):
            far[clear] = far.max() + 1
        out[y, x] = table[int(np.flatnonzero(far == far.min())[0])]
    return out


def outside_stays(before: bytes, after: bytes, *faces: Box) -> tuple[list[np.ndarray], list[np.ndarray]]:
    was, now = naive.play(before), naive.play(after)
    assert len(was) == len(now)
    outside = ~footprint(faces or (FACE,), *was[0].shape[1::-1])
    for a, b in zip(was, now, strict=True):
        assert np.array_equal(a[outside], b[outside])
        assert np.array_equal(a[..., 3], b[..., 3])
    facts = [[(p.delay, p.disposal) for p in naive.read(data)[3]] for data in (before, after)]
    assert facts[0] == facts[1]
    return was, now


@pytest.mark.parametrize("look", ["blur", "mosaic", "fill"])
@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize("local", [False, True])
def test_a_still_shows_the_nearest_entries_of_what_was_painted(look: str, interlaced: bool, local: bool) -> None:
    picture = Picture(numbers(), interlaced=interlaced, table=TABLE if local else None, clear=5)
    source = naive.write(WIDTH, HEIGHT, None if local else TABLE, picture)
    result = paint_gif(source, [FACE], look=look)
    assert (result.faces, result.removed, result.notes) == (1, (), ())
    was, now = outside_stays(source, result.data)
    after = naive.read(result.data)[3][0]
    wanted = painted(was[0][..., :3], [FACE], look)
    inside = footprint([FACE], WIDTH, HEIGHT) & (was[0][..., 3] > 0)
    table = TABLE if after.table is None else after.table
    assert np.array_equal(now[0][inside][:, :3], mapped(wanted, table, 5)[inside])
    assert abs(wanted[inside].astype(int) - now[0][inside][:, :3]).max() <= 16
    assert np.array_equal(after.numbers[~inside], picture.numbers[~inside])
    shown = np.asarray(Image.open(io.BytesIO(result.data)).convert("RGBA"))
    assert np.array_equal(shown[now[0][..., 3] > 0], now[0][now[0][..., 3] > 0])


def test_what_lies_in_a_cell_does_not_matter_but_its_average() -> None:
    face = Box(12, 12, 28, 28)  # cells of 4 pixels from 9, 7
    before = numbers(top=255)
    mixed = before.copy()
    some = mixed[7:31, 9:29].reshape(6, 4, 5, 4).transpose(0, 2, 1, 3).reshape(30, 16)
    some = rng.permuted(some, axis=1)
    mixed[7:31, 9:29] = some.reshape(6, 5, 4, 4).transpose(0, 2, 1, 3).reshape(24, 20)
    assert (core([face], WIDTH, HEIGHT)[7:31, 9:29]).all()
    files = [naive.write(WIDTH, HEIGHT, GREYS, Picture(some)) for some in (before, mixed)]
    assert files[0] != files[1]
    results = [naive.play(paint_gif(file, [face]).data)[0] for file in files]
    assert np.array_equal(results[0], results[1])


def test_frames_that_meet_no_footprint_keep_their_bytes() -> None:
    aside = numbers(9, 8, 4)
    frames = [
        Picture(numbers()),
        Picture(aside, 0, 32),
        Picture(aside, 34, 2, interlaced=True),
        Picture(numbers(seed=3)),
    ]
    source = naive.write(WIDTH, HEIGHT, TABLE, LOOP, *frames)
    result = paint_gif(source, [FACE])
    outside_stays(source, result.data)
    before, after = naive.read(source), naive.read(result.data)
    same = [a.raw == b.raw for a, b in zip(before[3], after[3], strict=True)]
    assert same == [False, True, True, False]
    assert before[4] == after[4] == [LOOP]


@pytest.mark.parametrize("clear", [63, None])
@pytest.mark.parametrize("disposal", [0, 1, 3])
def test_a_frame_that_meets_part_of_a_footprint_grows_to_paint_it_all(clear: int | None, disposal: int) -> None:
    """With a transparent entry, or one that is not in use and becomes so."""
    part = Picture(numbers(8, 6, 2, top=40), 20, 18, clear=clear, disposal=disposal)
    source = naive.write(WIDTH, HEIGHT, TABLE, Picture(numbers(top=63)), part, Picture(numbers(5, 5, 3), 0, 0))
    result = paint_gif(source, [FACE])
    was, now = outside_stays(source, result.data)
    assert result.notes == ()
    after = naive.read(result.data)[3][1]
    table = TABLE if after.table is None else after.table
    wanted = mapped(painted(was[1][..., :3], [FACE], "blur"), table, after.clear)
    inside = core([FACE], WIDTH, HEIGHT)
    assert np.array_equal(now[1][inside][:, :3], wanted[inside])
    again = 0 if disposal == 3 else 1
    assert np.array_equal(now[2][inside], now[again][inside])


def test_a_frame_without_control_block_or_free_entry_gets_both_to_grow() -> None:
    few = TABLE[:2]
    first = Picture(numbers(top=2), control=False)
    part = Picture((numbers(8, 6, 2) % 2).astype(np.uint8), 30, 18, control=False)
    source = naive.write(WIDTH, HEIGHT, few, first, part, version=b"GIF87a")
    result = paint_gif(source, [FACE])
    outside_stays(source, result.data)
    frame = naive.read(result.data)[3][1]
    assert result.data[:6] == b"GIF89a"
    assert frame.clear == 2
    assert frame.table is not None
    assert len(frame.table) > 2


def test_numbers_that_only_painted_pixels_have_are_free() -> None:
    part = Picture(np.arange(256, dtype=np.uint8).reshape(16, 16), 20, 18)
    source = naive.write(WIDTH, HEIGHT, GREYS, Picture(numbers(top=255)), part)
    result = paint_gif(source, [FACE])
    assert result.notes == ()
    was, now = outside_stays(source, result.data)
    inside = core([FACE], WIDTH, HEIGHT)
    wanted = painted(was[1][..., :3], [FACE], "blur")
    assert abs(wanted[inside].astype(int) - now[1][inside][:, :3]).max() <= 8


@pytest.mark.parametrize("full", [False, True])
def test_a_frame_that_cannot_grow_leaves_the_painting_at_rest(full: bool) -> None:
    """Because all 256 entries are in use, or because its rectangle is cleared when its time is over."""
    every = numbers(24, 22, 2)
    beside = ~footprint([FACE], WIDTH, HEIGHT)[18:, 20:]
    every[beside] = np.arange(beside.sum()) % 256
    part = Picture(every, 20, 18) if full else Picture(every % 60, 20, 18, clear=63, disposal=2)
    source = naive.write(WIDTH, HEIGHT, GREYS, Picture(numbers(top=255)), part, Picture(numbers(seed=5, top=255)))
    result = paint_gif(source, [FACE])
    assert result.notes == ("resting-frames",)
    _, now = outside_stays(source, result.data)
    inside = core([FACE], WIDTH, HEIGHT)
    assert np.array_equal(now[1][inside], now[0][inside])
    assert not np.array_equal(now[2][inside], now[0][inside])


def test_a_frame_that_changes_nothing_in_the_footprint_leaves_the_painting() -> None:
    nothing = numbers()
    nothing[footprint([FACE], WIDTH, HEIGHT)] = 63
    source = naive.write(WIDTH, HEIGHT, TABLE, Picture(numbers(seed=2)), Picture(nothing, clear=63))
    result = paint_gif(source, [FACE])
    _, now = outside_stays(source, result.data)
    inside = footprint([FACE], WIDTH, HEIGHT)
    assert np.array_equal(now[1][inside], now[0][inside])


def test_a_file_without_a_palette_is_painted_as_greys() -> None:
    source = naive.write(WIDTH, HEIGHT, None, Picture(numbers(top=255)))
    after = naive.read(paint_gif(source, [FACE]).data)[3][0]
    wanted = painted(GREYS[numbers(top=255)], [FACE], "blur")[..., 0]
    assert np.array_equal(after.numbers, wanted)


def test_frames_beyond_the_screen_widen_the_canvas() -> None:
    source = naive.write(5, 5, TABLE, Picture(numbers()))
    result = paint_gif(source, [FACE])
    assert naive.read(result.data)[:2] == (5, 5)
    after = naive.read(result.data)[3][0].numbers
    outside = ~footprint([FACE], WIDTH, HEIGHT)
    assert np.array_equal(after[outside], numbers()[outside])
    assert (after[14:24, 16:26] != numbers()[14:24, 16:26]).mean() > 0.8


frame = st.builds(
    lambda x, y, w, h, seed, clear, disposal, interlaced, local, control: Picture(
        numbers(min(w, WIDTH - x), min(h, HEIGHT - y), seed, 64),
        x,
        y,
        table=TABLE[::-1] if local else None,
        clear=seed if clear and control else None,
        disposal=disposal if control else 0,
        interlaced=interlaced,
        control=control,
    ),
    *[st.integers(0, 30), st.integers(0, 30), st.integers(1, 44), st.integers(1, 40), st.integers(0, 63)],
    *[st.booleans(), st.integers(0, 3), st.booleans(), st.booleans(), st.booleans()],
)
face = st.builds(lambda x, y, w, h: Box(x, y, x + w, y + h), *[st.integers(-4, 36)] * 2, *[st.integers(4, 20)] * 2)


@settings(max_examples=60, deadline=None)
@given(st.lists(frame, min_size=1, max_size=4), st.lists(face, min_size=1, max_size=2), st.sampled_from([1, 4]))
def test_any_animation_stays_outside_and_shows_only_paint_inside(
    frames: list[Picture], faces: list[Box], cells: int
) -> None:
    source = naive.write(WIDTH, HEIGHT, TABLE, *frames)
    result = paint_gif(source, faces, cells=cells)
    if not result.faces:
        assert result.data is source
        return
    was, now = outside_stays(source, result.data, *faces)
    place = footprint(faces, WIDTH, HEIGHT)
    pictures = naive.read(result.data)[3]
    for number, (old, new) in enumerate(zip(frames, pictures, strict=True)):
        h, w = old.numbers.shape
        own = np.zeros_like(place)
        own[old.top : old.top + h, old.left : old.left + w] = True
        if not (own & place).any():
            assert new.raw in source
        fresh = not any(np.array_equal(was[number][place], earlier[place]) for earlier in was[:number])
        if (own | ~place).all() and fresh:
            table = TABLE if new.table is None else new.table
            inside = core(faces, WIDTH, HEIGHT) & (was[number][..., 3] > 0)
            wanted = painted(was[number][..., :3], faces, "blur", cells)[inside][:, None]
            assert np.array_equal(now[number][inside][:, None, :3], mapped(wanted, table, new.clear))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_gif, "Window", _Whole)
        assert paint_gif(source, faces, cells=cells).data == result.data


class _Whole:
    """The slow way: all of the canvas is played."""

    @staticmethod
    def of(where: object, look: int, *, whole: bool) -> _stage.Window:
        return _stage.Window.of(where, look, whole=True)  # type: ignore[arg-type]


@settings(max_examples=20, deadline=None)
@given(st.lists(frame, min_size=2, max_size=4), st.integers(1, 2**31))
def test_nothing_of_the_original_is_left_in_any_frame(frames: list[Picture], seed: int) -> None:
    """Two animations that differ inside the cells of a core only, their averages being one, become one."""
    box = Box(12, 12, 28, 28)
    files = []
    for shuffled in (False, True):
        changed = []
        for picture in frames:
            full = np.zeros((HEIGHT, WIDTH), np.uint8)
            full[:] = numbers(seed=int(picture.numbers[0, 0]) + 1, top=60)
            if shuffled:
                some = full[7:31, 9:29].reshape(6, 4, 5, 4).transpose(0, 2, 1, 3).reshape(30, 16)
                some = np.random.default_rng(seed).permuted(some, axis=1)
                full[7:31, 9:29] = some.reshape(6, 5, 4, 4).transpose(0, 2, 1, 3).reshape(24, 20)
            changed.append(picture.but(numbers=full, left=0, top=0, clear=None))
        files.append(naive.play(paint_gif(naive.write(WIDTH, HEIGHT, TABLE, *changed), [box]).data))
    assert all(np.array_equal(a, b) for a, b in zip(*files, strict=True))


def test_the_nearest_entry_is_found_as_by_looking_at_each() -> None:
    colours = rng.integers(0, 256, (40, 30, 3), dtype=np.uint8)
    for clear in (None, 3, 200):
        found = TABLE[nearest(colours.reshape(-1, 3), TABLE, clear)].reshape(40, 30, 3)
        assert np.array_equal(found, mapped(colours, TABLE, clear))


def test_a_palette_gains_entries_only_where_that_helps() -> None:
    colours = np.array([[10, 20, 30], [12, 20, 30], [200, 0, 0]], np.uint8)
    kept = np.zeros(256, bool)
    near = np.array([[10, 20, 30], [200, 4, 4]], np.uint8)
    assert gained(colours, near, kept, None) is None
    far = np.zeros((4, 3), np.uint8)
    kept[:2] = True
    room = gained(colours, far, kept, 3)
    assert room is not None
    assert room.tolist() == [[0, 0, 0]] * 2 + [[10, 20, 30], [0, 0, 0], [12, 20, 30], [200, 0, 0], [0, 0, 0], [0, 0, 0]]
    kept[200] = True  # a pixel beyond the palette shall stay beyond it
    assert gained(colours, far, kept, 3) is None
    kept[2:4] = kept[200] = False
    room = gained(colours, far, kept | (np.arange(256) >= 4), None)
    assert room is not None
    assert room.tolist()[2:] == [[12, 20, 28], [204, 4, 4]]
    kept[:] = True
    assert gained(colours, far, kept, None) is None


def test_nothing_to_paint_is_metadata_only() -> None:
    source = naive.write(WIDTH, HEIGHT, TABLE, LOOP, Picture(numbers()))
    for faces in ([], [Box(400, 400, 500, 500)]):
        assert paint_gif(source, faces).data is source
    noted = naive.write(WIDTH, HEIGHT, TABLE, naive.extension(0xFE, b"hello"), Picture(numbers()))
    assert paint_gif(noted, []).removed == ("comment",)


SMALL = naive.write(WIDTH, HEIGHT, TABLE, Picture(numbers()))
HUGE = SMALL.replace(b"\x2c\0\0\0\0" + bytes((WIDTH, 0, HEIGHT, 0)), b"\x2c\0\0\0\0\xff\xff\xff\xff")
WIDE = SMALL.replace(b"\x2c\0\0\0\0" + bytes((WIDTH, 0, HEIGHT, 0)), b"\x2c\0\0\0\0\xff\x17\xff\x17")


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (b"GIF99a" + SMALL[6:], "not-a-gif"),
        (SMALL[:12], "truncated-header"),
        (SMALL[:100], "truncated-header"),
        (SMALL[:205] + b"\x3b", "no-image-data"),
        (SMALL[:500], "truncated"),
        (HUGE, "too-many-pixels"),
        (WIDE, "truncated"),
        (naive.write(9, 9, TABLE, Picture(np.zeros((9, 9), np.uint8))).replace(b"\x06", b"\x0c"), "damaged-data"),
        (naive.write(9, 9, TABLE, Picture(np.zeros((0, 9), np.uint8))), "no-image-data"),
    ],
)
def test_what_cannot_be_decoded_is_refused_with_a_reason(source: bytes, reason: str) -> None:
    with pytest.raises(SampleError) as caught:
        paint_gif(source, [Box(1, 1, 9, 9)])
    assert caught.value.reason == reason


def test_more_frames_than_anyone_can_look_at_are_refused() -> None:
    source = naive.write(WIDTH, HEIGHT, TABLE, *[Picture(numbers())] * 12)
    with pytest.raises(Unsupported, match="too-many-pixels"):
        paint_gif(source, [FACE], max_pixels=1 << 16)
    assert paint_gif(source, [FACE], max_pixels=1 << 17).faces == 1


def test_unknown_words_are_refused() -> None:
    with pytest.raises(UsageError, match="look"):
        paint_gif(SMALL, [FACE], look="imagenet2021")
    with pytest.raises(UsageError, match="policy"):
        paint_gif(SMALL, [FACE], metadata="none")


MANY = naive.write(
    WIDTH, HEIGHT, TABLE, LOOP, Picture(numbers(), clear=3), Picture(numbers(20, 20), 10, 10, clear=1, disposal=3)
)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9999), st.integers(0, 255)), min_size=1, max_size=6), st.integers(0, 9999))
def test_mutated_files_give_a_picture_or_a_sample_error(changes: list[tuple[int, int]], cut: int) -> None:
    source = bytearray(MANY)
    for at, value in changes:
        source[at % len(source)] = value
    data = bytes(source[: cut if cut > 300 else None])
    try:
        result = paint_gif(data, [Box(5, 5, 20, 20)], max_pixels=1 << 20)
    except (DecodeError, Unsupported):
        return
    assert paint_gif(result.data, [Box(5, 5, 20, 20)], max_pixels=1 << 20).faces == result.faces
