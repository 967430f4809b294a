"""Erasure as a sign: found in a network made to go by it, and not in ones that look elsewhere."""

import json
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overpaint.errors import UsageError
from overpaint.measures._cues import measure_cues
from overpaint.measures._cues_places import CuePicture, erased, laid, mask_of, moved, patch_from, scaled, spots_of
from overpaint.measures._cues_plots import cue_plots
from overpaint.measures._cues_saliency import mass_inside, measure_saliency, ratio
from overpaint.measures._cues_trials import TRIALS, Trial, trials_of
from overpaint.measures._recipe import read_recipe
from overpaint.measures._result import plain
from overpaint.records import Box

SIDE = 96


def picture(number, *, faces=()):
    """Fine noise on a slow slope of colour: nothing in it is flat before something is erased."""
    draw = np.random.default_rng(number)
    slope = np.linspace(0, 1, SIDE)[:, None, None] * draw.uniform(-40, 40, 3) + draw.uniform(90, 160, 3)
    noise = draw.normal(0, 25, (SIDE, SIDE, 3))
    return CuePicture(np.clip(slope + noise, 0, 255).astype(np.uint8), tuple(faces), number % 2)


def some(n=24):
    """Half of them with one face or two."""
    found = []
    for number in range(n):
        draw = np.random.default_rng([9, number])
        x, y = draw.integers(12, 60, 2).tolist()
        faces = [Box(x, y, x + 16, y + 18)] if number % 2 else []
        found.append(picture(number, faces=faces))
    return found


def flat(image):
    """The share of the picture that is flat, which only erasure makes."""
    grey = image.astype(np.float32).mean(axis=2)
    return float((np.abs(cv2.Laplacian(grey, cv2.CV_32F)) < 4).mean())


def by_blur(images):
    """Goes by the flat share alone."""
    return np.array([[0.0, 40 * flat(each) - 6] for each in images], np.float32)


def by_colour(images):
    """Goes by the mean colour, which erasure keeps and a patch of another picture changes a little."""
    return np.array([[0.0, (each.astype(float).mean() - 125) / 10] for each in images], np.float32)


def test_a_network_that_goes_by_blur_is_found_and_one_that_goes_by_colour_is_not():
    found = measure_cues({"clear": [by_colour], "erased": [by_blur]}, some(), rates=[0.1, 0.9], seed=1)
    assert set(found.tried) == set(TRIALS) and all(n >= 10 for n in found.tried.values())
    for trial in ("planted", "elsewhere"):
        blur, colour = found.movements["erased"][trial], found.movements["clear"][trial]
        assert blur.beyond.both.low > 0 and blur.towards.both.low > 0
        assert colour.beyond.both.low <= 0 and colour.towards.both.low <= 0
        learned = found.learned["erased"][trial]
        assert learned.beyond.both.low > 0 and learned.towards.both.low > 0
        assert learned.towards.value == pytest.approx(blur.towards.value - colour.towards.value)
    # taking the sign away moves the prediction back, and another erased face in its place does not
    removed, exchanged = found.movements["erased"]["removed"], found.movements["erased"]["exchanged"]
    assert removed.towards.both.high < 0 and removed.beyond.both.low > 0
    assert exchanged.size.both.value < removed.size.both.value / 2


def test_a_network_that_looks_at_nothing_does_not_move():
    nothing = lambda images: np.zeros((len(images), 3), np.float32)  # noqa: E731
    found = measure_cues({"clear": [nothing, nothing]}, some(8))
    for each in found.movements["clear"].values():
        assert each.size.value == each.control.value == each.beyond.value == each.truth.value == 0
        assert each.towards is None
    assert json.dumps(plain(found.to_dict())) and found.lines()
    assert cue_plots(found)["cues"]().axes


def test_movements_by_hand():
    trials = [each for each in trials_of(some(), look="blur", cells=4, seed=3) if isinstance(each, Trial)]
    planted = [each for each in trials if each.name == "planted"]
    found = measure_cues({"a": [by_blur]}, some(), seed=3).movements["a"]["planted"]
    sizes, truths = [], []
    for each in planted:
        p, q, c = (1 / (1 + np.exp(-(40 * flat(image) - 6))) for image in (each.before, each.after, each.control))
        sizes.append(abs(p - q))
        own = (lambda v: v) if each.label else (lambda v: 1 - v)
        truths.append(np.log(own(q)) - np.log(own(c)))
    assert found.pictures == len(planted)
    assert found.size.value == pytest.approx(np.mean(sizes), abs=1e-6)
    assert found.truth.value == pytest.approx(np.mean(truths), abs=1e-6)


