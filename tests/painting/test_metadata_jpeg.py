from __future__ import annotations

import base64
import io
import struct

import fabricated_metadata as made
import numpy as np
import pytest
from PIL import Image

from overpaint.errors import DecodeError, UsageError
from overpaint.painting._metadata import NAMES, POLICIES, jpeg_orientation, strip_jpeg

JPEG_START = b"\xff\xd8\xff"


def decoded(data: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(data), formats=["JPEG"]) as image:
        return np.asarray(image)


def scan(data: bytes) -> bytes:
    """From the last frame header on: what no policy may touch in a file without anything between its scans."""
    return data[data.rindex(b"\xff\xc0") : data.rindex(b"\xff\xd9") + 2]


def exif_of(data: bytes) -> Image.Exif:
    return Image.open(io.BytesIO(data), formats=["JPEG"]).getexif()


def kinds(data: bytes) -> list[int]:
    """Codes of the segments before the first scan, read naively."""
    found, at = [], 2
    while data[at + 1] != 0xDA:
        found.append(data[at + 1])
        at += 2 + struct.unpack_from(">H", data, at + 2)[0]
    return found


@pytest.mark.parametrize("painted", [False, True])
@pytest.mark.parametrize("policy", POLICIES)
def test_every_carrier_at_once(policy: str, painted: bool) -> None:
    source = made.jfif_thumbnail(made.plain_jpeg())
    data = made.everything(source)
    result = strip_jpeg(data, policy=policy, painted=painted)
    assert set(result.removed) <= set(NAMES)
    assert list(result.removed) == sorted(set(result.removed))
    assert np.array_equal(decoded(result.data), decoded(source))
    assert exif_of(result.data)[0x0112] == 6
    if policy == "keep" and not painted:
        assert result.data is data
        assert result.removed == ()
        return
    assert result.data.find(JPEG_START, 1) == -1
    assert result.data.endswith(scan(source))
    assert (made.SECRET in result.data) == (policy == "keep")
    assert strip_jpeg(result.data, policy=policy, painted=painted).data is result.data


def test_strip_leaves_what_shows_the_picture_and_nothing_else() -> None:
    result = strip_jpeg(made.everything(), policy="strip", painted=False)
    assert kinds(result.data)[:4] == [0xE0, 0xE1, 0xE2, 0xE2]
    assert set(kinds(result.data)[4:]) == {0xDB, 0xC0, 0xC4}
    assert dict(exif_of(result.data)) == {0x0112: 6}
    assert Image.open(io.BytesIO(result.data)).info["icc_profile"] == b"a" * 200 + b"b" * 100
    assert {"gps", "maker-note", "exif-thumbnail", "photoshop-thumbnail", "jfif-thumbnail", "iptc"} <= set(
        result.removed
    )
    assert {"mpf", "jfxx", "jumbf", "flir", "fpxr", "xmp", "xmp-extended", "comment"} <= set(result.removed)
    assert "data-after-eoi" in result.removed


