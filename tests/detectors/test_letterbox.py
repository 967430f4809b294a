"""Pictures into inputs and boxes back."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overpaint.detectors._letterbox import Canvas, Scale, fit

sides = st.integers(1, 9000)
scales = st.builds(Scale, st.sampled_from([256, 512, 1024]), st.sampled_from([0.5, 1.0, 2.0]))


@given(sides, sides, scales)
def test_a_fit_is_bounded_and_keeps_the_aspect(width, height, scale):
    place = fit(width, height, scale)
    assert place.outer_width % 32 == place.outer_height % 32 == 0
    assert 1 <= place.inner_width <= place.outer_width < place.inner_width + 32
    assert 1 <= place.inner_height <= place.outer_height < place.inner_height + 32
    assert max(place.inner_width, place.inner_height) <= scale.long_side
    assert place.inner_width <= max(1, np.ceil(width * max(1, scale.enlarge)))
    ratio = max(place.inner_width, place.inner_height) / max(width, height)
    assert abs(place.inner_width - width * ratio) <= 1
    assert abs(place.inner_height - height * ratio) <= 1


@given(sides, sides, scales)
def test_the_corners_of_the_input_are_the_corners_of_the_picture(width, height, scale):
    place = fit(width, height, scale)
    whole = place.back(np.array([[0, 0, place.inner_width, place.inner_height]], np.float32))
    np.testing.assert_allclose(whole, [[0, 0, width, height]], rtol=1e-6)


@pytest.mark.parametrize(("width", "height"), [(500, 375), (375, 500), (1000, 333), (64, 48)])
@pytest.mark.parametrize("scale", [Scale(512, 2.0), Scale(1024, 2.0), Scale(256, 0.5)])
def test_a_ramp_comes_back_where_it_was(width, height, scale):
    """Each sample of a resized ramp tells where it lies in the source: the half-open coordinates of `back`."""
    place = fit(width, height, scale)
    ramp = np.broadcast_to(np.arange(width, dtype=np.float32)[None, :, None], (height, width, 3)).copy()
    small = cv2.resize(ramp, (place.inner_width, place.inner_height), interpolation=cv2.INTER_LINEAR)
    middle = np.arange(place.inner_width) + 0.5
    boxes = np.stack([middle, middle, middle, middle], axis=1).astype(np.float32)
    inside = slice(2, -2)  # at the border cv2.resize repeats the last pixel
    np.testing.assert_allclose(small[0, inside, 0] + 0.5, place.back(boxes)[inside, 0], atol=0.02)


def slow_input(image, place, *, bgr, means):
    resized = image
    if (place.inner_width, place.inner_height) != (image.shape[1], image.shape[0]):
        how = cv2.INTER_AREA if place.inner_width < 0.45 * image.shape[1] else cv2.INTER_LINEAR
        resized = cv2.resize(np.ascontiguousarray(image), (place.inner_width, place.inner_height), interpolation=how)
    planes = np.zeros((1, 3, place.outer_height, place.outer_width), np.float32)
    for channel in range(3):
        planes[0, channel, : resized.shape[0], : resized.shape[1]] = resized[
            :, :, 2 - channel if bgr else channel
        ] - np.float32(means[channel])
    return planes


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(1, 90), st.integers(1, 90), scales, st.booleans(), st.booleans()), min_size=1, max_size=4
    ),
    st.integers(0, 2**32 - 1),
)
def test_the_canvas_equals_the_obvious_way_whatever_was_on_it_before(wanted, seed):
    canvas, draw = Canvas(), np.random.default_rng(seed)
    for width, height, scale, bgr, view in wanted:
        image = draw.integers(0, 256, (height, width, 3), np.uint8)
        if view:
            image = image[..., ::-1]
        image.flags.writeable = False
        place = fit(width, height, scale)
        for means in ((0.0, 0.0, 0.0), (104.0, 0.0, 123.5)):
            planes = canvas.fill(image, place, reverse=bgr, means=means)
            np.testing.assert_array_equal(planes, slow_input(image, place, bgr=bgr, means=means))


def test_a_picture_near_its_target_is_taken_as_it_is():
    assert fit(500, 375, Scale(512, 2.0)).inner_width == 500
    assert fit(213, 160, Scale(512, 2.0)).inner_width == 426
    assert fit(400, 300, Scale(512, 2.0)).inner_width == 512
