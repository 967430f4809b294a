"""GIFs, BMPs and animated PNGs as people and fuzzers made them, painted in the middle and compared by Pillow."""

from __future__ import annotations

import io
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from overpaint.errors import SampleError
from overpaint.painting import paint
from overpaint.painting._metadata import is_animated_png
from overpaint.records import Outcome

paint = partial(paint, look="blur")  # of the looks the one that depends most on what lies under it

pytestmark = pytest.mark.realdata

OTHERWISE = {"mode_palette_1bit_alpha.png"}
"""Pillow blends half-transparent entries of palettes otherwise than colours with alpha."""


def files(root: Path) -> list[Path]:
    def wanted(data: bytes) -> bool:
        return data[:6] in (b"GIF87a", b"GIF89a") or data[:2] == b"BM" or is_animated_png(data)

    return [path for path in sorted((root / "broken").rglob("*")) if path.is_file() and wanted(path.read_bytes())]


def frames(data: bytes) -> list[np.ndarray]:
    """What Pillow shows of each frame, the colours of transparent pixels left out; none where it cannot read one."""
    out = []
    try:
        with Image.open(io.BytesIO(data)) as image:
            for number in range(getattr(image, "n_frames", 1)):
                image.seek(number)
                shown = np.asarray(image.convert("RGBA")).copy()
                shown[shown[..., 3] == 0] = 0
                out.append(shown)
    except Exception:  # noqa: BLE001  # Pillow raises of every kind on files of these kinds
        return []
    return out


@pytest.mark.filterwarnings("ignore")
def test_broken_and_odd_files_end_painted_or_refused_and_outside_stays(realdata: Path) -> None:
    painted = compared = 0
    for path in files(realdata):
        data = path.read_bytes()
        before = frames(data)
        height, width = before[0].shape[:2] if before else (64, 64)
        box = (int(0.4 * width), int(0.4 * height), int(0.6 * width) + 1, int(0.6 * height) + 1)
        try:
            assert paint(data, []).outcome in {Outcome.IDENTICAL, Outcome.METADATA_ONLY}
            result = paint(data, [box])
        except SampleError:
            continue
        painted += result.outcome is Outcome.REDACTED
        after = frames(result.data)
        if not before or path.name in OTHERWISE:
            continue
        assert len(after) == len(before), path.name
        outside = np.ones((height, width), bool)
        y, x = max(0, int(0.25 * height) - 3), max(0, int(0.25 * width) - 3)
        outside[y : int(0.75 * height) + 4, x : int(0.75 * width) + 4] = False
        for one, other in zip(before, after, strict=True):
            if one.shape[:2] == outside.shape:
                assert np.array_equal(one[outside], other[outside]), path.name
                compared += 1
    assert painted >= 100
    assert compared >= 150
