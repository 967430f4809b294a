"""A crowd of known skill that draws boxes around fabricated objects."""

import numpy as np

from overpaint.records import Box
from overpaint.review.crowd import Boxing


def pictures(count, rng, *, most=4, sizes=(16, 200)):
    """Objects by image: boxes on a frame of 1280 x 720, apart from each other."""
    found = {}
    for number in range(count):
        cells = rng.permutation(12)[: rng.integers(0, most + 1)]
        boxes = []
        for cell in cells:
            side = float(np.exp(rng.uniform(*np.log(sizes))))
            x, y = 60 + (cell % 4) * 300, 60 + (cell // 4) * 230
            boxes.append(Box(x, y, x + side, y + side))
        found[f"image-{number:04d}"] = tuple(boxes)
    return found


def drawn(objects, worker, rng, *, miss=0.1, small=None, false=0.05, jitter=0.04, shift=(0, 0, 0, 0)):
    """One worker's answers on all images."""
    answers = []
    for image, boxes in objects.items():
        mine = []
        for box in boxes:
            if rng.random() < (miss if small is None or box.width >= 32 else small):
                continue
            off = (rng.normal(0, jitter, 4) + shift) * np.hypot(box.width, 32)
            x0, y0, x1, y1 = np.array([box.x0, box.y0, box.x1, box.y1]) + off
            mine.append(Box(x0, y0, max(x0, x1), max(y0, y1)))
        for _ in range(rng.poisson(false)):
            x, y, side = rng.uniform(0, 1000), rng.uniform(0, 500), rng.uniform(20, 200)
            mine.append(Box(x, y, x + side, y + side))
        answers.append(Boxing(image, worker, tuple(mine)))
    return answers