@pytest.mark.parametrize(
    ("segment", "names"),
    [
        (made.jfxx(), {"jfxx"}),
        (made.xmp(), {"xmp"}),
        (made.extended_xmp(), {"xmp-extended"}),
        (made.mpf(), {"mpf"}),
        (made.jumbf(), {"jumbf"}),
        (made.flir(), {"flir"}),
        (made.segment(0xE2, b"FPXR\0data"), {"fpxr"}),
        (made.segment(0xE2, b"ICC_PROFIL"), {"vendor-segment"}),
        (made.segment(0xEE, b"Adobe"), {"vendor-segment"}),
        (made.segment(0xEC, b"Ducky\0\x01\0\x04\0\0\0\x50"), {"vendor-segment"}),
        (made.segment(0xE5, b"any" + made.thumbnail()), {"vendor-segment", "nested-jpeg"}),
        (made.segment(0xFE, b"words"), {"comment"}),
        (made.segment(0xFE, b"\x89PNG\r\n\x1a\n"), {"comment", "nested-image"}),
        (made.photoshop(made.resource(0x0404, made.IPTC)), {"photoshop", "iptc"}),
        (made.photoshop(made.resource(0x0409, bytes(100))), {"photoshop", "photoshop-thumbnail"}),
        (made.segment(0xED, b"Photoshop 3.0\0broken"), {"photoshop"}),
        (made.segment(0xED, b"Adobe_CM"), {"vendor-segment"}),
        (b"\0\0\0", {"stray-bytes"}),
        (made.exif(made.tiff({0: [made.orientation_entry(1)]})), {"exif"}),
        (made.exif(b"II*\0\xff\xff\xff\xff"), {"exif", "exif-broken"}),
        (made.exif(b"no tiff"), {"exif", "exif-broken"}),
        (made.exif(b""), {"exif", "exif-broken"}),
        (b"\xff\xff\xff" + made.segment(0xFE, b"after fill bytes"), {"comment"}),
    ],
)
@pytest.mark.parametrize("between", [False, True])
def test_strip_removes_one_carrier_and_gives_back_the_plain_file(
    segment: bytes, names: set[str], between: bool
) -> None:
    plain = made.plain_jpeg(progressive=between)
    data = made.with_segments(plain, segment)
    if between:  # behind the first scan of a progressive file, before the next table
        at = plain.index(b"\xff\xc4", plain.index(b"\xff\xda"))
        data = plain[:at] + segment + plain[at:]
        if segment[:1] == b"\0" or segment[:2] == b"\xff\xff":
            return  # here these are bytes of the scan
    result = strip_jpeg(data, policy="strip", painted=False)
    assert set(result.removed) == names
    assert result.data == plain


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("painted", [False, True])
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_where_nothing_is_to_go_the_same_object_comes_back(policy: str, painted: bool, mode: str) -> None:
    data = made.with_segments(
        made.plain_jpeg(mode=mode),
        made.exif(made.tiff({0: [made.orientation_entry(8, "<")]}, order="<")),
        made.icc(b"profile"),
    )
    result = strip_jpeg(data, policy=policy, painted=painted)
    assert result.data is data
    assert result.removed == ()


def test_adobe_stays_because_colours_depend_on_it() -> None:
    data = made.plain_jpeg(mode="CMYK")
    assert b"Adobe" in data
    longer = data.replace(b"\xff\xee\0\x0eAdobe", b"\xff\xee\0\x12Adobe").replace(
        data[data.index(b"Adobe") :][:12], data[data.index(b"Adobe") :][:12] + b"more"
    )
    result = strip_jpeg(longer, policy="strip", painted=False)
    assert result.data == data
    assert result.removed == ("stray-bytes",)


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart": True}])
@pytest.mark.parametrize("policy", ["strip", "keep-safe"])
def test_what_follows_the_end_marker_goes(options: dict[str, bool], policy: str) -> None:
    plain = made.plain_jpeg(**options)
    result = strip_jpeg(plain + b"\0\0" + made.plain_jpeg(seed=2), policy=policy, painted=False)
    assert result.data == plain
    assert result.removed == ("data-after-eoi",)


def test_a_second_picture_behind_a_cut_scan_goes() -> None:
    plain = made.plain_jpeg()
    cut = plain[: plain.index(b"\xff\xda") + 60]
    result = strip_jpeg(cut + made.plain_jpeg(seed=2), policy="strip", painted=False)
    assert result.data == cut + b"\xff\xd9"
    assert result.removed == ("data-after-eoi",)


def test_a_cut_scan_alone_stays_as_it_is() -> None:
    cut = made.plain_jpeg()[:-60]
    assert strip_jpeg(cut, policy="strip", painted=False).data is cut


