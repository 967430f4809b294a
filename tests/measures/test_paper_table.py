"""The paper's table: against values by hand, and against what the paper prints."""

import csv
import io
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overpaint.errors import UsageError
from overpaint.measures._paper_table import NetworkScores, format_table, standard_error

ONE = NetworkScores(
    "small_net",
    {"original": [0.70, 0.72, 0.74], "blurred": [0.69, 0.72, 0.72]},
    {"original": [0.90, 0.91, 0.92], "blurred": [0.90, 0.90, 0.90]},
)
PAPER = """
alexnet 56.043 55.834 55.474 · squeezenet1_0 55.989 55.323 55.039 · shufflenet_v2_x1_0 64.646 64.001 63.684 ·
vgg11 68.905 68.209 67.834 · vgg13 69.925 69.271 68.749 · vgg16 71.657 70.839 70.568 · vgg19 72.363 71.538 71.206 ·
mobilenet_v2 65.378 64.367 64.335 · densenet121 75.036 74.244 74.062 · densenet201 76.984 76.551 76.056 ·
resnet18 69.767 69.012 68.938 · resnet34 73.083 72.307 72.369 · resnet50 75.461 75.003 74.916 ·
resnet101 77.254 76.735 76.677 · resnet152 77.853 77.279 76.978
"""


def test_by_hand():
    text = format_table([ONE])
    # .70 .72 .74: deviations -2 0 2, squares 8; ddof=1: sqrt(8/2)/sqrt(3) = 1.155, ddof=2: sqrt(8/1)/sqrt(3) = 1.633
    assert "72.000 (1.155; 1.633)" in text
    # .69 .72 .72: mean 71, squares 4+1+1 = 6: 1.000 and 1.414; differences 1 0 2: mean 1, squares 2: .577 and .816
    assert "71.000 (1.000; 1.414)" in text and "1.000 (0.577; 0.816)" in text
    assert "90.000 (0.000; 0.000)" in text
    assert "ddof=1" in text and "ddof=2, as the paper's" in text
    assert text.splitlines()[2].split()[:2] == ["average", "72.000"]


def test_the_paper_s_means_are_met():
    rows = []
    for each in PAPER.replace("\n", " ").split("·"):
        name, *values = each.split()
        columns = zip(("original", "blurred", "overlaid"), values, strict=True)
        rows.append(NetworkScores(name, {column: [float(value) / 100] for column, value in columns}))
    found = list(csv.DictReader(io.StringIO(format_table(rows, form="csv"))))
    assert len(found) == 16 and found[-1]["network"] == "average"
    # each of the fifteen is rounded to three digits, and so is the mean
    for column, mean in (("original", 70.023), ("blurred", 69.368), ("overlaid", 69.126)):
        assert float(found[-1][f"top-1 {column} mean"]) == pytest.approx(mean, abs=0.0011)
    assert found[0]["top-1 original sem, ddof=1"] == ""
    assert float(found[10]["top-1 original - blurred mean"]) == pytest.approx(0.755)


def test_forms_hold_the_same_numbers():
    markdown, latex = format_table([ONE], form="markdown"), format_table([ONE], form="latex")
    lines = markdown.splitlines()
    assert len({line.count("|") for line in lines[:4]}) == 1 and "72.000 (1.155; 1.633)" in lines[2]
    assert r"small\_net & 72.000 (1.155; 1.633)" in latex and latex.count(r"\\") == 3
    assert latex.startswith("% top-1 and top-5 in %") and r"\begin{tabular}{lrrrrrr}" in latex


@settings(deadline=None)
@given(st.text(max_size=8), st.sampled_from(["markdown", "csv", "latex"]))
def test_hostile_names_break_no_table(name, form):
    name = "".join(c for c in name if c.isprintable())
    told = format_table([NetworkScores(name, {"a": [0.5, 0.6]})], form=form)
    if form == "csv":
        assert next(csv.DictReader(io.StringIO(told)))["network"] == name
    elif form == "markdown":
        assert len({line.replace("\\|", "").count("|") for line in told.splitlines()[:4]}) == 1
    else:
        assert told.count(r" \\" + "\n") == 3


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=9), st.integers(1, 2))
def test_errors_are_the_slow_ones(values, ddof):
    found = standard_error(values, ddof=ddof)
    if len(values) <= ddof:
        assert math.isnan(found)
        return
    mean = sum(values) / len(values)
    slow = math.sqrt(sum((v - mean) ** 2 for v in values) / (len(values) - ddof)) / math.sqrt(len(values))
    assert found == pytest.approx(slow, abs=1e-12)
    if len(values) == 3:
        assert standard_error(values, ddof=2) == pytest.approx(math.sqrt(2) * standard_error(values, ddof=1))


def test_what_is_no_table_is_refused():
    with pytest.raises(UsageError, match="unknown"):
        format_table([ONE], form="html")
    with pytest.raises(UsageError, match="no results"):
        format_table([])
    with pytest.raises(UsageError, match="same seeds"):
        format_table([NetworkScores("a", {"x": [0.1], "y": [0.1, 0.2]})])
    with pytest.raises(UsageError, match="columns"):
        format_table([ONE, NetworkScores("b", {"original": [0.1]}, ONE.top5)])
    assert not np.isnan(standard_error([1, 2]))
