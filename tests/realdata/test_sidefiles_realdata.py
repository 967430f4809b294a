"""The side files of real datasets, carried and read again by other means."""

from __future__ import annotations

import csv
import io
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from overpaint.formats import FolderSource, read_boxes, read_others, read_shard, read_shards
from overpaint.formats._sidefiles import Carried, Gone, carry

pytestmark = pytest.mark.realdata


class Slot:
    def __init__(self, written: dict[str, bytes], key: str) -> None:
        self.written, self.key, self.data = written, key, b""

    def __enter__(self) -> Slot:  # noqa: PYI034
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def write(self, data: bytes) -> None:
        self.data += data

    def commit(self) -> None:
        self.written[self.key] = self.data


def carried(top: Path, listing: Path) -> tuple[set[str], dict[str, Carried], dict[str, bytes]]:
    """Every third image removed, every third painted; the names removed, and what became of the side files."""
    FolderSource(top).write_listing(listing, shard_size=1000)
    keys = [sample.key for shard in read_shards(listing) for sample in read_shard(listing, shard)]
    fates = ["removed", "redacted", "identical"]
    gone = Gone.build((key, None, fates[at % 3]) for at, key in enumerate(keys))
    written: dict[str, bytes] = {}
    options: dict[str, Any] = {"gone": gone, "unknown": "keep", "overrides": {}, "metadata": "strip"}
    others = list(read_others(listing))
    rows = carry(others, open=lambda key: (top / key).open("rb"), create=lambda key: Slot(written, key), **options)
    told = {row.key: row for row in rows}
    assert list(told) == [key for key, _, _ in others]
    return set(keys[::3]), told, written


def test_wider(realdata: Path, tmp_path: Path) -> None:
    lost, told, written = carried(realdata / "faces_wider", tmp_path / "listing")
    for name in ("val_bbx_gt.txt", "train_bbx_gt.txt"):
        before = read_boxes(realdata / "faces_wider" / name)
        (tmp_path / name).write_bytes(written[name])
        after = read_boxes(tmp_path / name)
        left = [key for key in before.keys() if not any(sample.endswith(key) for sample in lost)]  # noqa: SIM118
        assert list(after.keys()) == left and len(left) == 60 - (told[name].entries_removed or 0) < 60
        assert all(after.lookup(key) == before.lookup(key) for key in left)


def test_imglab(realdata: Path, tmp_path: Path) -> None:
    top = realdata / "faces_dlib"
    lost, told, written = carried(top, tmp_path / "listing")
    for name in ("training.xml", "testing.xml"):
        images = [
            ET.tostring(image).strip() for image in ET.parse(top / name).iter("image") if image.get("file") not in lost
        ]
        assert [ET.tostring(image).strip() for image in ET.fromstring(written[name]).iter("image")] == images
        assert told[name].entries_removed


def test_pairs_and_texts_beside_images(realdata: Path, tmp_path: Path) -> None:
    lost, told, written = carried(realdata / "reid_lfw", tmp_path / "lfw")
    stems = {Path(key).name for key in lost}
    with (realdata / "reid_lfw" / "pairs.csv").open(newline="") as file:
        rows = [row for row in csv.reader(file) if not any(Path(field).name in stems for field in row)]
    assert list(csv.reader(io.StringIO(written["pairs.csv"].decode(), newline=""))) == rows
    assert told["pairs.csv"].entries == 110
    lost, told, _ = carried(realdata / "plates_openalpr", tmp_path / "plates")
    dropped = {key for key, row in told.items() if row.action == "dropped"}
    assert dropped == {key.rpartition(".")[0] + ".txt" for key in lost}
