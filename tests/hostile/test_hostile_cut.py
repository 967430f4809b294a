"""Files that end too early, at every place: a reason or a result, and what was stripped once stays as it is."""

from __future__ import annotations

import contextlib
import struct
import zlib
from collections.abc import Callable

import pytest
from hostile_files import END, chunk, encoded, png

from overpaint import checks, painting
from overpaint.errors import SampleError
from overpaint.formats import sniff
from overpaint.records import Box, Outcome

FACE = Box(4, 4, 30, 28)
MOST = 130  # bytes of the beginning that are tried one by one


def _apng(count: int = 2) -> bytes:
    data = zlib.compress(bytes(16 * 49))
    head = chunk(b"acTL", struct.pack(">II", count, 0)) + chunk(b"IDAT", data)
    told = [struct.pack(">IIIIIHHBB", 2 * n, 16, 16, 0, 0, 1, 10, 0, 0) for n in range(count)]
    shown = [chunk(b"fcTL", one) + chunk(b"fdAT", struct.pack(">I", 2 * n + 1) + data) for n, one in enumerate(told)]
    return png(head, *shown)


WHOLE: dict[str, Callable[[], bytes]] = {
    "apng": _apng,
    "bmp": lambda: encoded("BMP"),
    "gif": lambda: encoded("GIF", "P"),
    "ico": lambda: encoded("ICO", "RGBA", sizes=[(48, 40)]),
    "j2k": lambda: encoded("JPEG2000", no_jp2=True),
    "jp2": lambda: encoded("JPEG2000"),
    "jpeg": lambda: encoded("JPEG"),
    "pnm": lambda: encoded("PPM"),
    "tga": lambda: encoded("TGA"),
    "tiff": lambda: encoded("TIFF"),
    "webp": lambda: encoded("WEBP", lossless=True),
}


@pytest.mark.parametrize("name", WHOLE)
def test_cut_anywhere(name: str) -> None:
    whole = WHOLE[name]()
    places = {*range(1, min(MOST, len(whole))), *range(max(1, len(whole) - 20), len(whole))}
    for end in sorted(places):
        data = whole[:end]
        sniff(data)
        with contextlib.suppress(SampleError):
            painted = painting.paint(data, [FACE])
            checks.check(data, painted.data, [FACE], outcome=painted.outcome)
        with contextlib.suppress(SampleError):
            once = painting.paint(data, [])
            assert painting.paint(once.data, []).data == once.data, end
        checks.check(data, data, [FACE], outcome=Outcome.REDACTED)


def test_a_codestream_that_ends_before_its_components() -> None:
    """Found by fuzzing: one byte was too little for the number that was read from two."""
    stream = encoded("JPEG2000", no_jp2=True)[:41]
    with pytest.raises(SampleError, match="damaged-header"):
        painting.paint(stream, [FACE])


def test_an_animation_of_which_no_frame_is_whole() -> None:
    """Found by fuzzing: its announcement was taken away the second time only."""
    still = chunk(b"IDAT", zlib.compress(bytes(16 * 49)))
    announced = png(chunk(b"acTL", struct.pack(">II", 1, 0)), still)[: -len(END)]
    for length in (26, 0x10000000):
        out = painting.paint(announced + struct.pack(">I", length) + b"fcTL" + bytes(20), [])
        assert out.data == png(still)
        assert painting.paint(out.data, []).data == out.data