def test_what_is_touched_is_what_the_trial_says():
    pictures = some()
    for each in trials_of(pictures, look="blur", cells=4, seed=2):
        assert isinstance(each, Trial)
        touched = (each.after != each.before).any(axis=2)
        control = (each.control != each.before).any(axis=2)
        assert 0 < touched.sum() < touched.size / 2
        if each.name in ("planted", "elsewhere"):
            # the same shape in the same place, to the pixel where chance left a value as it was
            both = (
                cv2.dilate(touched.astype(np.uint8), np.ones((5, 5))),
                cv2.dilate(control.astype(np.uint8), np.ones((5, 5))),
            )
            assert (both[0] != both[1]).mean() < 0.01
            assert flat(each.after) > flat(each.control) + 0.01
        else:
            assert not (touched & control).any()
            assert control.sum() > touched.sum() / 2
            assert flat(each.before) > 0.02
        if each.name == "removed":
            assert flat(each.after) < flat(each.before) - 0.01


def test_the_same_seed_gives_the_same_trials():
    one, other = (list(trials_of(some(10), look="mosaic", cells=4, seed=5)) for _ in range(2))
    assert all(
        np.array_equal(a.after, b.after) and np.array_equal(a.control, b.control)
        for a, b in zip(one, other, strict=True)
    )
    third = list(trials_of(some(10), look="mosaic", cells=4, seed=6))
    assert any(not np.array_equal(a.after, b.after) for a, b in zip(one, third, strict=True) if a.name == b.name)


def test_pictures_without_room_are_counted():
    crowded = [picture(1, faces=[Box(10, 10, 80, 80)]), picture(2)]
    found = measure_cues({"a": [by_colour]}, crowded)
    assert found.left_out["elsewhere"] == found.left_out["removed"] == found.left_out["exchanged"] == 1
    many = [picture(1, faces=[Box(x, y, x + 2, y + 2) for x in range(0, 90, 10) for y in range(0, 90, 10)]), picture(2)]
    assert measure_cues({"a": [by_colour]}, many).left_out["elsewhere"] == 1
    assert measure_cues({"a": [by_colour]}, [picture(2), picture(4)]).tried == {}


FACES = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(4, 24)), min_size=1, max_size=4)


