from __future__ import annotations

import io
import struct

import fabricated_metadata as made
import pytest
from PIL import Image

from overpaint.painting._metadata._exif import contents, minimal, orientation, technical, without_pictures


def read(block: bytes) -> Image.Exif:
    exif = Image.Exif()
    exif.load(b"Exif\0\0" + block)
    return exif


@pytest.mark.parametrize("order", "<>")
def test_technical_keeps_the_listed_tags_with_their_values(order: str) -> None:
    fresh, removed = technical(made.full_tiff(order=order))
    exif = read(fresh)
    assert dict(exif) == {0x0112: 6, 0x010F: "Canon", 0x0110: "EOS 5D II", 0x8769: exif[0x8769]}
    inner = exif.get_ifd(0x8769)
    assert inner[0x829A] == pytest.approx(1 / 60)
    assert (inner[0x8827], inner[0x9000], inner[0xA001]) == (400, b"0230", 1)
    assert inner[0xA434] == "EF50mm f/1.8 X"
    assert exif.get_ifd(0xA005) == {1: "R98", 2: b"0100"}
    assert removed == {
        *("exif-comment", "exif-date", "exif-name", "exif-serial-number", "exif-thumbnail", "exif-unique-id"),
        *("gps", "maker-note"),
    }
    for private in (made.SECRET, b"JANES", b"12345678", b"abcdef", b"note", b"2020", made.thumbnail(), b"birthday"):
        assert private not in fresh
    assert technical(fresh) == (fresh, set())


def test_technical_tags_alone_stay_byte_for_byte_whatever_their_layout() -> None:
    block = made.tiff(
        {0: [made.orientation_entry(1)], made.EXIF: [(0x829A, 5, 1, bytes(8)), (0x8827, 3, 1, b"\0\x64")]}
    )
    assert technical(block) == (block, set())
    buffer = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 3
    exif[0x010F] = "Maker"
    Image.new("RGB", (8, 8)).save(buffer, "JPEG", exif=exif)
    written = Image.open(io.BytesIO(buffer.getvalue())).info["exif"][6:]
    assert technical(written) == (written, set())


def test_bytes_that_no_tag_refers_to_go() -> None:
    block = made.tiff({0: [made.orientation_entry(6), (0x010F, 2, 6, b"Canon\0")]})
    fresh, removed = technical(block + b"hidden behind the last value")
    assert removed == {"exif-unreferenced"}
    assert fresh == block


@pytest.mark.parametrize(
    "entry",
    [
        (0x010F, 2, 200, b"x" * 200),
        (0x010F, 2, 6, b"\xff\xd8\xff\xe0\0\0"),
        (0x010F, 7, 6, b"Canon\0"),
        (0x0112, 3, 500, bytes(1000)),
        (0x011A, 5, 4, bytes(32)),
        (0x0131, 2, 9, b"Software\0"),
        (0xC4A5, 7, 20, bytes(20)),
    ],
)
def test_a_listed_number_with_another_form_does_not_travel(entry: tuple[int, int, int, bytes]) -> None:
    fresh, removed = technical(made.tiff({0: [entry]}))
    assert fresh == b""
    assert removed == {"exif-other"}


def test_minimal_is_the_orientation_alone() -> None:
    assert minimal(made.full_tiff(orientation=1)) == b""
    assert minimal(made.tiff({0: []})) == b""
    for order in "<>":
        block = minimal(made.full_tiff(orientation=5, order=order))
        assert block == made.tiff({0: [made.orientation_entry(5, order)]}, order=order)
        assert minimal(block) == block


@pytest.mark.parametrize(
    "entry", [(0x0112, 3, 1, b"\0\x09"), (0x0112, 3, 1, b"\0\0"), (0x0112, 2, 1, b"6"), (0x0112, 3, 2, b"\0\6\0\6")]
)
def test_an_orientation_out_of_range_counts_as_none(entry: tuple[int, int, int, bytes]) -> None:
    assert orientation(made.tiff({0: [entry]})) == 1
    assert minimal(made.tiff({0: [entry]})) == b""


