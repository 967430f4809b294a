"""Whatever comes in: a result with its promises kept, or DecodeError."""

from __future__ import annotations

import io
import warnings

import fabricated_metadata as made
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from overpaint.errors import DecodeError
from overpaint.painting._metadata import NAMES, POLICIES, Stripped, strip_jpeg, strip_png
from overpaint.painting._metadata._pictures import picture_in
from overpaint.painting._metadata._segments import walk

policies = st.sampled_from(POLICIES)
junk = st.binary(max_size=60)
carriers = st.sampled_from(
    [
        *(made.jfxx(), made.exif(made.full_tiff()), made.xmp(), made.extended_xmp(), made.flir(), made.mpf()),
        *(made.icc(b"one", b"two"), made.jumbf(), made.photoshop(), made.segment(0xFE, b"comment")),
        *(made.segment(0xFE, made.thumbnail()), made.exif(made.tiff({0: [made.orientation_entry(3)]}))),
    ]
)
segments = st.one_of(carriers, st.builds(made.segment, st.integers(0xE0, 0xEF) | st.just(0xFE), junk))


def pixels(data: bytes) -> tuple[str, bytes] | str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(io.BytesIO(data), formats=["JPEG", "PNG"]) as image:
                image.load()
                return image.mode, image.tobytes()
        except Exception as error:  # noqa: BLE001  # Pillow raises many kinds
            return type(error).__name__


def orientation(data: bytes) -> int | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Image.open(io.BytesIO(data), formats=["JPEG"]).getexif().get(0x0112)


def promises(data: bytes, result: Stripped) -> None:
    assert (result.data is data) == (result.removed == ())
    assert set(result.removed) <= set(NAMES)
    assert list(result.removed) == sorted(result.removed)


@settings(max_examples=200, deadline=None)
@given(
    before=st.lists(segments, max_size=6),
    between=st.lists(segments, max_size=3),
    behind=junk,
    policy=policies,
    painted=st.booleans(),
)
def test_any_segments_anywhere(
    before: list[bytes], between: list[bytes], behind: bytes, policy: str, painted: bool
) -> None:
    plain = made.plain_jpeg(progressive=True)
    at = plain.index(b"\xff\xc4", plain.index(b"\xff\xda"))
    data = made.with_segments(plain[:at] + b"".join(between) + plain[at:], *before) + behind
    result = strip_jpeg(data, policy=policy, painted=painted)
    promises(data, result)
    assert strip_jpeg(result.data, policy=policy, painted=painted) == Stripped(result.data, ())
    assert pixels(result.data) == pixels(plain)
    if policy == "keep" and not painted:
        return
    assert result.data.endswith(plain[plain.rindex(b"\xff\xda") :])
    for part in walk(result.data).parts:
        if part.marker >= 0xE0 and not result.data.startswith(b"ICC_PROFILE", part.body):
            assert picture_in(result.data[part.start : part.end]) is None
    if policy == "strip":
        kept = {6, 3} & {orientation(data)} if any(b"Exif\0\0" in one for one in before) else set()
        assert ({orientation(result.data)} - {None, 1}) >= (kept if not between else set())


@settings(max_examples=300, deadline=None)
@given(
    changes=st.lists(st.tuples(st.integers(0, 9999), st.integers(0, 255)), max_size=6),
    cut=st.integers(0, 9999),
    policy=policies,
    painted=st.booleans(),
    progressive=st.booleans(),
)
def test_mutated_jpeg(changes: list[tuple[int, int]], cut: int, policy: str, painted: bool, progressive: bool) -> None:
    source = bytearray(made.everything(made.plain_jpeg(progressive=progressive)))
    for at, value in changes:
        source[at % len(source)] = value
    data = bytes(source[: max(0, len(source) - cut)] if cut < 2000 else source)
    try:
        result = strip_jpeg(data, policy=policy, painted=painted)
    except DecodeError:
        return
    promises(data, result)
    assert strip_jpeg(result.data, policy=policy, painted=painted) == Stripped(result.data, ())
    before = pixels(data)
    assert isinstance(before, str) or pixels(result.data) == before


@settings(max_examples=200, deadline=None)
@given(
    changes=st.lists(st.tuples(st.integers(0, 9999), st.integers(0, 255)), max_size=4),
    cut=st.integers(0, 9999),
    policy=policies,
    painted=st.booleans(),
)
def test_mutated_png(changes: list[tuple[int, int]], cut: int, policy: str, painted: bool) -> None:
    source = bytearray(made.everything_png())
    for at, value in changes:
        source[at % len(source)] = value
    data = bytes(source[: max(0, len(source) - cut)] if cut < 4000 else source)
    try:
        result = strip_png(data, policy=policy, painted=painted)
    except DecodeError:
        return
    promises(data, result)
    assert strip_png(result.data, policy=policy, painted=painted) == Stripped(result.data, ())
    before = pixels(data)
    assert isinstance(before, str) or pixels(result.data) == before


@settings(max_examples=200, deadline=None)
@given(
    data=st.binary(max_size=200), start=st.sampled_from([b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b""]), policy=policies
)
def test_noise(data: bytes, start: bytes, policy: str) -> None:
    whole = start + data
    for strip in (strip_jpeg, strip_png):
        try:
            result = strip(whole, policy=policy, painted=True)
        except DecodeError:
            continue
        promises(whole, result)
