"""How many more images, and what the next finding costs."""

import itertools
import math

import numpy as np
import pytest

from overpaint.errors import UsageError
from overpaint.measures import Audit, draw_audit, estimate_residual, hours_per_finding, sample_size
from overpaint.measures._residual_effort import images_for

SIZES = {"crowd": 100, "other": 900}
EXPECTED = {"crowd": 2.0, "other": 0.05}


def audit_of(**counts):
    """Each stratum's first images."""
    names = [name for name in SIZES for _ in counts[name]]
    odds = [len(counts[name]) / SIZES[name] for name in names]
    return Audit(tuple(range(len(names))), tuple(odds), SIZES, tuple(names)), [c for n in SIZES for c in counts[n]]


def test_the_cheapest_finding_comes_first():
    audit, counts = audit_of(crowd=[1, 0, 3, 2, 0], other=[0] * 29 + [1])
    first, second = hours_per_finding(audit, counts, seconds=18)
    mean = (
        100 * 6 / 5 + 900 * 1 / 30
    ) / 1000  # of all images, not of those that were audited: most of these are crowds
    borrowed = 95 * (6 + mean) / 6 + 870 * (1 + mean) / 31
    still = 95 * 6 / 5 + 870 * 1 / 30
    assert (first.stratum, second.stratum) == ("crowd", "other")
    assert first.per_image == pytest.approx((6 + mean) / 6 * still / borrowed) and first.images == 95
    assert second.findings == pytest.approx(still)  # no more than is estimated to be left
    assert first.hours_per_finding == pytest.approx(18 / 3600 / first.per_image)
    assert second.hours == pytest.approx(18 * (95 + 870) / 3600) and second.share == pytest.approx(1)
    assert second.findings == pytest.approx(95 * first.per_image + 870 * second.per_image)
    assert first.hours_per_finding < second.hours_per_finding


def test_nothing_seen_has_no_price():
    audit, counts = audit_of(crowd=[0] * 5, other=[0] * 30)
    rows = hours_per_finding(audit, counts, seconds=5)
    assert [row.hours_per_finding for row in rows] == [math.inf] * 2 and rows[-1].share == 0


def test_where_nothing_was_seen_there_may_yet_be_something():
    audit, counts = audit_of(crowd=[1, 0, 3, 2, 0], other=[0] * 30)
    assert hours_per_finding(audit, counts, seconds=5)[1].per_image > 0


def test_a_stratum_that_was_looked_through_costs_nothing_more():
    audit = draw_audit(["a"] * 10 + ["b"] * 40, 20, certain=range(10), seed=0)
    assert [row.stratum for row in hours_per_finding(audit, [1] * 20, seconds=5)] == ["b"]
    assert hours_per_finding(draw_audit(["a"] * 9, 9, seed=0), [0] * 9, seconds=5) == ()


@pytest.mark.parametrize("half", [5.0, 20.0, 60.0])
def test_no_fewer_images_would_do(half):
    """The slow reference: every pair of numbers."""
    size, unit = np.array([40.0, 90.0]), np.array([4.0, 0.3])
    found = images_for(size, unit, half, already=np.array([2.0, 2.0]))

    def reached(n):
        return 1.96 * math.sqrt(sum(s * s * u * (1 / m - 1 / s) for s, u, m in zip(size, unit, n, strict=True))) <= half

    least = min(sum(n) for n in itertools.product(range(2, 41), range(2, 91)) if reached(n))
    assert least <= found <= least + 3  # strata are rounded up each


def test_what_is_drawn_as_told_is_about_as_narrow_as_wanted():
    random = np.random.default_rng(0)
    strata = [name for name, size in SIZES.items() for _ in range(10 * size)]
    counts = [int(random.geometric(1 / (1 + EXPECTED[name])) - 1) for name in strata]
    n = sample_size({name: 10 * size for name, size in SIZES.items()}, EXPECTED, within=0.15)
    audit = draw_audit(strata, n, expected=EXPECTED, seed=1)
    told = estimate_residual(audit, [counts[i] for i in audit.chosen]).total
    assert 0.1 < (told.high - told.low) / 2 / told.value < 0.25
    assert sample_size(SIZES, EXPECTED, within=0.05) > sample_size(SIZES, EXPECTED, within=0.5)
    assert sample_size(SIZES, EXPECTED, within=1e-6) == 1000


def test_what_cannot_be_planned():
    with pytest.raises(UsageError, match="within"):
        sample_size(SIZES, EXPECTED, within=0)
    with pytest.raises(UsageError, match="nothing is expected"):
        sample_size(SIZES, {"crowd": 0, "other": 0}, within=0.1)
    with pytest.raises(UsageError, match="no guess"):
        sample_size(SIZES, {"crowd": 1}, within=0.1)
    audit, counts = audit_of(crowd=[1], other=[0])
    with pytest.raises(UsageError, match="seconds"):
        hours_per_finding(audit, counts, seconds=0)
