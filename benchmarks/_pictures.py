"""Sets of real pictures to time on, made from a directory of real data; written to a scratch directory only."""

from __future__ import annotations

import csv
import hashlib
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from overpaint.detectors import open_looker
from overpaint.measures._truth_text import read_wider_truth

__all__ = ["Base", "bases", "imagenet_like", "mosaics", "screened", "with_riders"]

Pixels = npt.NDArray[np.uint8]

SHARE_WITH_FACE = 0.17  # of ImageNet-1k (Yang et al. 2022, "A Study of Face Obfuscation in ImageNet")
LONG_SIDE = 500
QUALITY = 90
FEW = 6  # faces: ImageNet's pictures with a face show 2.3 on average, WIDER's 20 and more


@dataclass(frozen=True)
class Base:
    """A real picture that variants are cut from, and whether somebody said that it shows a face."""

    path: Path
    face: bool


def bases(data: Path) -> list[Base]:
    """The pictures of a data directory (the layout of its README), sorted; empty parts are left out."""
    return sorted({*_imagenet(data), *_wider(data), *_others(data)}, key=lambda base: str(base.path))


def _imagenet(data: Path) -> Iterator[Base]:
    """Full-size pictures of ImageNet; a detector's candidates and what the eye said are in a table beside them."""
    listed = data / "imagenet_samples" / "people_candidates.csv"
    if not listed.exists():
        return
    with listed.open(newline="") as lines:
        people = {row["file"] for row in csv.DictReader(lines) if row["people_by_eye_thumbnail"] != "no"}
    for path in (data / "imagenet_samples").glob("*.JPEG"):
        yield Base(path, path.name in people)


def _wider(data: Path) -> Iterator[Base]:
    """Pictures of few faces: ImageNet is no crowd."""
    for part in ("train", "val"):
        listed = data / "faces_wider" / f"{part}_bbx_gt.txt"
        for name, rows in read_wider_truth(listed).items() if listed.exists() else ():
            if 1 <= len(rows) <= FEW:
                yield Base(data / "faces_wider" / part / name, face=True)


def _others(data: Path) -> Iterator[Base]:
    for path in (data / "faces_dlib").glob("*.jpg"):
        yield Base(path, face=path.name != "dogs.jpg")
    for folder in ("plates_openalpr", "text_icdar2015", "watermark_fotolia"):
        for path in (data / folder).rglob("*.jpg"):
            yield Base(path, face=False)


def screened(found: Sequence[Base]) -> list[Base]:
    """The bases whose word on faces a detector shares, so that the share of pictures to paint is about the one asked.

    It decides what the pictures are like, not how well anybody finds them: recall is measured elsewhere, on truth.
    """
    looker = open_looker("balanced")
    kept = []
    for base in found:
        image = cv2.imread(str(base.path))
        if image is not None:
            seen = looker.look(variant(image, 0, 0)[..., ::-1]).leading()
            if base.face is any(one.confidence >= looker.min_confidence for one in seen):
                kept.append(base)
    return kept


