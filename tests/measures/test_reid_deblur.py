"""What is known of a blur is undone as far as it goes."""

import cv2
import numpy as np
import pytest

from overpaint.measures._reid_deblur import left_of, richardson_lucy, smoothed, wiener


@pytest.fixture
def picture():
    draw = np.random.default_rng(0).random((16, 16, 3)).astype(np.float32)
    return np.clip(cv2.resize(draw, (96, 96), interpolation=cv2.INTER_CUBIC) * 200 + 28, 0, 255)


def blur(picture, sigma):
    return cv2.GaussianBlur(picture, (0, 0), sigma, borderType=cv2.BORDER_REFLECT)


@pytest.mark.parametrize("sigma", [1.5, 3.0])
def test_the_transfer_is_that_of_a_gaussian(picture, sigma):
    plane = np.ascontiguousarray(picture[..., 0])
    ours = cv2.idct(cv2.dct(plane) * left_of(96, 96, sigma))
    assert np.abs(ours - blur(plane, sigma)).max() < 1.0


@pytest.mark.parametrize("undo", [lambda p: wiener(p, 3.0, noise=1e-4), lambda p: richardson_lucy(p, 3.0)])
def test_a_known_blur_is_mostly_undone(picture, undo):
    seen = np.rint(blur(picture, 3.0))
    before, after = (np.sqrt(np.mean((each - picture) ** 2)) for each in (seen, undo(seen)))
    assert after < 0.7 * before


def test_a_flat_picture_stays_as_it_is():
    flat = np.full((64, 64, 3), 131, np.float32)
    for told in (wiener(flat, 9.0, noise=1e-2), richardson_lucy(flat, 9.0), smoothed(flat, 8.0)):
        np.testing.assert_allclose(told, flat, atol=0.1)


def test_a_grid_loses_its_edges(picture):
    mosaic = np.kron(picture[4::8, 4::8], np.ones((8, 8, 1), np.float32))
    assert np.abs(np.diff(smoothed(mosaic, 8.0), axis=0)).max() < np.abs(np.diff(mosaic, axis=0)).max() / 3
