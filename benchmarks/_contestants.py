"""Who is measured, how each is started, and where each writes."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2

from _watch import Cost, clean_environment, watch
from overpaint.detectors import open_looker
from overpaint.formats import sniff

__all__ = [
    "CONTESTANTS",
    "Contestant",
    "Set",
    "compete",
    "deface",
    "find_boxes",
    "flat_name",
    "lay_out",
]

Boxes = list[list[float]]

_HERE = Path(__file__).parent
_TREE = {"PYTHONPATH": str(_HERE.parent / "src")}


@dataclass(frozen=True)
class Set:
    """A folder of pictures, one with the same pictures in one level, and the boxes given to those who need some."""

    name: str
    tree: Path
    flat: Path
    boxes: Path
    coco: Path
    count: int


@dataclass(frozen=True)
class Contestant:
    """One way to do the job.

    ``program`` is ``overpaint``, ``deface`` or ``blurrer``; ``which`` the profile, or the name in `_peer_blurrers`.
    ``looks`` says whether it finds the faces itself; the others are given boxes.
    """

    name: str
    program: str
    which: str = ""
    looks: bool = True


CONTESTANTS: Sequence[Contestant] = (
    Contestant("overpaint fast", "overpaint", "fast"),
    Contestant("overpaint balanced", "overpaint", "balanced"),
    Contestant("overpaint thorough", "overpaint", "thorough"),
    Contestant("deface 1.5.0", "deface"),
    Contestant("overpaint --boxes", "overpaint", looks=False),
    Contestant("imagenet2021", "blurrer", "imagenet2021", looks=False),
    Contestant("img2dataset 1.47.0", "blurrer", "img2dataset", looks=False),
    Contestant("supervision 0.31.2", "blurrer", "supervision", looks=False),
)


def compete(
    who: Contestant, pictures: Set, dest: Path, peers: Path, *, shard_size: int = 256
) -> tuple[Cost, dict[str, Path]]:
    """Run a contestant on a set; returns its cost, and its outputs by the flat names of the set."""
    log = dest.with_suffix(".log")
    if who.program == "overpaint":
        how = ["--profile", who.which] if who.looks else ["--boxes", pictures.coco]
        command = [sys.executable, "-m", "overpaint", "scrub", pictures.tree, dest, *how, "--shard-size", shard_size]
        cost = watch([str(word) for word in command], environment=clean_environment(**_TREE), log=log)
        return cost, {flat_name(p.relative_to(dest)): p for p in dest.rglob("*") if p.is_file()}
    if who.program == "deface":
        return deface(pictures.flat, dest, peers, log=log)
    dest.mkdir()
    python = sys.executable if who.which == "imagenet2021" else peers / "python"
    cost = watch(
        [python, _HERE / "_peer_blurrers.py", who.which, pictures.flat, dest, pictures.boxes],
        environment=clean_environment(NO_ALBUMENTATIONS_UPDATE="1", **(_TREE if who.which == "imagenet2021" else {})),
        log=log,
    )
    return cost, {p.name: p for p in dest.iterdir()}


def deface(source: Path, dest: Path, peers: Path, *more: str, log: Path) -> tuple[Cost, dict[str, Path]]:
    """Run deface on a folder; it writes beside its input, so it gets one of its own with links to the files."""
    dest.mkdir()
    for path in source.iterdir():
        os.link(path, dest / path.name)
    cost = watch([peers / "deface", "--backend", "onnxrt", *more, dest], log=log)
    return cost, {f"{p.stem.removesuffix('_anonymized')}{p.suffix}": p for p in dest.glob("*_anonymized.*")}


def find_boxes(tree: Path, *, profile: str = "fast") -> dict[str, Boxes]:
    """Boxes of a profile for every picture of a tree, by its relative name, to be given to those who need some."""
    looker = open_looker(profile)
    found = {}
    for path in sorted(p for p in tree.rglob("*") if p.is_file()):
        image = cv2.imread(str(path), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
        seen = [] if image is None else looker.look(image[..., ::-1]).leading()
        boxes = [one.detection.box for one in seen if one.confidence >= looker.min_confidence]
        found[str(path.relative_to(tree))] = [[b.x0, b.y0, b.x1, b.y1] for b in boxes if b is not None]
    return found


def lay_out(name: str, source: Path, files: Sequence[Path], boxes: Mapping[str, Boxes], scratch: Path) -> Set:
    """Hard links to some files of a tree, in their folders and flat, with their boxes in two forms beside."""
    made = Set(
        name,
        scratch / f"{name}.tree",
        scratch / f"{name}.flat",
        scratch / f"{name}.boxes.json",
        scratch / f"{name}.coco.json",
        len(files),
    )
    images: list[dict[str, object]] = []
    annotations: list[dict[str, object]] = []
    flat: dict[str, Boxes] = {}
    made.flat.mkdir(parents=True)
    for number, path in enumerate(files):
        key = path.relative_to(source)
        (made.tree / key).parent.mkdir(parents=True, exist_ok=True)
        os.link(path, made.tree / key)
        os.link(path, made.flat / flat_name(key))
        flat[flat_name(key)] = boxes[str(key)]
        sniffed = sniff(path.read_bytes())
        images.append({"id": number, "file_name": str(key), "width": sniffed.width, "height": sniffed.height})
        for x0, y0, x1, y1 in boxes[str(key)]:
            corner = [x0, y0, x1 - x0, y1 - y0]
            annotations.append({"id": len(annotations), "image_id": number, "category_id": 1, "bbox": corner})
    made.boxes.write_text(json.dumps(flat))
    categories = [{"id": 1, "name": "face"}]
    made.coco.write_text(json.dumps({"images": images, "annotations": annotations, "categories": categories}))
    return made


def flat_name(key: Path) -> str:
    """The name of a picture in a folder of one level."""
    return str(key).replace("/", "_")
