"""What is still there: estimates against slow sums, intervals against known misses."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overpaint.measures import Audit, draw_audit, estimate_residual
from overpaint.measures._residual_intervals import Spread, Sums, any_ends, ends, spread_of, sums_of, sums_of_any
from overpaint.measures._result import plain

VALUES = np.arange(21)
groups = st.lists(
    st.tuples(st.integers(0, 60), st.lists(st.integers(0, 12), min_size=1, max_size=12)), min_size=1, max_size=4
).map(lambda rows: [(len(counts) + more, counts) for more, counts in rows])


def slow(strata):
    """Each formula once more, image by image."""
    everything = [y for _, counts in strata for y in counts]
    n, pooled = len(everything), float(np.var(everything, ddof=1)) if len(everything) > 1 else 0.0
    total = variance = 0.0
    rows = []
    for size, counts in strata:
        m, f = len(counts), len(counts) / size
        mean = math.fsum(counts) / m
        off = [y - mean for y in counts]
        unit = math.fsum(d * d for d in off) / (m - 1) if m > 1 else pooled
        each = size**2 * (1 - f) / m
        total, variance = total + size * mean, variance + each * unit
        rows.append((size, m, f, unit, each, off))
    second, third, fourth = (math.fsum(d**k for *_, off in rows for d in off) for k in (2, 3, 4))
    own = together = 0.0
    for size, m, f, unit, each, off in rows:
        mine = m / (m + 2)
        skew = mine * math.fsum(d**3 for d in off) / m + (1 - mine) * third / (second or 1) * unit
        peak = mine * math.fsum(d**4 for d in off) / m + (1 - mine) * fourth / (second or 1) * unit
        together += each * size * (1 - f) * skew / m
        own += each**2 * (1 - f) * max(0.0, peak - unit**2 * (m - 3) / max(m - 1, 1)) / m
    excess = max(0.0, own - together**2 / variance) / variance**2 if variance > 0 else 0.0
    drawn = [(size, counts) for size, counts in strata if size > len(counts)]
    some = [y for _, counts in drawn for y in counts if y]
    typical = some or [y for y in everything if y]
    n = max(1, sum(len(counts) for _, counts in drawn))
    add, far = [0.0, 0.0], [0.0, 0.0]
    for size, counts in strata:
        m, w, f, mean = len(counts), size / len(counts), len(counts) / size, sum(counts) / len(counts)
        share = 0.45 * m / n + 0.55 * sum(y > 0 for y in counts) / len(some) if some else m / n
        first = sum(typical) / max(1, len(typical))
        second = sum(y * y for y in typical) / max(1, len(typical))
        add[0] += share * w * (1 - f) * max(0, first - mean)
        add[1] += share * w**2 * (1 - f) * max(0, second - 2 * first * mean + mean**2)
        reach = max(0, max(counts) - mean)
        far = [max(far[0], w * (1 - f) * reach), max(far[1], w**2 * (1 - f) * reach**2)]
    return [total - sum(everything), variance, excess, *add, *far]


@settings(max_examples=50, deadline=None)
@given(groups)
def test_the_spread_is_what_the_formulas_say(strata):
    found = spread_of(sums_of(strata))
    got = [found.unseen, found.variance, found.excess, *found.typical, *found.largest]
    np.testing.assert_allclose(got, slow(strata), rtol=1e-6, atol=1e-6)
    assert found.seen == sum(y for _, counts in strata for y in counts)


@settings(max_examples=25, deadline=None)
@given(groups, st.sampled_from([0.8, 0.95]))
def test_no_interval_excludes_what_was_seen(strata, level):
    sums = sums_of(strata)
    spread = spread_of(sums)
    low, high = ends(spread, level=level)
    value = spread.seen + spread.unseen
    assert spread.seen - 1e-9 <= low <= high + 1e-9 and low <= value + 1e-6
    any_low, any_high = any_ends(sums, level=level)
    seen = sums.positive.sum()
    assert seen - 1e-6 <= any_low <= any_high + 1e-6
    assert any_high <= sums.size.sum() - (sums.n.sum() - seen) + 1e-6
    if (sums.size == sums.n).all():
        assert low == high == value and any_low == any_high == seen


def test_many_samples_at_once_are_the_same_as_one_by_one():
    random = np.random.default_rng(0)
    strata = [[(300, random.poisson(0.4, 20)), (50, random.poisson(2, 10))] for _ in range(5)]
    single = [sums_of(each) for each in strata]
    every = Sums(
        single[0].size,
        single[0].n,
        np.stack([each.powers for each in single], 1),
        np.stack([each.positive for each in single]),
        np.stack([each.most for each in single]),
    )
    for of in (lambda s: ends(spread_of(s)), any_ends, lambda s: ends(spread_of(sums_of_any(s)))):
        together, alone = of(every), [of(each) for each in single]
        for side in (0, 1):
            np.testing.assert_allclose(together[side], [each[side] for each in alone], rtol=1e-12)


def test_of_ones_it_is_about_poisson_with_half_an_image_more():
    """Jeffreys' interval of a rate: what is rare among many is Gamma(x + 1/2)."""
    from scipy.stats import gamma

    low, high = ends(spread_of(sums_of([(10_000_000, [1] * 9 + [0] * 9991)])))
    scale = 1000
    assert low / scale == pytest.approx(gamma.ppf(0.025, 9.5), rel=0.01)
    assert high / scale == pytest.approx(gamma.ppf(0.975, 9.75), rel=0.02)


