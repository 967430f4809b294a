"""Arms compared: planted drops and swaps are found and named as what they are, and nothing where nothing is."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from utility_worlds import world

from overpaint.errors import UsageError
from overpaint.measures._confusables import swaps
from overpaint.measures._result import plain
from overpaint.measures._utility import compare
from overpaint.measures._utility_cells import cells_of, contrasts_of
from overpaint.measures._utility_classes import class_tests, precisions
from overpaint.measures._utility_plots import plots
from overpaint.measures._utility_power import times
from overpaint.measures._utility_scores import scored

OWN = "redacted - recompressed"


def difference(figures, name=OWN):
    return next(each for each in figures.differences if each.contrast.name == name)


def test_a_planted_drop_is_found_in_its_classes_and_nowhere_else():
    predictions, shares = world(1, images=30, drop=2.0, dropped=(0, 3))
    figures = compare(predictions, shares=shares)
    assert [each.contrast.name for each in figures.differences] == [
        OWN,
        "recompressed - original",
        "redacted - original",
    ]
    found = difference(figures)
    assert {row.name for row in found.classes.named(-1)} == {"n00000000", "n00000003"}
    assert found.top1.both.high < 0 and found.classes.mean.both.high < 0
    assert not difference(figures, "recompressed - original").classes.named(-1)
    assert not any(each.swaps for each in figures.differences)


def test_by_hand():
    predictions, _ = world(2, classes=3, images=4, seeds=2)
    figures = compare(predictions)
    top1 = {each.cell: float((each.logits.argmax(axis=1) == each.labels).mean()) for each in predictions}
    by_seed = [top1["redacted", "redacted", s] - top1["recompressed", "recompressed", s] for s in (0, 1)]
    found = difference(figures)
    assert found.top1.seeds.value == pytest.approx(np.mean(by_seed))
    low, high = stats.t.interval(0.95, 1, np.mean(by_seed), stats.sem(by_seed))
    assert (found.top1.seeds.low, found.top1.seeds.high) == (pytest.approx(low), pytest.approx(high))
    assert found.top5 is None and figures.levels[0].top5 is None  # three classes
    assert any("top-5 is not given" in line for line in figures.lines())


def test_a_planted_swap_is_named_and_is_no_loss():
    predictions, _ = world(4, images=60, swap=(2, 7, 0.7), noise=0.3, bias=0.05)
    found = difference(compare(predictions))
    assert [(each.loses, each.gains) for each in found.swaps] == [("n00000002", "n00000007")]
    (swap,) = found.swaps
    assert swap.recall[0][1] < swap.recall[0][0] and swap.recall[1][1] > swap.recall[1][0]
    assert swap.shift.value > 2 * abs(swap.pooled.value)
    assert found.excused() == ("n00000002",)
    assert not found.classes.named(-1)
    told = compare(predictions).classes_to_dict()[OWN]
    assert told["recall_fell_in_a_swap"] == ["n00000002"] and told["swaps"][0]["gains"] == "n00000007"


def test_a_loss_to_one_other_class_is_no_swap():
    # one class is answered as another, and nothing comes back
    predictions, _ = world(4, images=60, noise=0.3, bias=0.05)
    turned = []
    for each in predictions:
        logits = each.logits.copy()
        if each.arm == "redacted":
            hit = np.flatnonzero(each.labels == 2)[::2]
            logits[hit, 7] = logits[hit].max(axis=1) + 1
        turned.append(replace(each, logits=logits))
    found = difference(compare(turned))
    assert not found.swaps and found.classes.by_recall(-1)[0].name == "n00000002"


def test_only_what_moves_both_ways_is_a_swap():
    # 2 is lost to 7, and 7, which was taken for 9, gains as much: top-1 of both stays, but nothing comes from 7 to 2
    predictions, _ = world(4, classes=10, images=40)
    labels = predictions[0].labels
    one, other = np.flatnonzero(labels == 2), np.flatnonzero(labels == 7)
    before = np.tile(labels, (5, 1))
    before[:, other[:12]], before[:, other[12:22]] = 9, 2
    lost, both, uneven = before.copy(), before.copy(), before.copy()
    lost[:, one[:12]], lost[:, other[:12]] = 7, 7
    both[:, one[:12]], both[:, other[12:22]] = 7, 7
    uneven[:, one[:12]], uneven[:, other[12:14]] = 7, 7  # much is lost, and little comes back
    found = [_swapped(predictions, {"recompressed": before, "redacted": each}) for each in (lost, both, uneven)]
    assert found == [[], [(2, 7)], []]


def _swapped(predictions, said):
    """Which pairs swap where those are the answers, and average precision knows of nothing."""
    cells = cells_of(predictions)
    own = {(arm, s): scored(each) for (arm, _), s, each in cells.every()}
    own = {
        (arm, s): replace(each, said=said[arm][s], top1=(said[arm][s] == cells.labels).astype(float))
        for (arm, s), each in own.items()
        if arm in said
    }
    contrast = contrasts_of(cells)[0]
    tests = class_tests(cells, own, precisions(cells, own | _rest(cells), (contrast,)), contrast, level=0.95)
    found = swaps(cells, own, contrast, replace(tests, rows=tuple(replace(r, q=1.0) for r in tests.rows)), level=0.95)
    return [(cells.classes.index(each.loses), cells.classes.index(each.gains)) for each in found]


def _rest(cells):
    return {(arm, s): scored(each) for (arm, _), s, each in cells.every() if arm == "original"}


def test_the_share_erased_is_related_to_the_drop():
    predictions, shares = world(5, images=40, by_share=8.0)
    found = difference(compare(predictions, shares=shares)).relation
    assert found.sure.high < -0.3 and found.right.high < 0 and found.slope.both.high < 0
    assert [each.above for each in found.bins] == [0.0, 0.0, 0.01, 0.05, 0.2]
    assert sum(each.images for each in found.bins) == found.images == 480
    assert found.bins[0].images == found.images - found.erased
    assert found.bins[-1].top1.both.high < found.bins[0].top1.both.low
    nothing = difference(compare(predictions, shares=shares), "recompressed - original").relation
    assert nothing.sure.low <= 0 <= nothing.sure.high


def test_cross_tests_are_paired_with_home_and_with_those_trained_for_it():
    predictions, _ = world(6, images=30)
    crossed = [
        replace(each, trained="original", logits=each.logits - 1.0 * np.eye(12, dtype=np.float32)[each.labels])
        for each in predictions
        if each.arm == "redacted"
    ]
    figures = compare([*predictions, *crossed])
    (found,) = figures.crossings
    assert (found.trained, found.tested) == ("original", "redacted")
    assert found.shift.both.high < 0 and found.instead.both.high < 0
    own = [float((each.logits.argmax(axis=1) == each.labels).mean()) for each in crossed]
    home = [float((e.logits.argmax(axis=1) == e.labels).mean()) for e in predictions if e.arm == "original"]
    assert found.shift.value == pytest.approx(np.mean(own) - np.mean(home))


@settings(max_examples=3, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_cells_and_of_images_does_not_matter(random):
    predictions, shares = world(7, classes=6, images=6, seeds=2)
    mixed = []
    for each in predictions:
        order = list(range(len(each.keys)))
        random.shuffle(order)
        keys = tuple(each.keys[place] for place in order)
        mixed.append(replace(each, keys=keys, labels=each.labels[order], logits=each.logits[order]))
    figures = compare(mixed, shares=shares)
    one, other = plain(compare(predictions, shares=shares).to_dict()), plain(figures.to_dict())
    rows = [each["differences"][OWN] for each in (one, other)]
    for way in (
        lambda row: row["top1"]["over_seeds_and_images"]["low"],
        lambda row: row["top5"]["over_seeds_and_images"]["low"],
        lambda row: row["classes"]["mean_average_precision"]["p"],
    ):
        assert way(rows[0]) == pytest.approx(way(rows[1]))


def test_aggregates_name_no_class_and_no_image_and_the_same_again_is_the_same():
    predictions, shares = world(8, swap=(2, 7, 0.7), images=30)
    named = [replace(each, classes=tuple(f"Somebody {name}" for name in each.classes)) for each in predictions]
    figures = compare(named, shares=shares)
    public = json.dumps(plain(figures.to_dict())) + "\n".join(figures.lines())
    assert "Somebody" not in public and "k000" not in public and not figures.names_are_wnids
    assert "Somebody" in json.dumps(plain(figures.classes_to_dict()))
    assert json.dumps(plain(compare(named, shares=shares).to_dict())) == json.dumps(plain(figures.to_dict()))
    assert "n00000002" in json.dumps(plain(compare(predictions).classes_to_dict()))


def test_with_one_seed_no_class_is_tested_and_no_power_given():
    predictions, shares = world(9, seeds=1, drop=3.0, dropped=(0,))
    found = difference(compare(predictions, shares=shares))
    assert found.power.seeds.value is None and not found.classes.named(-1) and not found.swaps
    assert "one seed" in found.top1.both.method


def test_a_seed_that_one_arm_lacks_is_left_out_of_the_difference():
    predictions, _ = world(10)
    fewer = [each for each in predictions if (each.arm, each.seed) != ("redacted", 4)]
    figures = compare(fewer)
    assert difference(figures).seeds == (0, 1, 2, 3)
    assert difference(figures, "recompressed - original").seeds == (0, 1, 2, 3, 4)


def test_power_is_what_a_simulation_sees():
    for freedom, seeds in ((2, 3), (4, 5), (9, 10)):
        draw = np.random.default_rng(freedom)
        effect = times(freedom) / np.sqrt(seeds)  # in deviations of a difference
        rows = draw.normal(effect, 1, (20000, seeds))
        seen = stats.ttest_1samp(rows, 0, axis=1).pvalue <= 0.05
        assert seen.mean() == pytest.approx(0.8, abs=0.012)
    assert times(float("inf")) == pytest.approx(2.8016, abs=1e-3) and times(1.0) > 15


def test_noise_is_what_seeds_alone_do():
    predictions, _ = world(11)
    noise = compare(predictions).noise
    own = [[e for e in predictions if e.arm == arm] for arm in ("original", "recompressed", "redacted")]
    tops = [[(e.logits.argmax(axis=1) == e.labels).mean() for e in arm] for arm in own]
    assert noise.deviation.value == pytest.approx(np.sqrt(np.mean([np.var(each, ddof=1) for each in tops])))
    apart = [abs(a - b) for each in tops for i, a in enumerate(each) for b in each[i + 1 :]]
    assert noise.apart.value == pytest.approx(np.mean(apart)) and noise.apart.n == 30
    assert noise.deviation.low < noise.deviation.value < noise.deviation.high
    said = [[each.logits.argmax(axis=1) for each in arm] for arm in own]
    otherwise = [(a != b).mean() for arm in said for i, a in enumerate(arm) for b in arm[i + 1 :]]
    assert noise.churn.value == pytest.approx(np.mean(otherwise))
    assert noise.changed[OWN].value == pytest.approx(np.mean([(a != b).mean() for a, b in zip(*said[1:], strict=True)]))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda p: [], "train at least one"),
        (lambda p: [p[0], p[0]], "there twice"),
        (lambda p: [p[0], replace(p[1], classes=tuple("abcdefghijkl"))], "one class list"),
        (lambda p: [replace(p[0], classes=(p[0].classes[0],) * 12)], "one name"),
        (lambda p: [p[0], replace(p[1], logits=p[1].logits * np.nan)], "not a number"),
        (lambda p: [p[0], replace(p[1], labels=p[1].labels[::-1].copy())], "labels are not those"),
        (lambda p: [p[0], replace(p[1], keys=("other", *p[1].keys[1:]))], "same images"),
        (lambda p: [replace(p[0], keys=(p[0].keys[0],) * len(p[0].keys))], "one key"),
        (lambda p: [replace(p[0], keys=(), labels=p[0].labels[:0], logits=p[0].logits[:0])], "no test image"),
    ],
)
def test_what_cannot_be_compared_is_refused(change, words):
    with pytest.raises(UsageError, match=words):
        compare(change(world(0, classes=12, images=2, seeds=2)[0]))


def test_a_share_that_is_none_is_refused():
    predictions, _ = world(0, classes=3, images=2, seeds=2)
    with pytest.raises(UsageError, match="0 to 1"):
        compare(predictions, shares={"k00000": float("nan")})


def test_plots_are_drawn():
    predictions, shares = world(12, by_share=4.0)
    crossed = [replace(each, trained="original") for each in predictions if each.arm == "redacted"]
    drawn = plots(compare([*predictions, *crossed], shares=shares))
    assert set(drawn) == {"differences", "share", "classes", "cross-tests"}
    for each in drawn.values():
        assert each().axes


def test_one_arm_alone_and_classes_without_images():
    predictions, _ = world(13, classes=4, images=5, seeds=2, arms=("original",))
    few = [
        replace(each, labels=each.labels[:15], logits=each.logits[:15], keys=each.keys[:15]) for each in predictions
    ]  # none of the last class
    figures = compare(few)
    assert not figures.differences and figures.levels[0].precision.value > 0 and figures.lines()
    assert set(plots(figures)) == set()
    both = [*few, *(replace(each, arm="redacted", trained="redacted") for each in few)]
    found = difference(compare(both), "redacted - original")
    assert [row.name for row in found.classes.rows] == ["n00000000", "n00000001", "n00000002"]
    # the same answers: nothing differs, nothing is found, and nothing could have been missed
    assert found.top1.value == 0 and found.top1.p == 1 and found.power.seeds.value == 0
    assert not found.classes.named(-1) and not found.classes.by_recall(-1) and not found.swaps
    assert not compare([replace(each, trained="other") for each in few]).noise.changed
