"""COCO's protocol equals pycocotools', image by image and in the mean, and its draws are draws."""

import contextlib
import io

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from overpaint.measures._detection_coco import coco_image, coco_statistics


def world(seed, count=25):
    """Images of boxes, crowds and ignored ones, and detections that lie more or less on them; scores may be equal."""
    draw = np.random.default_rng(seed)
    made = []
    for _ in range(count):
        many = int(draw.integers(0, 8))
        corners = draw.uniform(0, 300, (many, 2))
        truth = np.concatenate([corners, corners + draw.uniform(15, 140, (many, 2))], axis=1)
        crowd = draw.random(many) < 0.1
        counted = ~crowd & (draw.random(many) < 0.85)
        found = truth[draw.integers(0, many, int(draw.integers(0, 140)))] if many else np.zeros((0, 4))
        boxes = found + draw.normal(0, 5, found.shape) + draw.choice([0, 120], (len(found), 1), p=[0.8, 0.2])
        boxes[:, 2:] = np.maximum(boxes[:, 2:], boxes[:, :2] + 2)
        made.append((boxes, draw.random(len(boxes)).round(2), truth, counted, crowd))
    return made


def theirs(images):
    """The same by pycocotools: AP, AP at 0.5 and at 0.75."""

    def xywh(box):
        return [float(box[0]), float(box[1]), float(box[2] - box[0]), float(box[3] - box[1])]

    annotations, results = [], []
    for number, (boxes, scores, truth, counted, crowd) in enumerate(images, 1):
        for box, counts, many in zip(truth, counted, crowd, strict=True):
            area = float((box[2] - box[0]) * (box[3] - box[1]))
            told = {"image_id": number, "category_id": 1, "bbox": xywh(box), "area": area, "iscrowd": int(many)}
            annotations.append(told | {"id": len(annotations) + 1, "left_out": int(not counts)})
        results += [
            {"image_id": number, "category_id": 1, "bbox": xywh(box), "score": float(score)}
            for box, score in zip(boxes, scores, strict=True)
        ]
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = {
            "images": [{"id": n} for n in range(1, len(images) + 1)],
            "annotations": annotations,
            "categories": [{"id": 1, "name": "face"}],
        }
        coco.createIndex()
        judge = Ignoring(coco, coco.loadRes(results), "bbox")
        judge.evaluate()
        judge.accumulate()
    precision = judge.eval["precision"][:, :, 0, 0, 2]
    return [float(precision.mean()), float(precision[0].mean()), float(precision[5].mean())]


class Ignoring(COCOeval):
    """pycocotools ignores crowds alone; single boxes are ignored here as it ignores those outside a range of areas."""

    def _prepare(self):
        super()._prepare()
        for truth in self._gts.values():
            for each in truth:
                each["ignore"] = int(each["iscrowd"] or each["left_out"])


@pytest.mark.parametrize("seed", range(6))
def test_it_equals_pycocotools(seed):
    images = world(seed)
    statistics = coco_statistics([coco_image(*image) for image in images])
    ours = [float(of(np.ones((1, len(images))))[0]) for of in statistics.values()]
    assert ours == pytest.approx(theirs(images), abs=1e-9)
    assert 0.1 < ours[0] < ours[1]


def test_weights_are_draws():
    images = [coco_image(*image) for image in world(9, count=12)]
    chosen = np.random.default_rng(1).integers(0, 12, 12)
    weights = np.bincount(chosen, minlength=12)[None].astype(float)
    again = coco_statistics([images[i] for i in chosen])
    for name, of in coco_statistics(images).items():
        assert of(weights)[0] == pytest.approx(again[name](np.ones((1, 12)))[0], abs=0.01), name  # equal scores


def test_small_ones_and_nothing_at_all():
    none = np.zeros((0, 4)), np.zeros(0), np.array([[0.0, 0, 30, 30]]), np.array([True]), np.array([False])
    (ap, *_) = coco_statistics([coco_image(*none)]).values()
    assert ap(np.ones((1, 1)))[0] == 0 and np.isnan(ap(np.zeros((1, 1)))[0])
    small = np.array([[50.0, 50, 60, 60]]), np.array([0.9]), *none[2:]
    assert not coco_image(*small, least_height=20).counts.any() and coco_image(*small).counts.all()