def covered(n, strata, sizes, draws=300, seed=0):
    """Samples of known misses: how often the interval holds them, and its width by the least that it could have."""
    random = np.random.default_rng(seed)
    truth = np.array([random.multinomial(size, np.concatenate(([1 - p], p * sizes))) for size, p in strata])
    size, n = truth.sum(1), np.array(n)
    counts = np.stack([random.multivariate_hypergeometric(t, m, size=draws) for t, m in zip(truth, n, strict=True)], 1)
    values = VALUES[: truth.shape[1]]
    powers = np.stack([counts @ values.astype(float) ** k for k in (1, 2, 3, 4)])
    most = np.where(counts > 0, values, 0).max(-1).astype(float)
    sums = Sums(size.astype(float), n.astype(float), powers, counts[..., 1:].sum(-1).astype(float), most)
    low, high = ends(spread_of(sums))
    mean = truth @ values / size
    unit = (truth * (values - mean[:, None]) ** 2).sum(1) / (size - 1)
    deviation = math.sqrt((size**2 * (1 / n - 1 / size) * unit).sum())
    known = sums.positive.sum(-1) >= 5
    inside = (low <= (truth @ values).sum()) & ((truth @ values).sum() <= high)
    any_low, any_high = any_ends(sums)
    images = truth[:, 1:].sum()
    any_inside = (any_low <= images + 1e-6) & (images <= any_high + 1e-6)
    return inside[known].mean(), (high - low)[known].mean() / (3.92 * deviation), any_inside.mean()


FEW = 0.6 * 0.4 ** np.arange(20.0)
FEW /= FEW.sum()
ONE = np.array([1.0])
CROWDS = np.array([0.65, 0.15, 0.09, 0.06, 0.03, *([0.02 / 15] * 15)])


@pytest.mark.parametrize(
    ("n", "strata", "sizes"),
    [
        ([60], [(20_000, 0.3)], FEW),
        ([60], [(20_000, 0.2)], ONE),
        ([60], [(150, 0.4)], FEW),
        ([200], [(20_000, 0.1)], CROWDS),
        ([1000], [(20_000, 0.02)], FEW),
        ([70, 65, 65], [(15_000, 0.01), (4_000, 0.1), (1_000, 0.6)], FEW),
        ([60, 60, 80], [(3_000, 0.0), (3_000, 0.05), (1_000, 0.5)], CROWDS),
    ],
)
def test_intervals_hold_known_misses(n, strata, sizes):
    """Wide bounds for 400 draws; benchmarks/residual.py has the narrow ones for thousands."""
    inside, width, any_inside = covered(n, strata, sizes, draws=400)
    assert 0.91 <= inside <= 0.99
    assert 0.9 <= width <= 1.25
    assert any_inside >= 0.91


def audited(seed=0, n=120):
    random = np.random.default_rng(seed)
    strata = ["crowd" if i < 100 else "other" for i in range(1000)]
    counts = [int(random.poisson(1.2 if s == "crowd" else 0.05)) for s in strata]
    audit = draw_audit(strata, n, expected={"crowd": 1, "other": 0.1}, seed=seed)
    return audit, [counts[i] for i in audit.chosen], counts