def test_a_number_of_lines_behind_the_scan_stays() -> None:
    plain = made.plain_jpeg()
    data = plain[:-2] + made.segment(0xDC, b"\0\x20") + made.segment(0xFE, b"x") + plain[-2:]
    result = strip_jpeg(data, policy="strip", painted=False)
    assert result.data == plain[:-2] + made.segment(0xDC, b"\0\x20") + plain[-2:]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not-a-jpeg"),
        (b"\x89PNG\r\n\x1a\n", "not-a-jpeg"),
        (b"\xff\xd8", "truncated-header"),
        (b"\xff\xd8\xff", "truncated-header"),
        (b"\xff\xd8\xff\xd9", "no-scan"),
        (b"\xff\xd8\xff\xd8\xff\xd9", "damaged-header"),
        (b"\xff\xd8\xff\xe0\0\x01", "damaged-header"),
        (b"\xff\xd8\xff\x05\0\x04ab", "damaged-header"),
        (made.plain_jpeg()[:100], "truncated-header"),
    ],
)
def test_a_header_that_cannot_be_read_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(DecodeError) as caught:
        strip_jpeg(data, policy="strip", painted=False)
    assert caught.value.reason == reason


def test_an_unknown_policy_is_refused() -> None:
    with pytest.raises(UsageError, match="strip, keep-safe, keep"):
        strip_jpeg(made.plain_jpeg(), policy="none", painted=False)


def test_a_jpeg_hidden_in_a_profile_is_overwritten_but_a_chance_likeness_is_not() -> None:
    chance = made.with_segments(made.plain_jpeg(), made.icc(b"\0" * 50 + JPEG_START + b"\x01" * 50))
    assert strip_jpeg(chance, policy="strip", painted=True).data is chance
    hidden = made.with_segments(made.plain_jpeg(), made.icc(b"\0" * 50 + made.thumbnail()))
    result = strip_jpeg(hidden, policy="strip", painted=False)
    assert result.removed == ("nested-jpeg",)
    assert result.data.find(JPEG_START, 1) == -1
    assert len(result.data) == len(hidden)


PICTURES_IN_XMP = [
    b"<xmpGImg:image>" + base64.b64encode(made.thumbnail()) + b"</xmpGImg:image>",
    b'<rdf:Description GDepth:Data="x"/>',
    b"<Container:Directory/>",
    b'<x GCamera:MicroVideoOffset="99"/>',
    b'<x hdrgm:Version="1.0"/>',
    b"<x:any>" + base64.encodebytes(bytes(1000)).replace(b"\n", b"&#xA;") + b"</x:any>",
    b"<x:any>" + base64.encodebytes(bytes(1000)) + b"</x:any>",
    b"<x:any>/9j/4AAQSkZJRgABAQ</x:any>",
    "<GDepth:Data>".encode("utf-16"),
]


@pytest.mark.parametrize("body", PICTURES_IN_XMP)
def test_keep_drops_xmp_that_shows_or_points_to_a_picture_once_painted(body: bytes) -> None:
    data = made.with_segments(made.plain_jpeg(), made.xmp(body))
    assert strip_jpeg(data, policy="keep", painted=False).data is data
    result = strip_jpeg(data, policy="keep", painted=True)
    assert result.removed == ("xmp", "xmp-image")
    assert result.data == made.plain_jpeg()


@pytest.mark.parametrize(
    "segment",
    [
        made.xmp(),
        made.segment(0xFE, b"words"),
        made.segment(0xEC, b"Ducky\0\x01\0\x04\0\0\0\x50"),
        made.photoshop(made.resource(0x0404, made.IPTC), made.resource(0x03ED, bytes(16), b"named")),
        made.photoshop(*(made.resource(2000 + n, bytes(9000)) for n in range(15))),
        made.exif(made.full_tiff(note=b"plain words", preview=b"")),
    ],
)
def test_keep_keeps_what_cannot_show_the_picture(segment: bytes) -> None:
    data = made.with_segments(made.plain_jpeg(), segment)
    result = strip_jpeg(data, policy="keep", painted=True)
    assert result.removed == ()
    assert result.data is data


