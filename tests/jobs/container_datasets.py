"""Datasets of a few made pictures in each kind of container, with everything that travels beside an image."""

import io
import json
import tarfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

BOX = (10, 8, 40, 44)  # where a face is said to be


def picture(seed: int, *, codec: str = "JPEG", size=(64, 56)) -> bytes:
    """Smooth noise, so that painting changes something."""
    grid = np.random.default_rng(seed).integers(0, 255, (7, 8, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(grid).resize(size, Image.Resampling.BICUBIC).save(out, codec)
    return out.getvalue()


def keeps_all(path: Path) -> Path:
    """A policy under which nothing is painted, removed or stripped."""
    path.write_text('version = 1\n[metadata]\npolicy = "keep"\n')
    return path


def folder(root: Path, count: int = 10) -> Path:
    """Two splits, two classes, COCO, VOC, ImageFolder and plain files beside them."""
    names = [
        f"{'train' if i % 5 else 'val'}/{('cat', 'dog')[i % 2]}/{i:03}.{'png' if i == 3 else 'jpg'}"
        for i in range(count)
    ]
    for index, name in enumerate(names):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(picture(index, codec="PNG" if name.endswith("png") else "JPEG"))
        xml = root / "annotations/voc" / (name.rpartition(".")[0] + ".xml")
        xml.parent.mkdir(parents=True, exist_ok=True)
        xml.write_text(f"<annotation><filename>{name.rpartition('/')[2]}</filename></annotation>\n")
    images = [{"id": i, "file_name": name, "width": 64, "height": 56} for i, name in enumerate(names)]
    boxes = [{"id": 10 + i, "image_id": i, "category_id": 1, "bbox": [1, 2, 3, 4]} for i in range(count)]
    coco = {"images": images, "annotations": boxes, "categories": [{"id": 1, "name": "thing"}]}
    (root / "annotations/instances.json").write_text(json.dumps(coco))
    (root / "train.txt").write_text("".join(f"{name}\n" for name in names if name.startswith("train")))
    (root / "LICENSE").write_text("Anybody may.\n")
    return root


def tars(root: Path, *, shards: int = 2, each: int = 5) -> Path:
    """WebDataset: image, class, caption, JSON; a second image in some records; an embedding; a record without image."""
    root.mkdir(parents=True)
    for shard in range(shards):
        with tarfile.open(root / f"train-{shard:06}.tar", "w") as tar:
            for index in range(each):
                number = shard * each + index
                members = {
                    "jpg": picture(number),
                    "cls": str(number % 3).encode(),
                    "txt": f"caption {number} \u00e9".encode(),
                    "json": json.dumps({"id": number}).encode(),
                    "emb.npy": bytes([number] * 8),
                }
                if index == 1:
                    members["right.png"] = picture(100 + number, codec="PNG")
                for extension, data in members.items():
                    _add(tar, f"{number:05}.{extension}", data)
            _add(tar, f"zz-{shard}.txt", b"no image beside it")
    return root


def parquet(root: Path, *, files: int = 2, each: int = 6) -> Path:
    """Hugging Face: an image column, a list of images, a class label, a caption, an embedding; nulls among them."""
    (root / "data").mkdir(parents=True)
    image = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    features = {
        "image": {"_type": "Image"},
        "views": {"feature": {"_type": "Image"}, "_type": "Sequence"},
        "label": {"names": ["cat", "dog"], "_type": "ClassLabel"},
        "caption": {"dtype": "string", "_type": "Value"},
        "embedding": {"feature": {"dtype": "float32", "_type": "Value"}, "length": 16, "_type": "Sequence"},
    }
    schema = pa.schema(
        [
            ("image", image),
            ("views", pa.list_(image)),
            ("label", pa.int64()),
            ("caption", pa.string()),
            ("embedding", pa.list_(pa.float32(), 16)),
        ],
        metadata={b"huggingface": json.dumps({"info": {"features": features}}).encode()},
    )
    for file in range(files):
        rows = []
        for index in range(each):
            number = file * each + index
            views = [{"bytes": picture(200 + number), "path": None}] * (index % 3)
            rows.append(
                {
                    "image": None if index == 4 else {"bytes": picture(number), "path": f"{number}.jpg"},
                    "views": views,
                    "label": number % 2,
                    "caption": f"caption {number}",
                    "embedding": [float(number)] * 16,
                }
            )
        table = pa.Table.from_pylist(rows, schema=schema)
        pq.write_table(table, root / f"data/train-{file:05}-of-{files:05}.parquet", row_group_size=4)
    return root


def members(root: Path) -> dict[str, bytes]:
    """Every member of every tar below a folder, by tar and name."""
    found = {}
    for path in sorted(root.rglob("*.tar")):
        with tarfile.open(path) as tar:
            for member in tar:
                found[f"{path.relative_to(root)}/{member.name}"] = tar.extractfile(member).read()
    return found


def files(root: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(data)
    tar.addfile(info, io.BytesIO(data))
