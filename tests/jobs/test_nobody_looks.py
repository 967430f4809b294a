"""``--detectors none``: files, metadata and labels only; nothing then claims that anybody looked."""

import warnings

import pytest
from small_dataset import tree

import overpaint
from overpaint import reports
from overpaint.errors import UsageError


def test_everything_stays_and_no_words_claim_a_look(dataset, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # no rule about faces is in force that could be idle
        summary = overpaint.scrub(dataset, tmp_path / "out", detectors="none", metadata="keep")
    outcomes = summary.conservation.outcomes
    assert outcomes["identical"] + outcomes["failed"] == sum(outcomes.values())
    before, after = tree(dataset), tree(tmp_path / "out")
    assert after.pop("classes.json")
    assert all(before[key] == after[key] for key in after)
    lines = reports.lines(summary)
    assert any("nobody looked" in line for line in lines)
    assert not any("face" in line or "nothing was found" in line for line in lines)
    page = (tmp_path / "out.run" / "public" / "report.html").read_text()
    assert "Nobody looked" in page
    assert 'id="faces"' not in page


def test_none_goes_with_no_other_word(dataset, tmp_path):
    with pytest.raises(UsageError, match="none"):
        overpaint.scan(dataset, run=tmp_path / "run", detectors="none,faces")
    with pytest.raises(UsageError, match="--profile"):
        overpaint.scan(dataset, run=tmp_path / "run", detectors="none", profile="fast")
