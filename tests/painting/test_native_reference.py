"""The extension against the slow reference: the same numbers, to the last bit."""

from __future__ import annotations

from fractions import Fraction

import jpeg_by_hand
import numpy as np
import painting_reference
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from overpaint.painting import LOOKS, _native, regions
from overpaint.records import Box

SAMPLINGS = [
    [(1, 1)],
    [(1, 1)] * 3,
    [(2, 2), (1, 1), (1, 1)],
    [(2, 1), (1, 1), (1, 1)],
    [(1, 2), (1, 1), (1, 1)],
    [(4, 1), (1, 1), (1, 1)],
    [(3, 1), (2, 1), (1, 1)],  # 3:2, no whole ratio
    [(3, 2), (1, 1), (2, 1)],
    [(1, 1)] * 4,
    [(2, 2), (1, 1), (1, 1), (2, 2)],
    [(2, 2)],  # grey with factors that mean nothing
]


@st.composite
def boxes(draw, width, height, most=4):
    def one():
        x = draw(st.integers(-10, width + 5))
        y = draw(st.integers(-10, height + 5))
        w = draw(st.integers(1, max(2, width)))
        h = draw(st.integers(1, max(2, height)))
        part = draw(st.sampled_from([1, 3, 8]))
        return Box(x, y, x + w / part, y + h / part)

    return [one() for _ in range(draw(st.integers(1, most)))]


@st.composite
def scenes(draw, low=1, high=70):
    width, height = draw(st.integers(low, high)), draw(st.integers(low, high))
    orientation, cells = draw(st.integers(1, 8)), draw(st.integers(1, 8))
    faces = draw(boxes(width, height))
    where = regions(faces, width=width, height=height, orientation=orientation, cells=cells)
    return where, draw(st.sampled_from(sorted(LOOKS))), draw(st.integers(0, 2**32 - 1))


def random_picture(where, sampling, rng, **options):
    """Coefficients that fall off as a photograph's do, with some wild blocks among them."""
    planes = []
    picture = jpeg_by_hand.Picture(where.width, where.height, planes, **options)
    planes.extend(jpeg_by_hand.Plane(h, v, np.ones((8, 8), np.int64), np.zeros(0)) for h, v in sampling)
    for plane in planes:
        rows, columns = picture.grid(plane)
        step = int(rng.choice([1, 3, 16, 60, 300]))
        plane.quant = rng.integers(1, step + 1, (8, 8))
        falling = 400 / (1 + np.add.outer(np.arange(8), np.arange(8)) ** 2)
        values = rng.laplace(0, 1, (rows, columns, 8, 8)) * falling / plane.quant
        wild = rng.random((rows, columns)) < 0.1
        values[wild] = rng.integers(-1023, 1024, (int(wild.sum()), 8, 8))
        plane.blocks = np.clip(np.rint(values), -1023, 1023).astype(np.int64)
    return picture


def expected_planes(picture, where, look):
    hm, vm = picture.factors
    for plane in picture.planes:
        size = (
            jpeg_by_hand.size_of(where.width, plane.h, hm),
            jpeg_by_hand.size_of(where.height, plane.v, vm),
        )
        pixels = Fraction(hm, plane.h), Fraction(vm, plane.v)
        yield painting_reference.painted_component(plane.blocks, plane.quant, size, pixels, where, look)


def edit(data, where, look):
    return _native.edit_jpeg(data, *where.packed(), where.cells, LOOKS[look], 10**8)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(scenes(), st.sampled_from(SAMPLINGS), st.sampled_from([0, 0, 1, 3]), st.booleans())
def test_every_coefficient_is_the_references(scene, sampling, restart, interleaved):
    where, look, seed = scene
    rng = np.random.default_rng(seed)
    picture = random_picture(where, sampling, rng, restart=restart, interleaved=interleaved)
    out, facts = edit(jpeg_by_hand.encode(picture), where, look)
    assert facts["warnings"] == 0
    assert facts["sampling"] == tuple(sampling)
    again = jpeg_by_hand.decode(out)
    assert again.restart == restart
    for before, after, expected in zip(
        picture.planes, again.planes, expected_planes(picture, where, look), strict=True
    ):
        np.testing.assert_array_equal(after.quant, before.quant)
        np.testing.assert_array_equal(after.blocks, expected)


