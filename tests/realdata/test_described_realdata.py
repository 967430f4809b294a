"""A real network by description says of real pictures what our own code around the same network says."""

import hashlib

import cv2
import numpy as np
import pytest

from overpaint import models
from overpaint.detectors import described
from overpaint.measures import CLASSES, Classifier

pytestmark = pytest.mark.realdata

DESCRIPTION = """
name = "things"
file = "{file}"
sha256 = "{sha256}"
licence = "Apache-2.0"
trained_on = "ImageNet"
[input]
size = [224, 224]
layout = "NCHW"
colour = "RGB"
mean = 127
std = 128
fit = "centre-crop"
crop = 0.875
[head]
type = "softmax"
classes = 1000
logits = true
"""
CLASS = '[[classes]]\nindex = {index}\nkind = "{kind}"\nthreshold = 0.0\n'


def test_a_classifier_by_description_agrees_with_ours(realdata, tmp_path):
    folders = sorted((realdata / "imagenette2-160" / "val").iterdir())
    wnids = [folder.name for folder in folders]
    file = models.path("efficientnet-lite0")
    text = DESCRIPTION.format(file=file, sha256=hashlib.sha256(file.read_bytes()).hexdigest())
    text += "".join(CLASS.format(index=CLASSES[wnid], kind=wnid) for wnid in wnids)
    (tmp_path / "things.toml").write_text(text)
    detector, ours = described(tmp_path / "things.toml"), Classifier.open(threads=1)
    right, same, apart = [], [], []
    for folder in folders:
        for path in sorted(folder.glob("*.JPEG"))[:10]:
            image = np.ascontiguousarray(cv2.imread(str(path))[..., ::-1])
            said = {d.kind: d.score for d in detector.detect(image)}
            scores = ours.scores(image)
            expected = {wnid: scores[CLASSES[wnid]] for wnid in wnids}
            right.append(max(said, key=said.get) == folder.name)
            same.append(max(said, key=said.get) == max(expected, key=expected.get))
            apart.append(max(abs(said[wnid] - expected[wnid]) for wnid in wnids))
    print(
        f"{len(right)} pictures: right {np.mean(right):.3f}, as ours {np.mean(same):.3f}, apart {np.median(apart):.3f}"
    )
    assert len(right) >= 50
    assert np.mean(right) >= 0.9
    assert np.mean(same) >= 0.95
    assert np.median(apart) < 0.05  # we resize by cubic interpolation, a description's pictures are resized bilinearly
