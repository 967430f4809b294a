"""Detectors that see what a made picture says: magenta is nudity, a light square a face."""

import hashlib
import io
from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from overpaint.detectors import Detection
from overpaint.detectors._ages import ADULT, UNCLEAR, YOUNG
from overpaint.detectors._lane import Lane
from overpaint.detectors._nudity import NuditySearch
from overpaint.records import Box


@dataclass
class Lights:
    """What the stubs see; ``asked`` counts the pictures that each was shown."""

    nudity: bool = True
    adults: bool = False
    faces: bool = False  # in every picture
    asked: dict = field(default_factory=dict)


class Stub:
    """One detector of one kind."""

    version, weights, long_side = "1", "", 0

    def __init__(self, name, kind, lights, *, kinds=None):
        self.name, self.kinds, self.kind, self.lights = name, kinds or (kind,), kind, lights

    def detect(self, image):
        self.lights.asked[self.name] = self.lights.asked.get(self.name, 0) + 1
        return list(self.found(image))

    def found(self, image):
        if self.kind == "nudity":
            score = 0.9 if self.lights.nudity and is_magenta(image) else 0.01
            return [Detection("nudity", score, None)]
        if self.kind == "person" or (self.kind == ADULT and not self.lights.adults):
            return []
        if self.kind == "face" and self.lights.faces:
            return [Detection("face", 0.9, Box(5, 5, 30, 30))]
        light = image.min(axis=2) > 230
        if light.sum() < 40:
            return []
        rows, columns = np.flatnonzero(light.any(axis=1)), np.flatnonzero(light.any(axis=0))
        return [Detection(self.kind, 0.9, Box(columns[0], rows[0], columns[-1] + 1, rows[-1] + 1))]


def stub_nudity(lights):
    return NuditySearch((Stub("one", "nudity", lights, kinds=("nudity", "gore")), Stub("two", "nudity", lights)))


def stub_lane(lights):
    ages = Stub("stub-ages", ADULT, lights, kinds=(ADULT, YOUNG, UNCLEAR))
    return Lane(Stub("stub-people", "person", lights), ages)


def is_magenta(image):
    red, green, blue = image.reshape(-1, 3).mean(axis=0)
    return min(red, blue) > 2 * green


def magenta(seed=1, *, size=(96, 80), codec="JPEG", face=False, **options):
    """A textured picture in shades of magenta, with enough in it for a PDQ that is worth something."""
    grid = np.random.default_rng(seed).integers(0, 255, (20, 24), dtype=np.uint8)
    shade = np.asarray(Image.fromarray(grid).resize(size, Image.Resampling.BICUBIC), np.float64)
    pixels = np.stack([120 + shade * 0.5, shade * 0.1, 120 + shade * 0.5], axis=2)
    if face:
        pixels[10:30, 10:30] = 250
    out = io.BytesIO()
    Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(out, codec, **({"quality": 90} | options))
    return out.getvalue()


def hashes(data):
    """Every plain hash by which a picture could be known, in hex."""
    from overpaint.fingerprints import pdq_pair

    image = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
    plain = [hashlib.new(name, data).hexdigest() for name in ("md5", "sha1", "sha256")]
    return [*plain, *(each.hex() for each in pdq_pair(image))]
