"""Results of measures: what is written where, that repeating replaces, and that plots are the same files again."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overpaint.errors import UsageError
from overpaint.jobs._measured import keep_measure, place_of
from overpaint.measures import Estimate, Input, Measured, bootstrap, curves, intervals, mean_over_seeds, share

ROWS = {"blur": Estimate(0.5, 0.4, 0.6, n=9, unit="people"), "fill": Estimate(0.2), "none": Estimate(None)}


def measured(seed=0, **private):
    inputs = [Input("pairs", "0" * 64, 3)]
    return Measured("strength", 1, {"look": "blur"}, inputs, seed, {"rows": ROWS, "bad": math.nan}, ["little"], private)


def test_the_private_half_stays_out_of_the_public_one(tmp_path):
    kept = keep_measure(measured(by_class={"n1": np.float64(0.5)}), tmp_path / "new")
    public = json.loads(kept.public.read_text())
    assert public["figures"]["bad"] is None and public["figures"]["rows"]["blur"]["high"] == 0.6
    assert "by_class" not in kept.public.read_text()
    assert json.loads(kept.private.read_text())["figures"] == {"by_class": {"n1": 0.5}}
    assert kept.private.stat().st_mode & 0o777 == 0o600
    assert public["id"] == json.loads(kept.private.read_text())["id"]


def test_the_same_again_replaces_and_another_seed_does_not(tmp_path):
    names = [keep_measure(measured(seed), tmp_path).public.name for seed in (0, 0, 1)]
    assert names[0] == names[1] != names[2] and len(list(tmp_path.iterdir())) == 2


def test_plots_are_the_same_bytes_again_and_have_no_date(tmp_path):
    plots = {
        "rows": intervals(ROWS, title="t", axis="a", mark=0.3),
        "curve": curves(
            {"one": [(1, ROWS["blur"]), (2, ROWS["none"])], "two": [(1, ROWS["fill"])]}, title="t", x="x", y="y"
        ),
    }
    first = keep_measure(measured(), tmp_path / "a", plots).plots
    again = keep_measure(measured(), tmp_path / "b", plots).plots
    assert [p.name.rpartition(".")[2] for p in first] == ["png", "svg", "png", "svg"]
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in again]
    assert b"dc:date" not in first[1].read_bytes()


def test_one_place_alone(tmp_path):
    with pytest.raises(UsageError, match="--run and --to"):
        place_of(tmp_path, tmp_path)
    assert place_of(None, None) is None and place_of(None, tmp_path) == tmp_path


def test_a_place_that_cannot_be_one_is_told_before_the_long_work(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    for place in ("file", "file/below"):
        with pytest.raises(UsageError, match="file is a file; name a directory"):
            place_of(None, tmp_path / place)
    assert place_of(None, tmp_path / "made/later") == tmp_path / "made/later" and not (tmp_path / "made").exists()
    monkeypatch.setattr("os.access", lambda path, mode: False)
    with pytest.raises(UsageError, match="cannot be written to"):
        place_of(None, tmp_path / "made")


@settings(deadline=None)  # the first one loads SciPy
@given(st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_shares_lie_in_their_intervals(pair):
    hits, of = pair
    told = share(hits, of)
    assert 0 <= told.low <= told.value <= told.high <= 1
    assert (told.low == 0) == (hits == 0) and (told.high == 1) == (hits == of)


def test_intervals_against_tables():
    """0 of 59: the rule of three gives 1 - .05 ** (1 / 59) for one side; two-sided .025. And Student's t of 1, 2, 3."""
    assert share(0, 59).high == pytest.approx(1 - 0.025 ** (1 / 59))
    told = mean_over_seeds([1.0, 2.0, 3.0])
    assert told.value == 2 and told.high - 2 == pytest.approx(4.30265 / math.sqrt(3), rel=1e-4)
    assert mean_over_seeds([1.0]).low is None and mean_over_seeds([]).value is None


def test_bootstrap_covers_a_mean_and_passes_by_what_has_no_value():
    values = np.random.default_rng(3).normal(5, 1, 200)
    told = bootstrap(lambda chosen: float(values[chosen].mean()), 200)
    assert told.high - told.low == pytest.approx(2 * 1.96 / math.sqrt(200), rel=0.15)
    assert bootstrap(lambda chosen: math.nan, 5).value is None
    assert bootstrap(lambda chosen: 1.0, 0).n == 0
    assert bootstrap(lambda chosen: float(len(chosen)), 4) == bootstrap(lambda chosen: float(len(chosen)), 4)


def test_words():
    assert Estimate(0.931, 0.912, 0.947).told() == "0.931 (0.912 to 0.947)"
    assert Estimate(None).told() == "not measured" and Estimate(0.5).told(".1f", scale=100) == "50.0"
