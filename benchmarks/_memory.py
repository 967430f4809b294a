"""Whether memory stays flat as a dataset grows: many small made pictures, one in eight with a face."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from _watch import Cost, clean_environment, watch

__all__ = ["fabricate", "grow", "portrait"]

_SIDE = 96
_A_FOLDER = 1000


def portrait() -> npt.NDArray[np.uint8]:
    """The face of Grace Hopper in the public-domain photograph that matplotlib ships, BGR, square."""
    import matplotlib as mpl

    image = cv2.imread(str(Path(mpl.get_data_path()) / "sample_data" / "grace_hopper.jpg"))
    assert image is not None
    return np.asarray(image[40:330, 130:420], np.uint8)


def fabricate(directory: Path, count: int) -> None:
    """Write ``count`` different JPEGs of 96 pixels, about 2 kB each, a thousand a folder."""
    face = cv2.resize(portrait(), (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    random = np.random.default_rng(0)
    ground = np.linspace(0, 120, _SIDE).astype(np.uint8)[None, :, None]
    for number in range(count):
        color = random.integers(0, 130, 3, np.uint8)
        image = np.broadcast_to(ground + color, (_SIDE, _SIDE, 3)).copy()
        if number % 8 == 0:
            image = cv2.add(face, np.broadcast_to(color // 8, face.shape).copy())
        cv2.putText(image, str(number), (4, 90), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (255, 255, 255))
        folder = directory / f"class{number // _A_FOLDER:03d}"
        if number % _A_FOLDER == 0:
            folder.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(folder / f"{number:06d}.jpg"), image, [cv2.IMWRITE_JPEG_QUALITY, 80])


def grow(scratch: Path, counts: Sequence[int], *, profile: str = "fast") -> dict[int, Cost]:
    """Scrub datasets of several sizes; what each cost."""
    costs = {}
    for count in counts:
        source, dest = scratch / f"tiny{count}", scratch / f"tiny{count}-out"
        fabricate(source, count)
        command: list[str | Path] = [sys.executable, "-m", "overpaint", "scrub", source, dest, "--profile", profile]
        environment = clean_environment(PYTHONPATH=str(Path(__file__).parent.parent / "src"))
        costs[count] = watch(command, environment=environment, log=scratch / f"tiny{count}.log")
        for made in (source, dest, dest.with_name(dest.name + ".run")):
            shutil.rmtree(made)
    return costs
