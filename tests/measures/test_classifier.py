"""The classifier's classes and what it is given; the model itself is checked by tests/models and tests/realdata."""

import numpy as np
import pytest

from overpaint.measures import CLASSES, Classifier, _classifier


def test_the_classes_are_a_thousand_sorted_offsets():
    assert len(CLASSES) == 1000
    assert list(CLASSES) == sorted(CLASSES)
    assert all(len(wnid) == 9 and wnid[0] == "n" and wnid[1:].isdigit() for wnid in CLASSES)
    # facts from elsewhere: the first, the neighbours of the well-known off-by-one, the persons, the last
    assert (CLASSES["n01440764"], CLASSES["n02835271"], CLASSES["n02837789"]) == (0, 444, 445)
    assert (CLASSES["n09835506"], CLASSES["n10148035"], CLASSES["n10565667"], CLASSES["n15075141"]) == (
        981,
        982,
        983,
        999,
    )


@pytest.mark.parametrize(("height", "width"), [(160, 213), (224, 224), (1, 1), (900, 700), (3, 500)])
def test_the_middle_square_is_taken(height, width):
    image = np.zeros((height, width, 3), np.uint8)
    image[..., 0] = 255
    given = _classifier.prepared(image)
    assert given.shape == (1, 3, 224, 224)
    assert given.dtype == np.float32
    assert np.all(given[0, 0] == 1.0)
    assert np.all(given[0, 1:] == np.float32(-127 / 128))


def test_what_lies_outside_the_square_does_not_count():
    image = np.zeros((256, 320, 3), np.uint8)
    image[16:240, 48:272] = 100
    assert np.all(_classifier.prepared(image) == np.float32(-27 / 128))


def test_scores_are_a_softmax():
    class Session:
        def run(self, _, given):
            assert given["image"].shape == (1, 3, 224, 224)
            logits = np.full((1, 1000), 500.0, np.float32)
            logits[0, 7] = 502
            return [logits]

    scores = Classifier(Session()).scores(np.zeros((10, 10, 3), np.uint8))
    assert scores.sum() == pytest.approx(1)
    assert scores[7] == pytest.approx(np.exp(2) / (np.exp(2) + 999))
