"""Sniffing against Pillow, listing and WIDER's boxes on real and on broken files."""

from __future__ import annotations

import io
import os
import warnings
from collections import Counter
from pathlib import Path

import pytest
from PIL import Image

from overpaint.formats import FolderSource, read_boxes, read_others, read_shard, read_shards, sniff

pytestmark = pytest.mark.realdata
CODECS = {
    "JPEG2000": "jp2",
    "PPM": "pnm",
    "TGA": "tga",
    "ICO": "ico",
    "JPEG": "jpeg",
    "MPO": "jpeg",
    "PNG": "png",
    "GIF": "gif",
    "WEBP": "webp",
    "BMP": "bmp",
    "TIFF": "tiff",
    "AVIF": "avif",
}


def compared(data: bytes) -> list[str]:
    """In what `sniff` and Pillow disagree, where Pillow opens the file."""
    seen = sniff(data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            image = Image.open(io.BytesIO(data))
            orientation = image.getexif().get(0x0112, 1)
        except Exception:  # noqa: BLE001 - whatever a decoder raises on fuzz
            return []
    differences = []
    if CODECS.get(str(image.format)) != seen.codec:
        differences.append("codec")
    if seen.codec == "tiff" and seen.orientation >= 5:
        seen_size = (seen.height, seen.width)  # Pillow says how it will show a TIFF, not how it is stored
    else:
        seen_size = (seen.width, seen.height)
    if seen.codec is not None and seen.width is not None and image.size != seen_size:
        differences.append("size")
    if seen.codec is not None and (orientation if orientation in range(1, 9) else 1) != seen.orientation:
        differences.append("orientation")
    return differences


def test_sniff_agrees_with_pillow_on_broken_files(realdata: Path) -> None:
    differences: Counter[str] = Counter()
    for path in sorted((realdata / "broken").rglob("*")):
        if path.is_file():
            differences.update(f"{path.name} {what}" for what in compared(path.read_bytes()))
    differences = Counter(
        {k: v for k, v in differences.items() if "xmp_tags_orientation" not in k}
    )  # XMP only: not used
    assert sorted(differences) == []


@pytest.mark.parametrize(
    "folder", ["broken", "imagenette2-160", "imagenet_samples", "plates_openalpr", "faces_wider", "reid_orl"]
)
def test_listing_holds_every_file_once(realdata: Path, tmp_path: Path, folder: str) -> None:
    source = FolderSource(realdata / folder)
    source.write_listing(tmp_path, shard_size=100, chunk=64)
    samples = [s for ref in read_shards(tmp_path) for s in read_shard(tmp_path, ref)]
    keys = [s.key for s in samples] + [key for key, _, _ in read_others(tmp_path)]
    files = [p.relative_to(source.root).as_posix() for p in source.root.rglob("*") if p.is_file()]
    assert sorted(keys) == sorted(files)
    assert [s.key for s in samples] == sorted((s.key for s in samples), key=os.fsencode)
    assert all(len(source.read(s)) == s.size for s in samples)


def test_wider_boxes_lie_in_their_images(realdata: Path, tmp_path: Path) -> None:
    boxes = read_boxes(realdata / "faces_wider/val_bbx_gt.txt")
    assert (boxes.images, boxes.boxes, dict(boxes.skipped)) == (60, 1098, {"marked-invalid": 94})
    source = FolderSource(realdata / "faces_wider/val")
    source.write_listing(tmp_path)
    placed = 0
    for sample in (s for ref in read_shards(tmp_path) for s in read_shard(tmp_path, ref)):
        seen = sniff(source.read(sample))
        assert seen.width is not None
        assert seen.height is not None
        placed += len([b.to_stored(seen.width, seen.height, seen.orientation) for b in boxes.lookup(sample.key) or []])
    assert placed == 1098
