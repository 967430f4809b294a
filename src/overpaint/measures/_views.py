"""What a network sees of a picture: random parts of it while it learns, its middle in a test.

Order, parts and mirroring are drawn from (seed, epoch, sample) alone, so that networks which learn from different arms
see the same parts of the same samples in the same order, whatever else runs beside them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from overpaint.measures._recipe import Recipe

__all__ = ["Part", "middle", "order_of", "part_of", "seen", "shrunk", "tensor_of"]

Picture = npt.NDArray[np.uint8]

_ORDER, _PART = 0, 1
_TRIES = 10
MEAN, SPREAD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of the channels, 0 to 1, as networks are usually given them."""


@dataclass(frozen=True, slots=True)
class Part:
    """A rectangle of a picture, in pixels, and whether it is mirrored."""

    x: int
    y: int
    width: int
    height: int
    mirrored: bool


def order_of(samples: int, *, seed: int, epoch: int) -> npt.NDArray[np.int64]:
    """The order in which an epoch takes the samples."""
    return np.random.default_rng([seed, epoch, _ORDER]).permutation(samples)


def part_of(width: int, height: int, *, recipe: Recipe, seed: int, epoch: int, sample: int) -> Part:
    """The part of a picture that an epoch shows.

    Drawn as Inception's authors did (Szegedy et al. 2015) and torchvision does: an area, evenly, and a ratio, evenly in
    its logarithm, until it fits, ten times at most; then the middle with the nearest ratio that is allowed.
    """
    draw = np.random.default_rng([seed, epoch, _PART, sample])
    low, high = (math.log(each) for each in recipe.ratio)
    for _ in range(_TRIES):
        area = width * height * draw.uniform(*recipe.area)
        ratio = math.exp(draw.uniform(low, high))
        w, h = round(math.sqrt(area * ratio)), round(math.sqrt(area / ratio))
        if 0 < w <= width and 0 < h <= height:
            x, y = int(draw.integers(0, width - w + 1)), int(draw.integers(0, height - h + 1))
            return Part(x, y, w, h, bool(draw.random() < recipe.flip))
    w, h = width, height
    if width / height < recipe.ratio[0]:
        h = max(1, round(width / recipe.ratio[0]))
    elif width / height > recipe.ratio[1]:
        w = max(1, round(height * recipe.ratio[1]))
    return Part((width - w) // 2, (height - h) // 2, w, h, bool(draw.random() < recipe.flip))


def seen(picture: Picture, part: Part, side: int) -> Picture:
    """A part of a picture as a square, side x side x 3."""
    cut = picture[part.y : part.y + part.height, part.x : part.x + part.width]
    square = _resized(cut, side, side)
    return square[:, ::-1] if part.mirrored else square


def middle(picture: Picture, *, recipe: Recipe) -> Picture:
    """What a test shows: crop x crop x 3 from the middle of the picture, whose shorter side was made ``resize``."""
    height, width = picture.shape[:2]
    short = min(width, height)
    # whole pixels are cut off, as torchvision does
    to = (recipe.resize * width // short, recipe.resize * height // short)
    small = _resized(picture, *to)
    x, y = round((to[0] - recipe.crop) / 2), round((to[1] - recipe.crop) / 2)
    return small[y : y + recipe.crop, x : x + recipe.crop]


def shrunk(picture: Picture, short: int) -> Picture:
    """A picture whose shorter side is `short`; as it is, where it is not larger."""
    height, width = picture.shape[:2]
    if min(width, height) <= short:
        return np.ascontiguousarray(picture)
    scale = short / min(width, height)
    return _resized(picture, max(short, round(width * scale)), max(short, round(height * scale)))


def _resized(picture: Picture, width: int, height: int) -> Picture:
    """By Pillow's bilinear filter, which widens with the step, so that nothing is skipped when it gets smaller."""
    image = Image.fromarray(np.ascontiguousarray(picture))
    return np.asarray(image.resize((width, height), Image.Resampling.BILINEAR))


def tensor_of(squares: npt.NDArray[np.uint8], *, device: Any = "cpu") -> Any:
    """N x H x W x 3 of uint8 as what networks take: N x 3 x H x W of float32, channels last in memory."""
    import torch

    given = torch.from_numpy(np.ascontiguousarray(squares)).to(device).permute(0, 3, 1, 2)
    mean = torch.tensor(MEAN, device=device).view(1, 3, 1, 1)
    spread = torch.tensor(SPREAD, device=device).view(1, 3, 1, 1)
    return ((given.float() / 255 - mean) / spread).contiguous(memory_format=torch.channels_last)