@settings(max_examples=60, deadline=None)
@given(st.integers(40, 200), st.integers(40, 200), FACES, st.integers(0, 99))
def test_places_are_whole_in_the_picture_and_clear_of_each_other(width, height, rows, seed):
    faces = [Box(x, y, x + side, y + side + 3) for x, y, side in rows]
    avoid = [(0, 0, width // 3, height)]
    found = moved(faces, width, height, avoid=avoid, cells=4, draw=np.random.default_rng(seed))
    if found is None:
        return
    assert sorted((b.width, b.height) for b in found) == sorted((b.width, b.height) for b in faces)
    prints = [spot.footprint for spot in spots_of(found, width, height, cells=4)]
    for place, (x0, y0, x1, y1) in enumerate(prints):
        assert x0 >= 0 and y0 >= 0 and x1 <= width and y1 <= height
        for a, b, c, d in [*prints[:place], *avoid]:
            assert x1 <= a or c <= x0 or y1 <= b or d <= y0


def test_masks_hold_all_that_painting_changes():
    one = picture(3, faces=[Box(20, 30, 40, 52), Box(70, 70, 90, 95)])
    changed = (erased(one.picture, one.faces, look="fill", cells=4) != one.picture).any(axis=2)
    mask = mask_of(one.faces, SIDE, SIDE, cells=4)
    assert changed.any() and not (changed & ~mask).any() and changed[mask].mean() > 0.8


def test_patches_are_clear_of_faces_and_fade_at_the_edge():
    face = Box(30, 30, 60, 60)
    black = CuePicture(np.zeros((SIDE, SIDE, 3), np.uint8), (face,), 0)
    x0, y0, x1, y1 = spots_of([face], SIDE, SIDE, cells=4)[0].footprint
    black.picture[y0:y1, x0:x1] = 255
    draw = np.random.default_rng(0)
    under = np.full((9, 12, 3), 255, np.uint8)
    for _ in range(20):
        assert not patch_from([black], (12, 9), under, cells=4, draw=draw).any()
    assert patch_from([black], (SIDE + 1, 9), under, cells=4, draw=draw) is None
    (spot,) = spots_of([Box(40, 40, 60, 60)], SIDE, SIDE, cells=4)
    (a, b, c, d), (e, f, g, h) = spot.footprint, spot.core
    out = laid(np.zeros((SIDE, SIDE, 3), np.uint8), spot, np.full((d - b, c - a, 3), 200, np.uint8))
    assert (out[f:h, e:g] == 200).all() and out[:b].max() == out[:, :a].max() == 0
    assert 0 < out[b, (a + c) // 2, 0] < 200


def test_shapes_keep_their_share_of_the_shorter_side():
    assert scaled([Box(10, 20, 30, 50)], of=(100, 200), to=(400, 50)) == (Box(5, 10, 15, 25),)


def networks():
    import torch
    from torch import nn

    torch.set_num_threads(1)  # other tests run beside this one

    class Flatness(nn.Module):
        """Answers by how flat the picture is: what it looks at are the flat areas."""

        def __init__(self):
            super().__init__()
            kernel = torch.tensor([[0.0, 1, 0], [1, -4, 1], [0, 1, 0]]).expand(1, 3, 3, 3) / 3
            self.kernel = nn.Parameter(kernel.clone())

        def forward(self, x):
            rough = nn.functional.conv2d(nn.functional.pad(x, (1, 1, 1, 1), mode="reflect"), self.kernel)
            flat = torch.exp(-8 * rough**2)
            score = flat.mean((1, 2, 3)) * 10
            return torch.stack([-score, score], dim=1)

    class Corner(nn.Module):
        """Answers by one corner, where nothing is erased."""

        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.ones(1))

        def forward(self, x):
            score = self.weight * x[:, :, :12, :12].mean((1, 2, 3))
            return torch.stack([score, -score], dim=1)

    return Flatness().eval(), Corner().eval()


def test_saliency_lies_where_the_network_looks():
    flatness, corner = networks()
    recipe = read_recipe("small")
    pictures = [each for each in some(16) if each.faces and each.faces[0].x0 > 30]
    seeing = {
        "clear": [SimpleNamespace(net=corner, recipe=recipe)],
        "erased": [SimpleNamespace(net=flatness, recipe=recipe)],
    }
    for method, most in (("gradient", 8), ("integrated-gradients", 4)):
        found = measure_saliency(seeing, pictures, method=method, most=most)
        assert found.ratio["clear"].both.high < 1
        assert found.ratio["erased"].both.low > found.ratio["clear"].both.high
        assert found.more["erased"].both.low > 0 and found.pictures >= 3
        assert json.dumps(plain(found.to_dict())) and len(found.lines()) == 4
    assert cue_plots(measure_cues({}, []), found)["saliency"]().axes


def test_mass_by_hand():
    _, corner = networks()
    squares = np.stack([each.picture for each in some(3)])
    masks = np.zeros((3, SIDE, SIDE), bool)
    masks[0, :12, :12] = True
    masks[1, :12, :6] = True
    found = mass_inside(corner, squares, masks, method="gradient")  # of equal weights: the share of the corner
    assert found == pytest.approx([1.0, 0.5, 0.0])


@settings(deadline=None)
@given(st.integers(1, 3), st.integers(3, 9), st.integers(0, 999))
def test_influences_of_ratios_are_derivatives(seeds, n, seed):
    draw = np.random.default_rng(seed)
    mass, area = draw.random((seeds, n)), draw.random(n) + 0.1
    values, influence = ratio(mass, area)
    assert influence.sum(axis=1) == pytest.approx(np.zeros(seeds), abs=1e-12)
    weights = np.ones(n)
    weights[0] += 1e-6
    again = (mass @ weights) / (area @ weights)
    assert (again - values) / 1e-6 == pytest.approx(influence[:, 0], abs=1e-4)


def test_too_few_pictures_and_unknown_methods():
    _, corner = networks()
    seeing = {"a": [SimpleNamespace(net=corner, recipe=read_recipe("small"))]}
    assert measure_saliency(seeing, [picture(0)]).ratio == {}
    assert cue_plots(measure_cues({}, []), measure_saliency(seeing, [picture(0)])) == {}
    assert "too few" in measure_saliency(seeing, [picture(0)]).lines()[0]
    with pytest.raises(UsageError, match="unknown"):
        measure_saliency(seeing, some(4), method="guess")
