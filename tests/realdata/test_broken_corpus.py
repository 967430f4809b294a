"""Files made to break readers: all are counted, none ends in a traceback, and what Pillow loads is nearly all painted.

`test_most_of_what_pillow_loads_is_painted` gives every picture a box in its middle, so that each is decoded, painted
and checked; a looked-at run without boxes is easier, because most files are then only copied.
"""

from __future__ import annotations

import collections
import json
import subprocess
import sys
import warnings
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

import overpaint
from overpaint.formats import sniff
from overpaint.records import OTHERS, SAMPLES, python_key

pytestmark = pytest.mark.realdata

FILES, LOADED, BAR = 939, 666, 0.95
#: Painted where a box is given, but not looked at: one of its frames cannot be decoded by Pillow either.
NOT_LOOKED_AT = {"pillow/apng/chunk_multi_actl.png", "pillow/apng/syntax_num_frames_high.png"}
LARGEST = 1 << 20  # pixels of a side that a box may name

#: What Pillow loads and is refused all the same when there is a face to paint; why: docs/reference/codecs.md.
REFUSED = {
    "go-fuzz/jpeg/corpus/4bf9097b25424888aa462ecd4a81956ff7802d35-5": "outside-changed",
    "go-fuzz/jpeg/corpus/70c0e7d7d9b11d6913c622f37c56876d0b0e98ae-1": "not-replaced",
    "go-fuzz/jpeg/corpus/af4b23309bf0e3212ebf656059ba0eebfe74f012-1": "not-replaced",
    "go-fuzz/jpeg/corpus/d85efb1c1e0913a8c592c69028732a049670563b-2": "not-replaced",
    "go-fuzz/png/corpus/12c78abf392fdda9bfe61e9796fbfcc20dfe802d-1": "truncated",
    "go-fuzz/tiff/corpus/b50f5d3d1bb7d710157250bd58b5941b08dd77bb-1": "mode-changed",
    "go-fuzz/webp/corpus/dc868e4f9a88303462d74131e354203da7a0c21b-1": "outside-changed",
    "pillow/16_bit_binary_pgm.tiff": "tiff-samples",
    "pillow/16bit.s.tif": "tiff-samples",
    "pillow/apng/chunk_no_fdat.png": "damaged-animation",
    "pillow/apng/chunk_repeat_fctl.png": "damaged-animation",
    "pillow/apng/sequence_fdat_fctl.png": "damaged-animation",
    "pillow/apng/sequence_gap.png": "damaged-animation",
    "pillow/apng/sequence_reorder.png": "damaged-animation",
    "pillow/apng/sequence_reorder_chunk.png": "damaged-animation",
    "pillow/apng/sequence_repeat.png": "damaged-animation",
    "pillow/apng/sequence_repeat_chunk.png": "damaged-animation",
    "pillow/apng/sequence_start.png": "damaged-animation",
    "pillow/bmp/b/badrle.bmp": "damaged-data",
    "pillow/decompression_bomb_extents.gif": "too-many-pixels",
    "pillow/mmap_error.bmp": "bad-palette",
    "pillow/separate_planar_extra_samples.tiff": "tiff-samples",
    "pillow/tiff_strip_cmyk_16l_jpeg.tif": "tiff-colours",
    "pillow/tiff_wrong_bits_per_sample_2.tiff": "tiff-samples",
}


@pytest.fixture(scope="module")
def corpus(realdata: Path) -> Path:
    return realdata / "broken"


@pytest.fixture(scope="module")
def loaded(corpus: Path) -> dict[str, str]:
    """The files of which Pillow loads the first picture, with their format."""
    found = {}
    for path in sorted(corpus.rglob("*")):
        if path.is_file():
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    with Image.open(path) as image:
                        image.load()
                        found[path.relative_to(corpus).as_posix()] = str(image.format)
            except Exception:  # noqa: BLE001 - whatever it raises, it does not load the file
                continue
    return found


@pytest.fixture(scope="module")
def boxes(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One box in the middle of every picture whose sides are told."""
    images, marks = [], []
    for number, path in enumerate(sorted(path for path in corpus.rglob("*") if path.is_file())):
        told = sniff(path.read_bytes())
        if told.width and told.height:
            w, h = min(told.width, LARGEST), min(told.height, LARGEST)
            wide, tall = max(1, w // 3), max(1, h // 3)
            box = [(w - wide) // 2, (h - tall) // 2, wide, tall]
            name = path.relative_to(corpus).as_posix()
            images.append({"id": number, "file_name": name, "width": w, "height": h})
            marks.append({"id": number, "image_id": number, "category_id": 1, "bbox": box, "iscrowd": 0})
    file = tmp_path_factory.mktemp("boxes") / "boxes.json"
    face = [{"id": 1, "name": "face"}]
    file.write_text(json.dumps({"images": images, "annotations": marks, "categories": face}))
    return file


def scrubbed(corpus: Path, out: Path, *options: str) -> Path:
    """A run by the command, as people start it; nothing but words is on the terminal."""
    command = [sys.executable, "-m", "overpaint", "scrub", str(corpus), str(out), "--quiet", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode in {0, 2}, done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    return out.parent / f"{out.name}.run"


def rows(run: Path, schema: pa.Schema, where: str) -> list[dict[str, object]]:
    tables = [pq.read_table(path) for path in sorted((run / "private").glob(where))]
    return pa.concat_tables([table.select(schema.names) for table in tables]).to_pylist()


def counted(run: Path, loaded: dict[str, str]) -> tuple[dict[str, dict[str, object]], dict[str, str]]:
    """Samples by key, and the reasons of those that Pillow loads and that failed; all files are there."""
    samples = {python_key(str(row["key"])): row for row in rows(run, SAMPLES, "samples/*.parquet")}
    others = {python_key(str(row["key"])) for row in rows(run, OTHERS, "listing/others*.parquet")}
    assert not others & samples.keys()
    assert len(others) + len(samples) == FILES
    assert not others & loaded.keys()
    assert all(row["outcome"] for row in samples.values())
    assert [key for key, row in samples.items() if row["reason"] == "internal-error"] == []
    failed = {key: str(samples[key]["reason"]) for key in loaded if samples[key]["outcome"] == "failed"}
    return samples, failed


def test_most_of_what_pillow_loads_is_painted(
    corpus: Path, loaded: dict[str, str], boxes: Path, tmp_path: Path
) -> None:
    assert len(loaded) == LOADED
    run = scrubbed(corpus, tmp_path / "out", "--boxes", str(boxes))
    samples, failed = counted(run, loaded)
    assert len(failed) <= (1 - BAR) * len(loaded), collections.Counter(failed.values())
    assert failed.items() <= REFUSED.items()  # fewer will do
    painted = [key for key in loaded if samples[key]["outcome"] in {"redacted", "re-encoded"}]
    assert len(painted) + len(failed) == len(loaded)  # none was merely copied although it has a box
    published = [key for key, row in samples.items() if row["outcome"] != "failed"]
    assert sum(path.is_file() for path in (tmp_path / "out").rglob("*")) >= len(published)
    verified = overpaint.verify(run)
    assert (verified.samples, dict(verified.by_reason)) == (len(samples), {})


def test_most_of_what_pillow_loads_is_looked_at(corpus: Path, loaded: dict[str, str], tmp_path: Path) -> None:
    run = scrubbed(corpus, tmp_path / "out", "--profile", "fast")
    _, failed = counted(run, loaded)
    assert len(failed) <= (1 - BAR) * len(loaded), collections.Counter(failed.values())
    assert failed.keys() <= REFUSED.keys() | NOT_LOOKED_AT