@pytest.mark.parametrize("look", ["blur", "mosaic"])
def test_a_sample_between_two_cores_belongs_to_the_first(look):
    """Cores meet at row 17: a chroma sample touches both, in a block all of which touches the second."""
    where = regions([Box(0, 10, 40, 16), Box(0, 27, 40, 60)], width=40, height=70)
    assert [(group.cores[0][1], group.cores[0][3]) for group in where.groups] == [(8, 17), (17, 65)]
    picture = random_picture(where, [(2, 2), (1, 1), (1, 1)], np.random.default_rng(2))
    again = jpeg_by_hand.decode(edit(jpeg_by_hand.encode(picture), where, look)[0])
    for after, expected in zip(again.planes, expected_planes(picture, where, look), strict=True):
        np.testing.assert_array_equal(after.blocks, expected)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(scenes(), st.sampled_from([(np.uint8, 8), (np.uint8, 4), (np.uint8, 1), (np.uint16, 16), (np.uint16, 12)]))
def test_every_sample_of_a_plane_is_the_references(scene, kind):
    (where, look, seed), (dtype, depth) = scene, kind
    rng = np.random.default_rng(seed)
    samples = rng.integers(0, 1 << depth, (where.height, where.width, 3)).astype(dtype)
    painted = samples.copy()
    _native.paint_plane(painted[:, :, 1], depth, *where.packed(), where.cells, LOOKS[look])
    expected = painting_reference.painted_plane(samples[:, :, 1], depth, where, look)
    np.testing.assert_array_equal(painted[:, :, 1], expected)
    np.testing.assert_array_equal(painted[:, :, ::2], samples[:, :, ::2])


@pytest.mark.parametrize("look", sorted(LOOKS))
@pytest.mark.parametrize(("face", "cells"), [(16, 4), (90, 4), (150, 3)])
def test_larger_faces_are_the_references(look, face, cells):
    """Cells of many blocks take the sums from the DC coefficients: that path needs larger faces than the others."""
    rng = np.random.default_rng(face)
    where = regions([Box(9, 11, 9 + face, 11 + face * 1.2)], width=face + 60, height=face + 70, cells=cells)
    picture = random_picture(where, [(2, 2), (1, 1), (1, 1)], rng)
    again = jpeg_by_hand.decode(edit(jpeg_by_hand.encode(picture), where, look)[0])
    for after, expected in zip(again.planes, expected_planes(picture, where, look), strict=True):
        np.testing.assert_array_equal(after.blocks, expected)


@pytest.mark.parametrize(
    ("look", "sampling"),
    [
        ("blur", [(2, 2), (1, 1), (1, 1)]),
        ("mosaic", [(3, 1), (2, 1), (1, 1)]),
        ("fill", [(1, 1)]),
    ],
)
def test_a_crowd_is_the_references(look, sampling):
    """Groups so close that their feathers meet, and reach into each other's cores; chains that overlap."""
    rng = np.random.default_rng(len(sampling))
    corners = rng.integers(0, (125, 95), (30, 2))
    faces = [Box(x, y, x + w, y + h) for (x, y), (w, h) in zip(corners, rng.integers(1, 11, (30, 2)), strict=True)]
    where = regions(faces, width=130, height=100, cells=2)
    assert len(where.groups) > 6
    assert where.faces > len(where.groups)
    picture = random_picture(where, sampling, rng)
    again = jpeg_by_hand.decode(edit(jpeg_by_hand.encode(picture), where, look)[0])
    for after, expected in zip(again.planes, expected_planes(picture, where, look), strict=True):
        np.testing.assert_array_equal(after.blocks, expected)
    samples = rng.integers(0, 65536, (100, 130)).astype(np.uint16)
    expected = painting_reference.painted_plane(samples, 16, where, look)
    _native.paint_plane(samples, 16, *where.packed(), 2, LOOKS[look])
    np.testing.assert_array_equal(samples, expected)


def test_the_reference_transforms_are_a_cosine_transform():
    """Against floats: the fixed point is within a 25th of a level, and the coder by hand agrees with itself."""
    k = np.arange(8)
    basis = np.cos((2 * k[None] + 1) * k[:, None] * np.pi / 16) / 2
    basis[0] = np.sqrt(1 / 8)
    rng = np.random.default_rng(5)
    samples = rng.integers(-128 * 64, 127 * 64, (200, 8, 8))
    coefficients = basis @ (samples / 64) @ basis.T
    assert np.abs(painting_reference.forward_dct(samples) / 64 - coefficients).max() < 0.2
    whole = np.rint(coefficients).astype(np.int64)
    exact = basis.T @ whole @ basis
    assert np.abs(painting_reference.inverse_dct(whole) / 64 - np.clip(exact, -511, 511)).max() < 0.2