@pytest.mark.parametrize("cut", range(0, 400, 7))
def test_a_cut_block_never_raises_and_keeps_an_orientation_it_still_holds(cut: int) -> None:
    block = made.full_tiff()[:cut]
    held = len(block) >= 10 and b"\x01\x12\0\3\0\0\0\1\0\6\0\0" in block
    assert orientation(block) == (6 if held else 1)
    for edited in (minimal(block), technical(block)[0], without_pictures(block)[0]):
        assert orientation(edited) == (6 if held else 1)
    assert contents(block) >= {"exif"}


@pytest.mark.parametrize("order", "<>")
def test_pictures_are_overwritten_where_they_lie(order: str) -> None:
    block = made.full_tiff(order=order)
    fresh, removed = without_pictures(block)
    assert removed == {"exif-thumbnail", "nested-jpeg"}
    assert len(fresh) == len(block)
    assert b"\xff\xd8\xff" not in fresh
    before, after = read(block), read(fresh)
    assert dict(before) == dict(after)
    assert before.get_ifd(0x8825) == after.get_ifd(0x8825)
    note = after.get_ifd(0x8769)[0x927C]
    assert note == b"MAKERNOTE\0" + bytes(40 + len(made.thumbnail())) + b"tail of the note"
    assert not after.get_ifd(1)
    assert without_pictures(fresh) == (fresh, set())


def test_an_uncompressed_thumbnail_is_overwritten() -> None:
    raw = bytes(range(1, 193))
    block = made.tiff({0: [made.orientation_entry(3)]}, preview=raw, strips=True)
    fresh, removed = without_pictures(block)
    assert removed == {"exif-thumbnail"}
    assert fresh == block[: 8 + 2 + 12] + bytes(len(block) - 22)


def test_a_picture_in_a_sub_directory_is_overwritten() -> None:
    block = bytearray(made.tiff({0: [made.orientation_entry(3), (0x014A, 4, 1, bytes(4))]}))
    at = len(block)
    raw = bytes(range(100, 200))
    block[8 + 2 + 12 + 8 : 8 + 2 + 12 + 12] = struct.pack(">I", at)
    block += struct.pack(">HHHIIHHIII", 2, 0x0111, 4, 1, at + 30, 0x0117, 4, 1, len(raw), 0) + raw
    fresh, removed = without_pictures(bytes(block))
    assert removed == {"exif-thumbnail"}
    assert raw[:20] not in fresh
    assert orientation(fresh) == 3


def test_a_thumbnail_said_to_lie_over_the_header_does_not_cost_the_orientation() -> None:
    block = bytearray(made.tiff({0: [made.orientation_entry(6)]}, preview=b"p" * 50))
    at = block.index(struct.pack(">HHI", 0x0201, 4, 1))
    block[at + 8 : at + 12] = struct.pack(">I", 0)
    fresh, removed = without_pictures(bytes(block))
    assert orientation(fresh) == 6
    assert "exif-thumbnail" in removed


def test_directories_in_a_circle_end() -> None:
    block = bytearray(made.tiff({0: [made.orientation_entry(6)]}))
    block[22:26] = struct.pack(">I", 8)
    assert orientation(bytes(block)) == 6
    assert orientation(without_pictures(bytes(block))[0]) == 6
    assert technical(bytes(block))[0]


def test_minoltas_preview_with_a_wrong_first_byte_is_found() -> None:
    note = b"note" + b"\0" + made.thumbnail()[1:] + b"end"
    fresh, removed = without_pictures(made.full_tiff(note=note, preview=b""))
    assert removed == {"nested-jpeg"}
    assert read(fresh).get_ifd(0x8769)[0x927C] == b"note" + bytes(len(made.thumbnail())) + b"end"
