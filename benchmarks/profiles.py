"""What the class of a picture changes: false boxes on animals, and the people that must not be lost by it.

    python benchmarks/profiles.py --data DIR [--tench | --confirm]

DIR holds ``imagenet_samples`` and, for `--tench`, ``imagenette2-160``; for `--confirm`, ``faces_wider``. Without an
option each profile looks at the samples with and without their classes. `--tench` treats pictures of a fish that people
hold up as if they were of an animal that nobody holds, and lists each box that was lowered, to be looked at: none of
them was used for anything else. `--confirm` fits the constants of `overpaint.detectors._confirm`.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from _confirming import fit_confirmer
from overpaint.detectors import PROFILES, LookOptions, Seen, View
from overpaint.detectors._confirm import UNCONFIRMED
from overpaint.detectors._domains import shipped
from overpaint.detectors._face_search import FaceSearch, open_faces
from overpaint.records import Box
from overpaint.reports._facts import wilson

# On the pictures of animals, the faces of people, looked up by eye; everything else that is found there is false.
BESIDE_ANIMALS = {
    "n02098286": [(264, 82, 399, 255)],
    "n02105641": [(211, 33, 264, 105)],
    "n02102040": [
        (92, 67, 109, 91),
        (454, 46, 466, 60),
        (359, 77, 373, 95),
        (121, 60, 136, 78),
        (174, 40, 187, 63),
        (379, 78, 390, 92),
        (318, 99, 328, 112),
        (176, 61, 184, 76),
    ],
}
SURE = {"yunet": 0.6, "centerface": 0.4, "retinaface": 0.6}  # two of them make a face of the reference
SAME = 0.4
TENCH, A_DOG = "n01440764", "n02084071"

Image = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Sample:
    """A picture, its class, and the faces that ought to be found (of people, on animals' pictures by eye)."""

    name: str
    label: str
    image: Image
    animal: bool
    faces: tuple[Box, ...] = ()


def read(path: Path) -> Image:
    image = cv2.imread(str(path))
    if image is None:
        raise SystemExit(f"{path} cannot be read; --data must hold the pictures")
    return np.ascontiguousarray(image[..., ::-1]).astype(np.uint8)


def leading(seen: Sequence[Seen]) -> list[Seen]:
    return [one for i, one in enumerate(seen) if not i or seen[i - 1].subject != one.subject]


def look(search: FaceSearch, image: Image, label: str | None) -> Sequence[Seen]:
    view = View(image, label=label)
    seen = search.look(view, ())
    if view.faults:
        raise SystemExit(f"the measurement is void: {view.faults[0]}")
    return seen


def samples(data: Path) -> Iterator[Sample]:
    """The pictures with their reference: on animals' what the eye saw, elsewhere what two of three detectors see."""
    search = open_faces(LookOptions(profile="fused"))
    for path in sorted((data / "imagenet_samples").glob("*.JPEG")):
        label, image = path.name[:9], read(path)
        if shipped().of(label).confirm:
            faces = tuple(Box(x0, y0, x1, y1) for x0, y0, x1, y1 in BESIDE_ANIMALS.get(label, ()))
            yield Sample(path.name, label, image, True, faces)
            continue
        seen = look(search, image, None)
        votes: dict[int, int] = {}
        for one in seen:
            votes[one.subject] = votes.get(one.subject, 0) + (one.detection.score >= SURE.get(one.detector, 2.0))
        boxes = [one.detection.box for one in leading(seen) if votes[one.subject] >= 2]
        yield Sample(path.name, label, image, False, tuple(box for box in boxes if box))


@dataclass
class Counts:
    """What was accepted on the samples, of animals and in all."""

    false: int = 0
    found: int = 0
    faces: int = 0
    accepted: int = 0
    seconds: float = 0.0


def counted(search: FaceSearch, pictures: Sequence[Sample], *, with_classes: bool) -> Counts:
    """How a search does by what the default policy would accept."""
    counts = Counts()
    for sample in pictures:
        begin = time.process_time()
        seen = look(search, sample.image, sample.label if with_classes else None)
        counts.seconds += time.process_time() - begin
        boxes = [s.detection.box for s in leading(seen) if s.confidence >= search.min_confidence and s.detection.box]
        counts.found += sum(any(box.iou(face) >= SAME for box in boxes) for face in sample.faces)
        counts.faces += len(sample.faces)
        counts.accepted += len(boxes)
        if sample.animal:
            counts.false += sum(all(box.iou(face) < SAME for face in sample.faces) for box in boxes)
    return counts


def table(pictures: Sequence[Sample]) -> str:
    """Each profile with and without classes."""
    animals = sum(sample.animal for sample in pictures)
    head = (
        "profile", "false on animals, without and with classes", "lowered",
        "people's faces found, without and with", "accepted in all", "CPU ms",
    )  # fmt: skip
    lines = [f"{len(pictures)} pictures, {animals} of animals", "", f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for name in PROFILES:
        search = open_faces(LookOptions(profile=name if PROFILES[name].domains else f"{name}+domains"))
        one, other = (counted(search, pictures, with_classes=on) for on in (False, True))
        low, high = wilson(one.false - other.false, one.false)
        cells = (
            f"`{name}`",
            f"{one.false}, {other.false}",
            f"{one.false - other.false} of {one.false} ({low:.2f}-{high:.2f})",
            f"{one.found}, {other.found} of {one.faces}",
            f"{one.accepted}, {other.accepted}",
            f"{one.seconds / len(pictures) * 1e3:.0f}, {other.seconds / len(pictures) * 1e3:.0f}",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def tench(data: Path) -> str:
    """What would be lowered where people hold up an animal, if it were not left out of the domain."""
    lines = []
    paths = sorted((data / "imagenette2-160").glob(f"*/{TENCH}/*.JPEG"))
    for name in PROFILES:
        search = open_faces(LookOptions(profile=name if PROFILES[name].domains else f"{name}+domains"))
        kept, lowered = 0, []
        for path in paths:
            seen = look(search, read(path), A_DOG)
            kept += sum(s.confidence >= search.min_confidence for s in leading(seen))
            lowered += [(path.name, s.detection.box) for s in seen if s.detector == UNCONFIRMED and s.detection.box]
        lines.append(
            f"{name}: of {kept + len(lowered)} boxes accepted on {len(paths)} pictures, {len(lowered)} lowered:"
        )
        lines += [f"    {file} {box.x0:.0f} {box.y0:.0f} {box.x1:.0f} {box.y1:.0f}" for file, box in lowered]
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--tench", action="store_true", help="pictures of people who hold up a fish")
    what.add_argument("--confirm", action="store_true", help="fit the constants of the confirming step")
    asked = parser.parse_args()
    cv2.setNumThreads(1)
    if asked.tench:
        print(tench(asked.data))
        return 0
    pictures = list(samples(asked.data))
    if asked.confirm:
        known = [(s.name, s.image, s.faces, s.animal) for s in pictures]
        print(fit_confirmer(known, asked.data / "faces_wider"))
        return 0
    print(table(pictures))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
