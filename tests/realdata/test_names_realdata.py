"""Names in the metadata of real files: as many as ExifTool 12.57 finds there, and no file that is too much."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from overpaint.detectors import LookOptions
from overpaint.detectors._file_view import FileView
from overpaint.detectors._names import open_names
from overpaint.formats import sniff

pytestmark = pytest.mark.realdata


def test_every_file_is_read(realdata: Path) -> None:
    search, found = open_names(LookOptions(secret=b"key")), Counter[tuple[str, str]]()
    files = 0
    for path in sorted(realdata.rglob("*")):
        data = path.read_bytes() if path.is_file() else b""
        sniffed = sniff(data)
        if sniffed.codec is None:
            continue
        key = str(path.relative_to(realdata))
        view = FileView(key, sniffed.codec, data, sniffed.width, sniffed.height, sniffed.orientation)
        found.update((key.split("/", maxsplit=1)[0], one.detector) for one in search.read(view))
        files += 1
    assert files > 2000
    assert found == {
        ("broken", "name-makers"): 2,
        ("faces_dlib", "name-makers"): 1,
        ("imagenet_samples", "name-makers"): 2,
    }
