"""Every file of the broken corpus comes to an end: looked at to its last frame, or refused with a fixed word."""

from __future__ import annotations

import io
import re
import warnings
from collections import Counter
from pathlib import Path

import pytest
from PIL import Image

from overpaint.errors import SampleError
from overpaint.formats import sniff
from overpaint.pipeline import check_editable, frames

pytestmark = pytest.mark.realdata


def loads(data: bytes) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(io.BytesIO(data)) as image:
                image.load()
        except Exception:  # noqa: BLE001 - whatever a decoder raises
            return False
    return True


def test_the_broken_corpus(realdata: Path) -> None:
    found: Counter[tuple[str | None, bool, str]] = Counter()
    for path in sorted(path for path in (realdata / "broken").rglob("*") if path.is_file()):
        data = path.read_bytes()
        sniffed = sniff(data)
        try:
            check_editable(sniffed, max_pixels=200_000_000)
            word = "fine" if sum(1 for _ in frames(data, sniffed, long_side=640)) else "nothing"
        except SampleError as error:
            word = error.reason
        assert re.fullmatch("[a-z-]+", word), path
        found[sniffed.codec, loads(data), word] += 1
    assert sum(found.values()) == 939
    known = {key: n for key, n in found.items() if key[0] is not None and key[1]}
    assert sum(n for key, n in known.items() if key[2] == "fine") >= 0.97 * sum(known.values()), known
    assert not [key for key in found if key[2] == "nothing"]
