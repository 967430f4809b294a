"""Cores, feathers, groups and grids, against the numbers of docs/reference/contract.md."""

from __future__ import annotations

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overpaint.errors import UsageError
from overpaint.painting import regions
from overpaint.records import Box


def one(box, **options):
    groups = regions([box], **{"width": 500, "height": 400, **options}).groups
    assert len(groups) == 1
    return groups[0]


@pytest.mark.parametrize(
    ("orientation", "core"),
    [
        (1, (85, 76, 215, 287)),
        (2, (85, 76, 215, 287)),
        (3, (85, 98, 215, 309)),
        (4, (85, 98, 215, 309)),
        (5, (70, 98, 215, 287)),
        (6, (70, 98, 215, 287)),
        (7, (85, 98, 230, 287)),
        (8, (85, 98, 230, 287)),
    ],
)
def test_the_core_grows_most_above_the_forehead(orientation, core):
    """A face of 100 x 145: 15 and 30 to the sides, ceil(21.75) = 22 and ceil(43.5) = 44 along it."""
    group = one(Box(100, 120, 200, 265), orientation=orientation)
    assert group.faces == ((100, 120, 200, 265),)
    assert group.cores == (core,)


def test_the_core_is_clipped_and_the_face_grown_to_whole_pixels():
    group = one(Box(-5.5, 10.2, 30.1, 50.9))
    assert group.faces == ((0, 10, 31, 51),)
    assert group.cores == ((0, 0, 36, 58),)
    assert group.origin == (0, 0)
    assert group.feathers == (4,)  # ceil(12 * 31 / 100)


@pytest.mark.parametrize(("side", "feather"), [(1, 2), (16, 2), (17, 3), (100, 12), (400, 48), (500, 48)])
def test_the_feather(side, feather):
    assert one(Box(0, 0, side, side + 9), width=2000, height=2000).feathers == (feather,)


@pytest.mark.parametrize(
    ("side", "cells", "expected"), [(5, 4, 16), (16, 4, 16), (17, 4, 17), (100, 4, 100), (9, 8, 32)]
)
def test_the_strength(side, cells, expected):
    assert one(Box(3, 3, 3 + side, 3 + side * 2), cells=cells).side == expected


def test_cores_that_overlap_share_the_strength_of_the_largest():
    found = regions(
        [Box(10, 100, 40, 130), Box(300, 100, 320, 120), Box(40, 90, 140, 190)], width=500, height=400
    ).groups
    assert [len(g.faces) for g in found] == [2, 1]
    assert found[0].side == 100
    assert found[0].origin == (5, 60)
    assert found[0].feathers == (4, 12)
    assert found[1].side == 20


def test_cores_that_only_touch_do_not_overlap():
    a, b = Box(0, 100, 100, 200), Box(130, 100, 230, 200)  # cores end at 115 and begin at 115
    assert len(regions([a, b], width=500, height=400).groups) == 2
    assert len(regions([a, Box(129, 100, 229, 200)], width=500, height=400).groups) == 1


@given(st.lists(st.tuples(*[st.integers(0, 90)] * 2, *[st.integers(1, 30)] * 2), max_size=12))
def test_groups_are_the_connected_parts(corners):
    found = regions([Box(x, y, x + w, y + h) for x, y, w, h in corners], width=100, height=100).groups
    cores = [(core, n) for n, group in enumerate(found) for core in group.cores]

    def overlap(a, b):
        return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]

    for i, (a, n) in enumerate(cores):
        for b, m in cores[i + 1 :]:
            assert not overlap(a, b) or n == m
    for number, group in enumerate(found):
        reached = {group.cores[0]}
        while True:
            more = {core for core, n in cores if n == number and any(overlap(core, r) for r in reached)} - reached
            if not more:
                break
            reached |= more
        assert reached == set(group.cores)


@pytest.mark.parametrize(
    "box",
    [
        Box(10, 10, 10, 20),
        Box(20, 10, 10, 20),
        Box(600, 10, 700, 20),
        Box(-20, 10, 0, 20),
        Box(math.nan, 10, 20, 20),
        Box(10, 10, 20, math.nan),
        Box(-math.inf, 10, -5, 20),
    ],
)
def test_no_face(box):
    assert regions([box], width=500, height=400).groups == ()


def test_boxes_without_end_are_clipped():
    assert one(Box(-math.inf, -math.inf, math.inf, math.inf)).cores == ((0, 0, 500, 400),)


def test_packed_as_rows_of_int32():
    where = regions([Box(10, 100, 40, 130), Box(300, 100, 320, 120)], width=500, height=400)
    groups, cores = where.packed()
    assert struct.unpack("=6i", groups) == (30, 5, 91, 20, 297, 94)
    assert struct.unpack("=12i", cores) == (5, 91, 45, 135, 4, 0, 297, 94, 323, 123, 3, 1)
    assert where.faces == 2


@pytest.mark.parametrize(("name", "value"), [("cells", 0), ("cells", 65), ("orientation", 0), ("orientation", 9)])
def test_arguments_that_are_wrong_are_named(name, value):
    with pytest.raises(UsageError, match=name):
        regions([], width=5, height=5, **{name: value})
