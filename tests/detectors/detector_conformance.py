"""What every detector has to hold, whoever wrote it."""

import math
import re

import numpy as np

from overpaint.detectors import Detection, Detector


def check_detector(detector, images):
    """Assert that a detector keeps to the protocol on these pictures, and gives the same answer twice."""
    assert isinstance(detector, Detector)
    assert re.fullmatch("[a-z][a-z0-9-]*", detector.name)
    assert isinstance(detector.version, str)
    assert detector.version
    assert re.fullmatch("([0-9a-f]{64})?", detector.weights)
    assert isinstance(detector.kinds, tuple)
    assert detector.kinds
    assert detector.long_side >= 0
    for image in images:
        before = image.copy()
        image.flags.writeable = False
        first, second = detector.detect(image), detector.detect(image)
        assert first == second
        np.testing.assert_array_equal(image, before)
        for found in first:
            check_detection(found, detector, width=image.shape[1], height=image.shape[0])


def check_detection(found, detector, *, width, height):
    assert isinstance(found, Detection)
    assert found.kind in detector.kinds
    assert 0 <= found.score <= 1
    assert found.text is None or isinstance(found.text, str)
    if found.box is not None:
        box = found.box
        assert all(math.isfinite(v) for v in (box.x0, box.y0, box.x1, box.y1))
        assert 0 <= box.x0 < box.x1 <= width
        assert 0 <= box.y0 < box.y1 <= height