def test_photoshop_resources_without_pictures_stay_in_place() -> None:
    stays = [made.resource(0x0404, made.IPTC), *(made.resource(2000 + n, bytes(9000)) for n in range(14))]
    goes = [
        made.resource(0x0409, bytes(30000)),
        made.resource(0x040C, made.thumbnail()),
        made.resource(0x0422, b"II*\0"),
    ]
    goes += [made.resource(0x0424, b"<xmpGImg:image>"), made.resource(0x1000, made.thumbnail())]
    data = made.with_segments(made.plain_jpeg(), made.photoshop(*stays[:2], *goes, *stays[2:]))
    result = strip_jpeg(data, policy="keep", painted=True)
    assert result.removed == ("exif", "nested-jpeg", "photoshop-thumbnail", "xmp-image")
    assert strip_jpeg(result.data, policy="keep", painted=True).data is result.data
    block = b""
    for piece in result.data[: result.data.index(b"\xff\xdb")].split(b"Photoshop 3.0\0")[1:-1]:
        block += piece[:-4]  # the next segment's marker and length
    block += result.data[: result.data.index(b"\xff\xdb")].split(b"Photoshop 3.0\0")[-1]
    assert block == b"".join(stays)


def test_nothing_painted_leaves_a_picture_to_keep() -> None:
    data = made.with_segments(made.plain_jpeg(), made.exif(made.full_tiff()), made.photoshop())
    assert strip_jpeg(data, policy="keep", painted=False).data is data
    for policy in ("strip", "keep-safe"):
        assert strip_jpeg(data, policy=policy, painted=False).data.find(JPEG_START, 1) == -1


@pytest.mark.parametrize("value", range(1, 9))
@pytest.mark.parametrize("order", "<>")
def test_orientation_is_read_and_kept(value: int, order: str) -> None:
    data = made.with_segments(made.plain_jpeg(), made.exif(made.full_tiff(orientation=value, order=order)))
    assert jpeg_orientation(data) == value
    for policy in POLICIES:
        result = strip_jpeg(data, policy=policy, painted=True)
        assert exif_of(result.data).get(0x0112, 1) == value
        assert jpeg_orientation(result.data) == value
    assert (b"Exif" in strip_jpeg(data, policy="strip", painted=True).data) == (value != 1)


def test_the_first_of_two_exif_blocks_tells_the_orientation() -> None:
    first, second = (made.exif(made.tiff({0: [made.orientation_entry(n)]})) for n in (6, 3))
    data = made.with_segments(made.plain_jpeg(), first, second)
    assert jpeg_orientation(data) == 6
    result = strip_jpeg(data, policy="strip", painted=False)
    assert result.data == made.with_segments(made.plain_jpeg(), first)


def test_a_block_that_runs_over_segments_is_one() -> None:
    block = made.full_tiff(note=b"n" * 70000 + made.thumbnail())
    parts = [block[:65000], block[65000:]]
    data = made.with_segments(made.plain_jpeg(), *(made.exif(part) for part in parts))
    kept = strip_jpeg(data, policy="keep", painted=True)
    assert len(kept.data) == len(data)
    assert kept.data.find(JPEG_START, 1) == -1
    assert exif_of(kept.data).get_ifd(0x8769)[0x927C].startswith(b"n" * 70000 + bytes(100))
    assert strip_jpeg(data, policy="keep-safe", painted=False).data.find(JPEG_START, 1) == -1
    assert dict(exif_of(strip_jpeg(data, policy="strip", painted=False).data)) == {0x0112: 6}


def test_many_small_segments_and_many_pictures_cost_no_more_than_their_bytes() -> None:
    block = made.full_tiff(note=(b"\xff\xd8\xff\xda\0\2\xff\xd9" * 4000))
    pieces = [block[at : at + 2] for at in range(0, len(block), 2)]
    data = made.with_segments(made.plain_jpeg(), *(made.exif(piece) for piece in (block[:60], *pieces[30:])))
    result = strip_jpeg(data, policy="keep", painted=True)
    assert len(result.data) == len(data)
    assert result.data.find(JPEG_START, 1) == -1
    assert strip_jpeg(result.data, policy="keep", painted=True).data is result.data