def test_what_is_told_of_an_audit():
    audit, answers, counts = audited()
    told = estimate_residual(audit, answers)
    assert told.total.low <= sum(counts) <= told.total.high
    assert told.per_1000.value == pytest.approx(told.total.value) and told.population == 1000
    assert sum(each.value for each in told.by_stratum.values()) == pytest.approx(told.total.value)
    assert list(told.by_stratum) == ["crowd", "other"]
    assert told.images_with_any.low <= sum(c > 0 for c in counts) <= told.images_with_any.high
    assert told.fewer_than.value >= 1000 * told.with_any / 1000 and told.fewer_than.low is None
    assert told.counted == sum(answers) and told.audited == 120 and not told.few
    assert told.effective > 120  # strata that differ are worth more than a plain sample
    assert list(told.more) == ["10%", "20%", "40%"] and told.more["10%"] > told.more["40%"] >= 0
    assert plain(told.figures())["total"]["low"] == told.total.low


def test_an_audit_of_everything_is_a_count():
    audit, answers, counts = audited(n=1000)
    told = estimate_residual(audit, answers)
    assert told.total.value == told.total.low == told.total.high == sum(counts)
    assert told.fewer_than.value == sum(c > 0 for c in counts) == told.images_with_any.high
    assert set(told.more.values()) == {0} and not told.few


def test_few_findings_have_no_interval_but_a_bound():
    audit = draw_audit(["a"] * 5000, 100, seed=0)
    told = estimate_residual(audit, [3, 1, 1, 1] + [0] * 96)
    assert told.few and told.total.value == 300 and told.total.low is None and told.per_1000.high is None
    assert "4 images" in told.total.method
    assert told.fewer_than.value == pytest.approx(89, abs=2)  # 4 in 100: Clopper and Pearson say 89 in 1,000
    nothing = estimate_residual(audit, [0] * 100)
    assert nothing.total.value == 0 and nothing.more == {} and nothing.images_with_any.low == 0
    assert nothing.fewer_than.value == pytest.approx(29, abs=1)  # the rule of three
    assert nothing.images_with_any.high > 0


def test_unanswered_images_are_as_though_they_had_not_been_drawn():
    audit, answers, _ = audited()
    some = [None if i in {3, 50, 99} else y for i, y in enumerate(answers)]
    told = estimate_residual(audit, some)
    rows = [(i, s, y) for i, s, y in zip(audit.chosen, audit.stratum, some, strict=True) if y is not None]
    drawn = {name: sum(s == name for _, s, _ in rows) for name in audit.strata}
    fewer = Audit(
        tuple(i for i, _, _ in rows),
        tuple(drawn[s] / audit.strata[s] for _, s, _ in rows),
        audit.strata,
        tuple(s for _, s, _ in rows),
    )
    assert told.total == estimate_residual(fewer, [y for _, _, y in rows]).total
    assert told.unanswered == 3 and told.audited == 117


def test_images_that_are_certain_stand_for_themselves():
    strata = ["a"] * 200
    audit = draw_audit(strata, 21, certain=[7], seed=0)
    counts = [30] + [1, 0] * 10
    told = estimate_residual(audit, counts)
    assert told.total.value == pytest.approx(30 + 199 / 20 * 10)
    alone = estimate_residual(draw_audit(["a"] * 199, 20, seed=0), counts[1:])
    assert told.total.low == pytest.approx(30 + alone.total.low)
    assert told.total.high == pytest.approx(30 + alone.total.high)
    few = estimate_residual(draw_audit(strata, 21, certain=range(5), seed=0), [1] * 5 + [0] * 16)
    assert few.few and few.total.low is None  # of images drawn by chance none showed any


def test_the_spread_has_no_sign_of_order():
    audit, answers, _ = audited(3)
    order = np.random.default_rng(1).permutation(len(answers))
    other = Audit(
        tuple(audit.chosen[i] for i in order),
        tuple(audit.probability[i] for i in order),
        audit.strata,
        tuple(audit.stratum[i] for i in order),
    )
    first, second = estimate_residual(audit, answers), estimate_residual(other, [answers[i] for i in order])
    assert (first.total.low, first.total.high) == pytest.approx((second.total.low, second.total.high))


def test_one_answer_in_a_stratum_takes_the_spread_of_all():
    alone = spread_of(sums_of([(10, [2]), (100, [0, 1, 0, 3])]))
    assert isinstance(alone, Spread) and alone.variance > spread_of(sums_of([(100, [0, 1, 0, 3])])).variance
