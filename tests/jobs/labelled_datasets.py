"""Datasets with labels, made of noise: folders, tars and tables that name the same classes."""

import io
import json
import tarfile

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

# kinds of things and of people, by what WordNet calls them; their ratings are made up (RATINGS)
TENCH, GOLF_BALL, CHURCH = "n01440764", "n03445777", "n03028079"
BALLPLAYER, GROOM, DIVER = "n09835506", "n10148035", "n10565667"
CLASSES = (TENCH, CHURCH, GOLF_BALL, BALLPLAYER, GROOM, DIVER)

RATINGS = f"id,safety,imageability\n{BALLPLAYER},safe,4.5\n{GROOM},offensive,4.1\n"  # nobody rated the diver

POLICY = """
version = 1
title = "a test"
use = "publication"
community = "those who test"
revision = 2026-11-22

[[clause]]
name = "rated"
reason = "Raters called it so."
under = ["n00007846"]
safety = ["offensive", "sensitive"]
action = "remove"

[[clause]]
name = "fish"
reason = "Fish are vertebrates here."
ids = ["n01440764"]
action = "merge"
to = "vertebrate"
"""


def picture(seed):
    pixels = np.random.default_rng(seed).integers(0, 255, (24, 32, 3), np.uint8)
    data = io.BytesIO()
    Image.fromarray(pixels).save(data, "JPEG")
    return data.getvalue()


def folder(path, *, images=3):
    for number, label in enumerate(CLASSES):
        place = path / "train" / label
        place.mkdir(parents=True)
        for at in range(images):
            (place / f"{label}_{at}.JPEG").write_bytes(picture(100 * number + at))
    return path


def tar(path, *, images=3):
    """Class numbers in ``.cls`` and several labels by name in ``.json``."""
    path.mkdir()
    with tarfile.open(path / "a-000000.tar", "w") as file:
        for number, label in enumerate(CLASSES):
            for at in range(images):
                also = [CHURCH] if label == GROOM and at else []
                members = {
                    "jpg": picture(100 * number + at),
                    "cls": str(number).encode(),
                    "json": json.dumps({"labels": [label, *also], "width": 32}).encode(),
                }
                for extension, data in members.items():
                    info = tarfile.TarInfo(f"{number}{at:03d}.{extension}")
                    info.size = len(data)
                    file.addfile(info, io.BytesIO(data))
    return path


def table(path, *, images=3):
    """A ClassLabel column of Hugging Face."""
    path.mkdir()
    rows = [(number, picture(100 * number + at)) for number in range(len(CLASSES)) for at in range(images)]
    features = {
        "image": {"_type": "Image"},
        "label": {"_type": "ClassLabel", "names": list(CLASSES)},
    }
    schema = pa.schema(
        [("image", pa.struct([("bytes", pa.binary()), ("path", pa.string())])), ("label", pa.int64())],
        metadata={"huggingface": json.dumps({"info": {"features": features}})},
    )
    columns = [
        [{"bytes": data, "path": f"{place}.jpg"} for place, (_, data) in enumerate(rows)],
        [number for number, _ in rows],
    ]
    pq.write_table(pa.table(columns, schema=schema), path / "train-00000.parquet")
    return path
