"""The models that are converted from other formats see on real photos what is there, through the store."""

import cv2
import numpy as np
import pytest

from overpaint import models
from overpaint.detectors._onnx import open_session

pytestmark = pytest.mark.realdata


@pytest.fixture(scope="module")
def photos(realdata):
    """Twelve validation photos of WIDER FACE: people, and their faces."""
    files = sorted((realdata / "faces_wider" / "val").rglob("*.jpg"))[::5][:12]
    return [cv2.imread(str(file)) for file in files]


def run(name, blobs):
    session = open_session(models.read(name), name=name, threads=1)
    source = session.get_inputs()[0].name
    return [session.run(None, {source: blob}) for blob in blobs]


def test_nanodet_sees_the_people(photos):
    blobs = []
    for image in photos:
        scale = 416 / max(image.shape[:2])
        small = cv2.resize(image, None, fx=scale, fy=scale)[:416, :416]
        canvas = np.zeros((416, 416, 3), np.float32)
        canvas[: len(small), : small.shape[1]] = small
        blobs.append(((canvas - [103.53, 116.28, 123.675]) / [57.375, 57.12, 58.395]).transpose(2, 0, 1)[None])
    found = run("nanodet", [blob.astype(np.float32) for blob in blobs])
    best = [max(float(scores[0, :, 0].max()) for scores in outputs[:3]) for outputs in found]
    assert sum(score > 0.5 for score in best) >= 11
    assert all(outputs[place].shape[1:] == ((2704, 676, 169)[place], 80) for outputs in found for place in range(3))


def test_retinaface_sees_the_faces(photos):
    blobs = [(image - np.array([104, 117, 123])).astype(np.float32).transpose(2, 0, 1)[None] for image in photos]
    assert sum(float(conf[0, :, 1].max()) > 0.9 for _, conf, _ in run("retinaface", blobs)) >= 11


def test_faceres_gives_probabilities_and_features(photos):
    blobs = [cv2.resize(image, (224, 224))[None, ..., ::-1].astype(np.float32) for image in photos]
    for ages, gender, features in run("faceres", blobs):
        assert ages.shape == (1, 100)
        assert abs(float(ages.sum()) - 1) < 1e-4
        assert 0 <= float(gender[0, 0]) <= 1
        assert features.shape == (1, 1024)
