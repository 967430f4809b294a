"""Headers that announce billions of pixels are refused before anything is allocated for them."""

from __future__ import annotations

import io
import struct
import tracemalloc

import pytest
from pictures_of_every_codec import STILL, encoded, scene

from overpaint.errors import Unsupported
from overpaint.formats import sniff
from overpaint.pipeline import _decode, check_editable, frames

PLACE = (10, 8, 40, 30)


@pytest.mark.parametrize("codec", STILL)
def test_a_header_of_billions_of_pixels_is_refused_before_anything_is_allocated(codec: str) -> None:
    data = huge(codec)
    sniffed = sniff(data)
    assert (sniffed.codec, sniffed.width, sniffed.height) == (codec, 64_000, 64_000) or codec == "webp"
    tracemalloc.start()
    with pytest.raises(Unsupported) as caught:
        check_editable(sniffed, max_pixels=200_000_000)
    assert tracemalloc.get_traced_memory()[1] < 100_000
    tracemalloc.stop()
    assert caught.value.reason == "too-many-pixels"


def huge(codec: str) -> bytes:
    """A small file whose header claims 64,000 x 64,000 pixels (WebP: 16,384 x 16,384, the most it can)."""
    data, sides = bytearray(encoded(codec, scene(PLACE))), struct.pack(">II", 64_000, 64_000)
    if codec == "jpeg":
        at = data.index(b"\xff\xc0")
        data[at + 5 : at + 9] = struct.pack(">HH", 64_000, 64_000)
    elif codec == "png":
        data[16:24] = sides
    elif codec == "gif":
        data[6:10] = struct.pack("<HH", 64_000, 64_000)
    elif codec == "bmp":
        data[18:26] = struct.pack("<ii", 64_000, -64_000)
    elif codec == "webp":
        data[21:25] = struct.pack("<I", 0x3FFF | 0x3FFF << 14)
    elif codec == "tiff":
        for tag in (256, 257):
            at = data.index(struct.pack("<HHI", tag, 4, 1))
            data[at + 8 : at + 12] = struct.pack("<I", 64_000)
    elif codec == "jxl":
        bits = sum(v << at for v, at in ((3, 1), (63_999, 3), (0, 33), (3, 36), (63_999, 38), (1, 68)))
        return b"\xff\x0a" + bits.to_bytes(20, "little")
    else:
        at = data.index(b"ispe") + 8
        data[at : at + 8] = sides
        while (clap := data.find(b"clap")) >= 0:
            data[clap : clap + 4] = b"skip"
    return bytes(data)


def test_a_page_is_held_to_the_limit_before_it_is_decoded() -> None:
    out = io.BytesIO()
    scene(PLACE).save(out, "TIFF", save_all=True, append_images=[scene(size=(400, 300))])
    data = bytearray(out.getvalue())
    at = data.rindex(struct.pack("<HHI", 256, 4, 1))
    data[at + 8 : at + 12] = struct.pack("<I", 64_000)
    at = data.rindex(struct.pack("<HHI", 257, 4, 1))
    data[at + 8 : at + 12] = struct.pack("<I", 64_000)
    seen = []
    with pytest.raises(Unsupported) as caught:
        seen += [frame.page for frame in frames(bytes(data), sniff(bytes(data)), long_side=0)]
    assert caught.value.reason == "too-many-pixels"


def test_the_limit_is_that_of_the_run_for_every_page() -> None:
    out = io.BytesIO()
    scene(PLACE).save(out, "TIFF", save_all=True, append_images=[scene(size=(400, 300))])
    pages = frames(out.getvalue(), sniff(out.getvalue()), long_side=0, max_pixels=10_000)
    assert next(pages).page == 0
    with pytest.raises(Unsupported, match="400 x 300 is above the limit of 10000 pixels"):
        next(pages)


def test_a_chunk_of_gigabytes_is_not_allocated(monkeypatch) -> None:
    """OpenCV takes the length of a chunk at its word before it reads."""
    whole = encoded("png", scene(PLACE))
    at = whole.index(b"IDAT") - 4
    data = whole[:at] + struct.pack(">I", 2_400_000_000) + whole[at + 4 :]
    monkeypatch.setattr("cv2.imdecode", None)
    assert len(list(frames(data, sniff(data), long_side=0))) == 1  # Pillow reads what is there


def test_chunks_that_fit_are_told_from_those_that_do_not() -> None:
    whole = encoded("png", scene(PLACE))
    assert _decode._chunks_fit(whole)
    assert _decode._chunks_fit(whole + b"rubbish")
    assert all(
        _decode._chunks_fit(whole[:end]) == (end in {8, 33, whole.index(b"IEND") - 4}) for end in range(8, len(whole))
    )
    assert not _decode._chunks_fit(whole[:33] + b"\0\0\0\0tEXt\0\0\0\0" * 70_000)
