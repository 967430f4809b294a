"""Parts of pictures: torchvision's, pixel by pixel; and drawn by seed, epoch and sample alone."""

import collections
import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lessons import RECIPE, pattern
from PIL import Image

from overpaint.measures._networks import _torchvision
from overpaint.measures._recipe import read_recipe
from overpaint.measures._views import Part, middle, order_of, part_of, seen, shrunk, tensor_of

torch = pytest.importorskip("torch")


@pytest.fixture(scope="module")
def transforms():
    _torchvision()
    from torchvision.transforms import functional

    return functional


def test_a_part_is_cut_as_torchvision_does(transforms):
    picture = pattern(2, 0, 61, 97)
    part = Part(13, 7, 50, 41, True)
    theirs = transforms.hflip(transforms.resized_crop(Image.fromarray(picture), 7, 13, 41, 50, [32, 32]))
    np.testing.assert_array_equal(seen(picture, part, 32), np.asarray(theirs))


@pytest.mark.parametrize("size", [(300, 400), (400, 300), (256, 256), (257, 301), (100, 80), (231, 999)])
def test_the_middle_is_torchvisions(transforms, size):
    picture = np.random.default_rng(0).integers(0, 256, (*size, 3)).astype(np.uint8)
    recipe = read_recipe("imagenet2021")
    theirs = transforms.center_crop(transforms.resize(Image.fromarray(picture), 256), [224, 224])
    np.testing.assert_array_equal(middle(picture, recipe=recipe), np.asarray(theirs))


def test_what_networks_are_given_is_torchvisions(transforms):
    square = pattern(0, 1, 32, 32)
    theirs = transforms.normalize(transforms.to_tensor(square.copy()), [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    torch.testing.assert_close(tensor_of(square[None])[0], theirs)


@given(st.integers(1, 3000), st.integers(1, 3000), st.integers(0, 2**32 - 1), st.integers(0, 10**6))
def test_a_part_lies_in_its_picture(width, height, seed, sample):
    part = part_of(width, height, recipe=RECIPE, seed=seed, epoch=3, sample=sample)
    assert 0 <= part.x < part.x + part.width <= width
    assert 0 <= part.y < part.y + part.height <= height


def test_parts_have_the_areas_and_ratios_that_were_asked_for():
    recipe = read_recipe("imagenet2021")
    parts = [part_of(500, 400, recipe=recipe, seed=1, epoch=0, sample=at) for at in range(2000)]
    areas = np.array([part.width * part.height / 200_000 for part in parts])
    ratios = np.array([part.width / part.height for part in parts])
    assert 0.07 < areas.min() < 0.1
    assert 0.9 < areas.max() <= 1
    assert 0.73 < ratios.min() < 0.77
    assert 1.3 < ratios.max() < 1.36
    assert 0.45 < np.mean([part.mirrored for part in parts]) < 0.55


def test_parts_and_order_depend_on_seed_epoch_and_sample_alone():
    first = part_of(99, 80, recipe=RECIPE, seed=1, epoch=2, sample=3)
    for _ in range(2):  # whatever was drawn between
        assert part_of(99, 80, recipe=RECIPE, seed=1, epoch=2, sample=3) == first
        np.random.default_rng().random()
    others = [
        part_of(99, 80, recipe=RECIPE, seed=s, epoch=e, sample=n) for s, e, n in ((2, 2, 3), (1, 3, 3), (1, 2, 4))
    ]
    assert len({first, *others}) == 4
    np.testing.assert_array_equal(order_of(50, seed=1, epoch=2), order_of(50, seed=1, epoch=2))
    assert not np.array_equal(order_of(50, seed=1, epoch=2), order_of(50, seed=1, epoch=3))
    assert not np.array_equal(order_of(50, seed=1, epoch=2), order_of(50, seed=2, epoch=2))


def test_every_sample_is_in_an_epoch_once():
    counted = collections.Counter(order_of(37, seed=9, epoch=4).tolist())
    assert counted == dict.fromkeys(range(37), 1)


def test_the_longest_pictures_are_cut_in_the_middle():
    recipe = dataclasses.replace(RECIPE, flip=0.0)
    assert part_of(1, 3000, recipe=recipe, seed=0, epoch=0, sample=0) == Part(0, 1499, 1, 1, False)
    assert part_of(3000, 1, recipe=recipe, seed=0, epoch=0, sample=0).height == 1


def test_pictures_get_smaller_and_never_larger():
    assert shrunk(pattern(0, 0, 80, 120), 40).shape == (40, 60, 3)
    assert shrunk(pattern(0, 0, 30, 50), 40).shape == (30, 50, 3)
