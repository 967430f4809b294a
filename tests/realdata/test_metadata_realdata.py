"""The metadata policy and PNG painting on real and broken files: no crash, no changed pixel, no preview left."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from overpaint.errors import DecodeError, SampleError
from overpaint.painting import paint_png, strip_jpeg, strip_png
from overpaint.records import Box

pytestmark = pytest.mark.realdata


def files(realdata: Path, *folders: str) -> Iterator[tuple[Path, bytes]]:
    for folder in folders:
        for path in sorted((realdata / folder).rglob("*")):
            if path.is_file():
                yield path, path.read_bytes()


def shown(data: bytes) -> tuple[object, ...] | None:
    """What Pillow shows of a file's first picture; None where it cannot."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(io.BytesIO(data)) as image:
                image.load()
                return image.mode, image.size, image.tobytes(), image.info.get("icc_profile")
        except Exception:  # noqa: BLE001  # whatever Pillow makes of a broken file
            return None


def test_pixels_stay_and_previews_go(realdata: Path) -> None:
    changed = carriers = left = 0
    for path, data in files(realdata, "broken", "imagenet_samples", "faces_dlib", "plates_openalpr"):
        strip = strip_jpeg if data[:2] == b"\xff\xd8" else strip_png if data[:8] == b"\x89PNG\r\n\x1a\n" else None
        if strip is None:
            continue
        for policy, painted in (("strip", False), ("keep-safe", False), ("keep", True)):
            try:
                result = strip(data, policy=policy, painted=painted)
            except DecodeError:
                continue
            assert strip(result.data, policy=policy, painted=painted).data is result.data, path
            left += result.data.find(b"\xff\xd8\xff", 1) >= 0
            carriers += data.find(b"\xff\xd8\xff", 1) >= 0
            if not result.removed:
                assert result.data is data, path
                continue
            changed += 1
            before = shown(data)
            assert before is None or shown(result.data) == before, path
    assert left == 0
    assert carriers > 100
    assert changed > 250


def test_painted_pngs_keep_all_that_is_far_from_the_face(realdata: Path) -> None:
    painted = 0
    for path, data in files(realdata, "broken"):
        if data[:8] != b"\x89PNG\r\n\x1a\n":
            continue
        width, height = (int.from_bytes(data[at : at + 4], "big") for at in (16, 20))
        face = Box(0, 0, max(1, width * 0.3), max(1, height * 0.3))
        try:
            result = paint_png(data, [face], max_pixels=1 << 24)
        except SampleError:
            continue
        painted += 1
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                before, after = (np.asarray(Image.open(io.BytesIO(b)).convert("RGBA")) for b in (data, result.data))
            except (OSError, SyntaxError, ValueError):
                continue
        y, x = int(height * 0.3 * 1.6) + 51, int(width * 0.3 * 1.6) + 51
        assert np.array_equal(before[y:], after[y:]), path
        assert np.array_equal(before[:, x:], after[:, x:]), path
    assert painted > 300
