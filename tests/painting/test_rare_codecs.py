"""Portable bitmaps, TGA, JPEG 2000 and icons: painted exactly, stripped of what rides along, and checked."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from painting_reference import painted_plane
from PIL import Image

from overpaint.checks import check
from overpaint.errors import SampleError, Unsupported
from overpaint.formats import sniff
from overpaint.painting import POLICIES, paint
from overpaint.painting._regions import regions
from overpaint.pipeline import check_editable
from overpaint.records import Box, Outcome

paint = partial(paint, look="blur")  # of the looks the one that depends most on what lies under it

FACE = Box(40, 20, 66, 54)
FOOTPRINT = (32, 5, 74, 64)
FOOTER = b"TRUEVISION-XFILE.\0"


def picture(mode: str = "RGB") -> Image.Image:
    path = Path(mpl.get_data_path()) / "sample_data" / "grace_hopper.jpg"
    image = Image.open(path).convert("RGB").resize((102, 120))
    if mode in {"LA", "RGBA"}:
        image = image.convert(mode)
        image.putalpha(Image.fromarray(np.tile(np.arange(102, dtype=np.uint8) + 100, (120, 1))))
    return image.convert(mode)


def wide() -> NDArray[np.uint16]:
    grey = np.asarray(picture("L")).astype(np.uint16)
    return grey * 257 + np.arange(102, dtype=np.uint16) % 200


def bitmap(kind: int, top: int = 255, *, comment: bytes = b"", behind: bytes = b"") -> bytes:
    samples = np.asarray(picture("RGB" if kind in {3, 6} else "L")).astype(np.uint32).reshape(120, -1)
    samples = (samples * top + 127) // 255
    head = b"P%d\n%s%d %d\n" % (kind, comment, 102, 120)
    if kind in {1, 4}:
        black = (samples * 255 < 110 * top).astype(np.uint8)
        body = np.packbits(black, axis=1).tobytes() if kind == 4 else bytes(black.ravel() + ord("0"))
        return head + body + behind
    head += b"%d\n" % top
    if kind <= 3:
        return head + b"\n".join(b" ".join(b"%d" % v for v in row) for row in samples.tolist()) + b"\n" + behind
    return head + samples.astype(">u2" if top > 255 else "u1").tobytes() + behind


def tga(mode: str, *, rle: bool = False, flags: int = 0, text: bytes = b"") -> bytes:
    out = io.BytesIO()
    image = picture("RGB").quantize(200) if mode == "P" else picture(mode)
    image.save(out, "TGA", rle=rle, id_section=text, orientation=1 if flags & 0x20 else -1)
    data = bytearray(out.getvalue())
    data[17] = data[17] & 0x0F | flags
    return bytes(data)


def sixteen() -> bytes:
    values = np.asarray(picture("RGB")).astype(np.uint16) >> 3
    words = 0x8000 | values[:, :, 0] << 10 | values[:, :, 1] << 5 | values[:, :, 2]
    return bytes((0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 102, 0, 120, 0, 16, 0x21)) + words.astype("<u2").tobytes()


def with_areas(data: bytes, *, stamp: bytes = b"\4\4stamp of her face", made: bytes = b"developer") -> bytes:
    """A TGA with an extension area (an author, whether alpha counts), a postage stamp, a developer area, a footer."""
    data = data.removesuffix(bytes(8) + FOOTER)
    area = bytearray(495)
    area[:2], area[2:10], area[494] = struct.pack("<H", 495), bytes(8) if stamp else b"Jane Doe", 0
    area[486:490] = struct.pack("<I", len(data) + 495 if stamp else 0)
    developer = len(data) + 495 + len(stamp) if made else 0
    return data + bytes(area) + stamp + made + struct.pack("<II", len(data), developer) + FOOTER


def jp2(mode: str, **options: object) -> bytes:
    out = io.BytesIO()
    image = Image.fromarray(wide()) if mode == "I;16" else picture(mode)
    image.save(out, "JPEG2000", **options)
    return out.getvalue()


def box(kind: bytes, payload: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(payload), kind) + payload


def ico(mode: str) -> bytes:
    """An icon: a PNG, or a bitmap of which a mask hides a part."""
    out = io.BytesIO()
    image = picture("RGB").quantize(200) if mode == "P" else picture("RGBA" if mode == "png" else mode)
    image.save(out, "PNG" if mode == "png" else "BMP")
    blob, depth = out.getvalue(), 32
    if mode != "png":
        mask = (np.arange(16 * 120) % 251 * (np.arange(16 * 120) % 16 < 3)).astype(np.uint8).tobytes()
        depth = blob[28]
        blob = blob[14:22] + struct.pack("<i", 240) + blob[26:] + mask
    return struct.pack("<HHHBBBBHHII", 0, 1, 1, 102, 120, 0, 0, 1, depth, len(blob), 22) + blob


def sources() -> Iterator[tuple[str, bytes]]:
    for kind in range(1, 7):
        yield f"P{kind}", bitmap(kind)
    for kind, top in ((2, 9), (3, 1000), (5, 100), (5, 4095), (6, 65535)):
        yield f"P{kind}-{top}", bitmap(kind, top)
    for mode in ("L", "LA", "RGB", "RGBA", "P"):
        for rle in (False, True):
            for flags in (0, 0x10, 0x20, 0x30):
                yield f"tga-{mode}-{rle}-{flags}", tga(mode, rle=rle, flags=flags)
    yield "tga-16", sixteen()
    for mode in ("L", "LA", "RGB", "RGBA", "I;16"):
        yield f"jp2-{mode}", jp2(mode)
    yield "j2k", jp2("RGB", no_jp2=True)
    for mode in ("1", "L", "P", "RGB", "png"):
        yield f"ico-{mode}", ico(mode)
    yield "jp2-lossy", jp2("RGB", irreversible=True, quality_layers=[20])


SOURCES = dict(sources())


def shown(data: bytes) -> NDArray[np.int64]:
    with Image.open(io.BytesIO(data)) as image:
        image = image.convert("RGBA") if image.mode in {"P", "RGB", "RGBA"} else image
        samples = np.asarray(image.convert("L") if image.mode == "1" else image)
    return samples.reshape(120, 102, -1).astype(np.int64)


@pytest.mark.parametrize("name", SOURCES)
@pytest.mark.parametrize("look", ["blur", "fill"])
def test_painted_inside_and_the_same_outside(name: str, look: str) -> None:
    before = SOURCES[name]
    after = paint(before, [FACE], look=look)
    assert after.outcome is Outcome.REDACTED
    assert sniff(after.data).codec == sniff(before).codec
    one, two = shown(before), shown(after.data)
    x0, y0, x1, y1 = FOOTPRINT
    differs = (one != two).any(axis=2)
    assert differs[25:50, 45:60].mean() > 0.4
    differs[y0:y1, x0:x1] = False
    assert not differs.any()
    verdict = check(before, after.data, [FACE], look=look, outcome=after.outcome)
    assert verdict.ok, verdict.problems


@pytest.mark.parametrize("name", ["P5", "P6", "tga-LA-False-32", "tga-RGB-True-0", "jp2-RGB", "jp2-I;16"])
def test_equals_the_slow_reference(name: str) -> None:
    before, after = shown(SOURCES[name]), shown(paint(SOURCES[name], [FACE]).data)
    where = regions([FACE], width=102, height=120)
    for channel in range({1: 1, 2: 1, 4: 3}[before.shape[2]]):
        wanted = painted_plane(before[:, :, channel], 16 if name == "jp2-I;16" else 8, where, "blur")
        assert np.array_equal(after[:, :, channel], wanted)


@pytest.mark.parametrize("name", SOURCES)
def test_checks_see_what_was_not_painted(name: str) -> None:
    before = SOURCES[name]
    after = paint(before, [FACE]).data
    other = paint(before, [Box(10, 70, 36, 104)]).data
    assert not check(before, other, [FACE], outcome=Outcome.REDACTED).ok  # elsewhere
    assert not check(before, before, [FACE], outcome=Outcome.REDACTED).ok  # nowhere
    assert not check(before, after, [], outcome=Outcome.METADATA_ONLY).ok  # where nothing was to be painted
    assert not check(before, after, [FACE], outcome=Outcome.METADATA_ONLY).ok


def carriers() -> Iterator[tuple[str, bytes, set[str]]]:
    yield "raw", bitmap(6, comment=b"# Jane Doe\n"), {"comment"}
    yield "plain", bitmap(2, comment=b"# Jane Doe\n", behind=b"Jane Doe"), {"comment", "data-after-end"}
    yield "behind", bitmap(5, behind=b"Jane Doe"), {"data-after-end"}
    yield "id", tga("RGB", text=b"Jane Doe"), {"comment"}
    yield "areas", with_areas(tga("RGBA")), {"tga-extension", "tga-developer"}
    yield "both", with_areas(tga("P", rle=True, text=b"Jane")), {"comment", "tga-extension", "tga-developer"}
    yield "author", with_areas(tga("RGBA"), stamp=b"", made=b""), {"tga-extension"}
    yield "stamp", with_areas(tga("RGBA"), made=b""), {"tga-extension"}
    plain = jp2("RGB", comment=b"Jane Doe")
    yield "jp2-comment", plain, {"comment"}
    icon = ico("RGB")
    yield "icon", icon + b"Jane Doe", {"unreferenced"}
    uuid = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
    rest = box(b"xml ", b"<x>Jane</x>") + box(b"uuid", uuid + b"<x>Jane</x>") + box(b"uuid", b"JpgTiffExif->JP2Jane")
    at = plain.index(b"jp2c") - 4
    yield "jp2-boxes", plain[:at] + rest + plain[at:] + box(b"uinf", b"Jane"), {"comment", "xmp", "exif", "vendor-box"}


CARRIERS = {name: (data, names) for name, data, names in carriers()}


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("name", CARRIERS)
def test_what_rides_along(name: str, policy: str) -> None:
    before, names = CARRIERS[name]
    for faces in ([], [FACE]):
        after = paint(before, faces, metadata=policy)
        assert check(before, after.data, faces, metadata=policy, outcome=after.outcome).ok
        if policy != "keep":
            assert set(after.metadata_removed) == names
            assert b"Jane" not in after.data
            assert b"stamp" not in after.data
        elif not faces:
            assert after.data == before
        again = paint(after.data, [], metadata=policy)
        assert again.outcome is Outcome.IDENTICAL
        assert again.data is after.data
    if policy != "keep":
        assert not check(before, before, [], metadata=policy, outcome=Outcome.IDENTICAL).ok


def test_a_tga_still_says_whether_its_fourth_channel_counts() -> None:
    before = with_areas(tga("RGBA"))
    assert Image.open(io.BytesIO(before)).convert("RGBA").getextrema()[3] == (255, 255)
    after = paint(before, [FACE]).data
    assert Image.open(io.BytesIO(after)).convert("RGBA").getextrema()[3] == (255, 255)
    assert b"stamp" not in paint(before, [FACE], metadata="keep").data


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (bitmap(5) + bitmap(5), "several-pictures"),
        (bitmap(5)[:-1], "truncated"),
        (bitmap(2)[:-9], "truncated"),
        (bitmap(2).replace(b"255", b"100", 1), "damaged-data"),
        (b"P5 2 2 70000\n" + bytes(8), "damaged-header"),
        (b"P5 2 2 255# told in two ways\n" + bytes(99), "damaged-header"),
        (tga("RGB")[:-60], "truncated"),
        (tga("RGB", rle=True)[:-60], "truncated"),
        (jp2("RGB")[:40], "no-image-data"),
        (ico("RGB")[:-9], "truncated"),
        (ico("RGB")[:4] + b"\2" + ico("RGB")[5:], "several-pictures"),
        (ico("RGB")[:38] + b"\1" + ico("RGB")[39:], "icon-bitmap"),
        (jp2("RGB").replace(b"\0\0\0\x10\0", b"\0\0\0\x12\0", 1), "jp2-colours"),
    ],
)
def test_refused(data: bytes, reason: str) -> None:
    with pytest.raises(SampleError) as error:
        paint(data, [FACE])
    assert error.value.reason == reason


def test_nothing_is_allocated_for_a_header() -> None:
    for data in (
        b"P6 64000 64000 255\n" + bytes(64),
        bytes((0, 0, 10)) + bytes(9) + b"\xff\xff\xff\xff\x18\0" + bytes(64),
    ):
        with pytest.raises(SampleError) as error:
            paint(data, [FACE])
        assert error.value.reason == "truncated"


@pytest.mark.parametrize("sides", [(64_000, 64_000), (7100, 7100)])
def test_what_openjpeg_would_allocate_is_bounded(sides: tuple[int, int]) -> None:
    whole, told = jp2("RGB", no_jp2=True), struct.pack(">II", *sides)
    data = whole[:8] + told + whole[16:24] + told + whole[32:]
    for refused in (lambda: paint(data, [FACE]), lambda: check_editable(sniff(data), max_pixels=200_000_000)):
        with pytest.raises(Unsupported, match="too-many-pixels"):
            refused()
    assert check(data, data, [FACE], outcome=Outcome.REDACTED).reasons == ("text-left", "undecodable")


def test_a_palette_with_transparent_entries_is_refused() -> None:
    head = bytes((0, 1, 1, 0, 0, 2, 0, 32)) + bytes(4) + struct.pack("<HHBB", 102, 120, 8, 8)
    with pytest.raises(Unsupported, match="tga-palette"):
        paint(head + b"\1\2\3\0\4\5\6\xff" + bytes(102 * 120), [FACE])


@given(st.binary(max_size=80), st.sampled_from(sorted(SOURCES)), st.integers(0, 2000), st.data())
@settings(max_examples=150, deadline=None)
def test_damage_is_refused_or_painted(noise: bytes, name: str, at: int, draw: st.DataObject) -> None:
    whole = SOURCES[name]
    at = draw.draw(st.integers(0, min(len(whole), 400)))
    data = whole[:at] + noise + whole[at + len(noise) :]
    for faces in ([], [FACE]):
        try:
            after = paint(data, faces)
        except SampleError:
            continue
        check(data, after.data, faces, outcome=after.outcome)
