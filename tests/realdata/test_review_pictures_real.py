"""Real photographs in all eight orientations, and broken files, as people are shown them."""

import io
from collections import Counter

import numpy as np
import pytest
from PIL import Image

from overpaint import formats
from overpaint.errors import SampleError
from overpaint.review import Kind, Question
from overpaint.review._pictures import Pictures
from overpaint.review._readers import FolderReader
from overpaint.review._shown import Shown

pytestmark = pytest.mark.realdata


def of(sniffed, key, kind=Kind.CATEGORY, **more):
    size = sniffed.width or 0, sniffed.height or 0, sniffed.orientation or 1
    return Question(kind, "face", key, *size, **more)


def seen(picture):
    return np.asarray(Image.open(io.BytesIO(picture.data)).convert("RGB").resize((90, 90))).astype(int)


@pytest.mark.parametrize("name", ["landscape", "portrait"])
def test_all_orientations_look_the_same_and_so_do_their_crops(realdata, name):
    root = realdata / "broken/exif-samples"
    pictures = Pictures(FolderReader(root), max_side=300)
    whole, crops = [], []
    for turn in range(1, 9):
        file = next(root.rglob(f"{name}_{turn}.jpg"))
        key, sniffed = file.relative_to(root).as_posix(), formats.sniff(file.read_bytes())
        assert sniffed.orientation == turn
        full = Shown.of(of(sniffed, key), max_side=10**6)
        part = full.to_stored((0.1 * full.width, 0.1 * full.height, 0.4 * full.width, 0.35 * full.height))
        whole.append(seen(pictures.picture(of(sniffed, key))))
        crops.append(seen(pictures.picture(of(sniffed, key, Kind.TIGHT, crop=part))))
    for shown in (whole, crops):
        for other in shown[1:]:  # some were taken with other exposures: alike but for brightness
            assert alike(other, shown[0]) > 0.9
            assert max(alike(one, shown[0]) for one in (other[:, ::-1], other[::-1], other.swapaxes(0, 1))) < 0.8


def alike(one, other):
    return float(np.corrcoef(one.ravel(), other.ravel())[0, 1])


def test_broken_files_are_one_clear_error_each(realdata):
    root = realdata / "broken"
    pictures, found = Pictures(FolderReader(root), cache_bytes=0), Counter()
    for file in sorted(root.rglob("*"))[::3]:
        if file.is_file():
            key = file.relative_to(root).as_posix()
            try:
                picture = pictures.picture(of(formats.sniff(file.read_bytes()), key))
                found["shown"] += 1
                assert max(picture.width, picture.height) <= 2048
            except SampleError as error:
                found[error.reason] += 1
    assert found["shown"] > 100 and found["undecodable"] > 30
    assert set(found) <= {"shown", "undecodable", "not-an-image", "truncated-header", "too-many-pixels", "differs"} | {
        "empty",
        "codec",
        "needs-heic",
        "needs-jxl",
        "too-many-frames",
        "animated-jxl",
        "several-pictures",
        "frames-of-different-sizes",
    }, found
