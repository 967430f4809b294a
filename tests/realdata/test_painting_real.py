"""Painting real files: ImageNet's round trips, and broken files where Pillow says what can be decoded."""

from __future__ import annotations

import io
import warnings
from functools import partial

import numpy as np
import pytest
from PIL import Image

from overpaint.painting import LOOKS, _native, paint, regions
from overpaint.records import Box, Outcome

paint = partial(paint, look="blur")  # of the looks the one that depends most on what lies under it

pytestmark = pytest.mark.realdata
LIMIT = 10**8


def jpegs(folder):
    return [p for p in sorted(folder.rglob("*")) if p.is_file() and p.read_bytes()[:2] == b"\xff\xd8"]


def test_imagenet_comes_back_byte_for_byte(realdata):
    files = jpegs(realdata / "imagenette2-160")[::4] + jpegs(realdata / "imagenet_samples")
    assert len(files) > 200
    different = [p.name for p in files if _native.edit_jpeg(p.read_bytes(), b"", b"", 4, 0, LIMIT)[0] != p.read_bytes()]
    assert different == []


def test_painted_photos_change_nowhere_else(realdata):
    """In pixels, through Pillow: outside 16 pixels' blocks around the footprints and a rim of 2."""
    rng = np.random.default_rng(3)
    for path in jpegs(realdata / "imagenette2-160")[::15]:
        data = path.read_bytes()
        width, height = _native.jpeg_size(data)
        size = float(rng.choice([12, 24, 60]))
        face = Box(*(corner := rng.uniform(0, 90, 2)), *(corner + size))
        done = paint(data, [face], look=str(rng.choice(sorted(LOOKS))))
        assert done.outcome is Outcome.REDACTED
        ((group,)) = regions([face], width=width, height=height).groups
        (x0, y0, x1, y1), f = group.cores[0], group.feathers[0]
        with Image.open(io.BytesIO(data)) as before, Image.open(io.BytesIO(done.data)) as after:
            changed = np.abs(np.asarray(before, int) - np.asarray(after, int)).reshape(height, width, -1).max(axis=2)
        rows = slice(max(0, (y0 - f) // 16 * 16 - 2), -(-(y1 + f) // 16) * 16 + 2)
        columns = slice(max(0, (x0 - f) // 16 * 16 - 2), -(-(x1 + f) // 16) * 16 + 2)
        assert changed[rows, columns].max() > 0
        changed[rows, columns] = 0
        assert changed.max() == 0, path.name


def pillow_reads(data):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            Image.open(io.BytesIO(data)).load()
        except (OSError, SyntaxError):
            return False
    return True


def edits(data):
    try:
        width, height = _native.jpeg_size(data)
        where = regions([Box(width * 0.2, height * 0.2, width * 0.6, height * 0.6)], width=width, height=height)
        _native.edit_jpeg(data, *where.packed(), 4, 0, LIMIT)
    except _native.Refusal:
        return False
    return True


def test_broken_jpegs_are_painted_where_pillow_reads_them(realdata):
    files = [path.read_bytes() for path in jpegs(realdata / "broken")]
    painted = [edits(data) for data in files]
    assert sum(painted) > 80
    assert [n for n, data in enumerate(files) if not painted[n] and pillow_reads(data)] == []
