"""Tiny classes of colour patterns, as an arm that was decoded, and a recipe that is done in seconds."""

import dataclasses

import numpy as np

from overpaint.measures._pictures import Pictures, PicturesWriter
from overpaint.measures._recipe import read_recipe
from overpaint.measures._training import Lesson

CLASSES = ("n00000001", "n00000002", "n00000003")
RECIPE = dataclasses.replace(read_recipe(), epochs=3, batch=8, side=32, resize=32, crop=32, store=40, rate=0.02)


def pattern(kind, seed, height=40, width=52):
    """Stripes across, stripes along or dots, in colours of chance."""
    draw = np.random.default_rng([kind, seed])
    y, x = np.mgrid[:height, :width]
    on = (x // 4 % 2, y // 4 % 2, (x // 4 + y // 4) % 2)[kind]
    colours = draw.integers(0, 256, (2, 3))
    noise = draw.integers(-20, 20, (height, width, 3))
    return np.clip(colours[on] + noise, 0, 255).astype(np.uint8)


def taught(folder, *, each=10, name="original", change=lambda picture: picture):
    """Pictures of `CLASSES`, and their labels."""
    folder.mkdir(parents=True, exist_ok=True)
    labels = np.repeat(np.arange(3), each)
    keys = [f"{CLASSES[label]}/{at}.png" for at, label in enumerate(labels)]
    with PicturesWriter(folder / name) as part:
        for at, (key, label) in enumerate(zip(keys, labels.tolist(), strict=True)):
            part.put(key, change(pattern(label, at)))
    return Pictures([folder / name], keys), labels


def lesson(folder, *, seed=0, name="original", change=lambda picture: picture, recipe=RECIPE, **more):
    pictures, labels = taught(folder, name=name, change=change)
    return Lesson(recipe, "small", CLASSES, pictures, labels, name, seed, **more)
