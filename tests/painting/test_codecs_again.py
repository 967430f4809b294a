"""For every codec alike: a file that was painted or stripped has nothing left to remove, under each policy."""

from __future__ import annotations

import importlib.util
import io
from functools import partial
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image

from overpaint.painting import POLICIES, paint
from overpaint.records import Outcome

paint = partial(paint, look="blur")  # of the looks the one that depends most on what lies under it

FACE = (40, 20, 66, 54)
HAS = {name: importlib.util.find_spec(name) is not None for name in ("pillow_heif", "pylibjxl")}


def picture() -> Image.Image:
    path = Path(mpl.get_data_path()) / "sample_data" / "grace_hopper.jpg"
    return Image.open(path).convert("RGB").resize((102, 120))


def source(codec: str) -> bytes:
    exif = Image.Exif()
    exif[0x010E], exif[0x010F], exif[0x0132] = "Jane Doe in Berlin", "Sony Corporation", "2020:01:01 00:00:00"
    exif.get_ifd(0x8769)[0x8827] = 400
    exif.get_ifd(0x8769)[0x9003] = "2020:01:01 00:00:00"
    if codec == "jxl":
        import pylibjxl

        return bytes(pylibjxl.encode(np.asarray(picture()), lossless=True, exif=exif.tobytes()[6:], xmp=b"<x>Jane</x>"))
    file = io.BytesIO()
    if codec == "heic":
        import pillow_heif

        pillow_heif.from_pillow(picture()).save(file, exif=exif.tobytes(), xmp=b"<x>Jane</x>")
        return file.getvalue()
    kind, options = {
        "tiff": ("TIFF", {"compression": "tiff_lzw"}),
        "webp": ("WEBP", {"quality": 80, "xmp": b"<x>Jane</x>"}),
        "webp-lossless": ("WEBP", {"lossless": True, "xmp": b"<x>Jane</x>"}),
        "avif": ("AVIF", {"xmp": b"<x>Jane</x>"}),
    }[codec]
    picture().save(file, kind, exif=exif, **options)
    return file.getvalue()


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("codec", ["tiff", "webp", "webp-lossless", "avif", "heic", "jxl"])
def test_running_again_changes_nothing(codec: str, policy: str) -> None:
    if not HAS.get({"heic": "pillow_heif", "jxl": "pylibjxl"}.get(codec, ""), True):
        pytest.skip("its library is not installed")
    before = source(codec)
    for faces in ([], [FACE]):
        first = paint(before, faces, metadata=policy)
        assert first.faces_painted == len(faces)
        assert (b"Jane" in first.data) is (policy == "keep" and b"Jane" in before) or codec == "jxl"
        again = paint(first.data, [], metadata=policy)
        assert (again.outcome, again.metadata_removed) == (Outcome.IDENTICAL, ())
        assert paint(before, faces, metadata=policy) == first  # and the same bytes every time