def imagenet_like(found: Sequence[Base], directory: Path, *, count: int) -> None:
    """Write ``count`` JPEGs of at most 500 pixels, 17 % of them cut from pictures with a face.

    Every file is another crop of its picture (80 to 100 % of each side), every second one mirrored, so that none is a
    copy of another; colour, 4:2:0, quality 90, in ten folders. The same files each time.
    """
    with_face = round(count * SHARE_WITH_FACE)
    number = 0
    for face, wanted in ((True, with_face), (False, count - with_face)):
        mine = [base for base in found if base.face is face]
        if not mine:
            raise SystemExit(f"--data holds no pictures {'with' if face else 'without'} a face that can be used here")
        for turn in range(wanted):
            image = opened(mine[turn % len(mine)].path)
            name = hashlib.sha256(f"{face} {turn}".encode()).hexdigest()  # so that kinds come in no order
            write(directory / f"class{number % 10}" / f"{name[:12]}.jpg", variant(image, turn // len(mine), number))
            number += 1


def variant(image: Pixels, turn: int, seed: int, *, long_side: int = LONG_SIDE) -> Pixels:
    """A crop of an image by a seed, mirrored on odd turns, at most ``long_side`` pixels long; turn 0 is the whole."""
    random = np.random.default_rng(seed)
    height, width = image.shape[:2]
    if turn:
        wide, high = (int(side * random.uniform(0.8, 1.0)) for side in (width, height))
        left, top = int(random.integers(0, width - wide + 1)), int(random.integers(0, height - high + 1))
        image = image[top : top + high, left : left + wide]
    if turn % 2:
        image = image[:, ::-1]
    ratio = long_side / max(image.shape[:2])
    if ratio < 1:
        size = max(1, round(image.shape[1] * ratio)), max(1, round(image.shape[0] * ratio))
        return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    return np.ascontiguousarray(image)


def mosaics(found: Sequence[Base], directory: Path, *, count: int, columns: int = 4) -> None:
    """Write photographs of 4,000 x 3,000 pixels, each a mosaic of ``columns`` squared real pictures, quality 90.

    One tile in six comes from a picture with a face.
    """
    wide, high = 4000 // columns, 3000 // columns
    faces, plain = ([base.path for base in found if base.face is face and _large(base.path)] for face in (True, False))
    for number in range(count):
        canvas = np.zeros((high * columns, wide * columns, 3), np.uint8)
        for tile in range(columns * columns):
            turn = number * columns * columns + tile
            path = faces[turn // 6 % len(faces)] if turn % 6 == 0 else plain[turn % len(plain)]
            row, column = divmod(tile, columns)
            picture = variant(opened(path), turn // len(plain), turn, long_side=1 << 14)
            canvas[row * high : (row + 1) * high, column * wide : (column + 1) * wide] = filled(picture, wide, high)
        write(directory / f"photo{number:03d}.jpg", canvas)


def opened(path: Path) -> Pixels:
    """A picture that was readable before."""
    image = cv2.imread(str(path))
    assert image is not None
    return np.asarray(image, np.uint8)


def filled(image: Pixels, wide: int, high: int) -> Pixels:
    """The middle of an image, resized to fill ``wide`` x ``high`` at its own aspect."""
    ratio = max(wide / image.shape[1], high / image.shape[0])
    how = cv2.INTER_AREA if ratio < 1 else cv2.INTER_CUBIC
    size = max(wide, round(image.shape[1] * ratio)), max(high, round(image.shape[0] * ratio))
    image = np.asarray(cv2.resize(image, size, interpolation=how), np.uint8)
    top, left = (image.shape[0] - high) // 2, (image.shape[1] - wide) // 2
    return image[top : top + high, left : left + wide]


def _large(path: Path) -> bool:
    image = cv2.imread(str(path))
    return image is not None and max(image.shape[:2]) >= 1000


def with_riders(data: Path, directory: Path) -> None:
    """Copy real JPEGs with metadata: small ones from cameras, each with all that its maker put in."""
    directory.mkdir(parents=True, exist_ok=True)
    places = [data / "broken" / "exif-samples", data / "imagenet_samples"]
    for path in sorted(p for place in places for p in place.rglob("*") if p.suffix.lower() in {".jpg", ".jpeg"}):
        image = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        if image is not None and image.ndim == 3:  # deface ends at the first grey one
            name = hashlib.sha256(str(path.relative_to(data)).encode()).hexdigest()[:12]
            shutil.copyfile(path, directory / f"{name}.jpg")


def write(path: Path, image: Pixels) -> None:
    """Encode at quality 90, 4:2:0."""
    path.parent.mkdir(parents=True, exist_ok=True)
    done, encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    assert done
    path.write_bytes(encoded.tobytes())
