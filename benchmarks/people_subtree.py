"""A fabricated dataset of ImageNet's person labels: as many folders as were rated, pictures of nothing, a planted skew.

    python benchmarks/people_subtree.py DEST --ratings synsets_safety.csv [--fewest 3] [--most 8] [--seed 0]

--ratings is the published CSV (columns wnid and safety), read where it lies; nothing of it is copied but identifiers.
DEST gets

    images/WNID/N.jpg   generated patterns of 64 x 64; no person is in any of them
    boxes.json          COCO: where "a face" is said to be, in half of the pictures, for `scrub --boxes`
    attributes.csv      key, group, side, rare: made up, for `labels skew --attributes` and `labels balance`
    planted.json        what was planted, to be compared with what is found

Planted: `group` is "a" in 70 % of the pictures of labels that raters did not call safe, and in 30 % of the others, so
that a filter by ratings takes more of "a" than of "b"; how much differs from label to label. `side` is left or right
in turn, whatever the label: nothing is to be found there. `rare` is "only-there" in a few labels that the filter
takes, and "common" elsewhere: the filter empties it.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

SIDE = 64
LIKELY = {"safe": 0.3}
OTHERWISE = 0.7
SPREAD = 6.0  # of a beta distribution: how much labels differ in whom they show
WITH_FACE = 0.5
ONLY_THERE = 12  # labels


def main() -> int:
    """Make it, and say what was planted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dest", type=Path)
    parser.add_argument("--ratings", type=Path, required=True)
    parser.add_argument("--fewest", type=int, default=3)
    parser.add_argument("--most", type=int, default=8)
    parser.add_argument("--seed", type=int, default=0)
    told = parser.parse_args()
    if told.dest.exists():
        print(f"{told.dest} is there already; name a new folder", file=sys.stderr)
        return 1
    planted = make(told.dest, told.ratings, fewest=told.fewest, most=told.most, seed=told.seed)
    json.dump(planted, sys.stdout, indent=1)
    print()
    return 0


def make(dest: Path, ratings: Path, *, fewest: int = 3, most: int = 8, seed: int = 0) -> dict[str, Any]:
    """Write the dataset; the same arguments give the same bytes.

    Returns
    -------
    dict
        Labels and pictures by rating, and pictures by rating and group.
    """
    with ratings.open(newline="", encoding="utf-8") as file:
        safety = {row["wnid"]: row["safety"].strip().lower() for row in csv.DictReader(file)}
    rng = np.random.default_rng(seed)
    unsafe = sorted(wnid for wnid, said in safety.items() if said != "safe")
    only_there = set(rng.choice(unsafe, min(ONLY_THERE, len(unsafe)), replace=False).tolist())
    rows: list[dict[str, str]] = []
    coco: dict[str, list[dict[str, Any]]] = {
        "images": [], "annotations": [], "categories": [{"id": 1, "name": "face"}]
    }  # fmt: skip
    counts: Counter[str] = Counter()
    for wnid in sorted(safety):
        folder = dest / "images" / wnid
        folder.mkdir(parents=True)
        likely = LIKELY.get(safety[wnid], OTHERWISE)
        share = rng.beta(SPREAD * likely, SPREAD * (1 - likely))
        counts[f"labels {safety[wnid]}"] += 1
        for number in range(rng.integers(fewest, most + 1)):
            key = f"{wnid}/{number}.jpg"
            (folder / f"{number}.jpg").write_bytes(picture(rng))
            group = "a" if rng.random() < share else "b"
            rare = "only-there" if wnid in only_there else "common"
            rows.append({"key": key, "group": group, "side": ("left", "right")[len(rows) % 2], "rare": rare})
            counts[f"images {safety[wnid]}"] += 1
            counts[f"images {safety[wnid]} {group}"] += 1
            add_box(coco, key, has=rng.random() < WITH_FACE)
    with (dest / "attributes.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, ["key", "group", "side", "rare"], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    (dest / "boxes.json").write_text(json.dumps(coco))
    planted = dict(sorted(counts.items())) | {"images": len(rows), "only there": sorted(only_there)}
    (dest / "planted.json").write_text(json.dumps(planted, indent=1) + "\n")
    return planted


def picture(rng: np.random.Generator) -> bytes:
    """A JPEG of a pattern: a few blocks of colour, stretched."""
    small = Image.fromarray(rng.integers(0, 256, (4, 4, 3), dtype=np.uint8))
    buffer = io.BytesIO()
    small.resize((SIDE, SIDE), Image.Resampling.BICUBIC).save(buffer, "JPEG", quality=70)
    return buffer.getvalue()


def add_box(coco: dict[str, list[dict[str, Any]]], key: str, *, has: bool) -> None:
    """An entry for the picture, with a box in its middle or with none."""
    number = len(coco["images"]) + 1
    coco["images"].append({"id": number, "file_name": key, "width": SIDE, "height": SIDE})
    if has:
        box = {"id": number, "image_id": number, "category_id": 1, "bbox": [16, 16, 32, 32]}
        coco["annotations"].append(box)


if __name__ == "__main__":
    sys.exit(main())
