"""Overpaint's own searches go through the kit that it ships for others'."""

import cv2
import numpy as np
import pytest
from matplotlib import cbook

from overpaint.detectors import SEARCHES, LookOptions, Search
from overpaint.testing import FabricatedPictures, assert_search


@pytest.fixture(scope="module")
def pictures():
    portrait = cv2.imread(str(cbook.get_sample_data("grace_hopper.jpg", asfileobj=False)))[..., ::-1]
    head = cv2.resize(np.ascontiguousarray(portrait[60:400, 130:400]), (135, 170), interpolation=cv2.INTER_AREA)
    return {"one pixel": FabricatedPictures()["one pixel"], "a head": head}


@pytest.mark.parametrize("kind", SEARCHES.values(), ids=lambda kind: kind.name)
def test_a_search_holds_what_is_relied_on(kind, pictures):
    search = kind.open(LookOptions())
    if isinstance(search, Search):
        assert_search(lambda options: search, pictures=pictures)
