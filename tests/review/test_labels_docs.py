"""The examples of the page about label models are run, and it names every function of theirs."""

import doctest
from pathlib import Path

from overpaint.review import crowd

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "crowd-labels.md"
OURS = {
    "LabelFit", "LabelSkills", "VoteTable", "Votes", "agreement", "allocate", "calibrated", "fit_dawid_skene",
    "fit_glad", "fit_majority", "fit_one_coin", "next_step", "posterior_of", "spammer_interval", "update",
}  # fmt: skip


def test_examples():
    failed, tried = doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8")
    assert tried > 10 and not failed


def test_the_page_names_what_there_is():
    text = PAGE.read_text("utf-8")
    assert set(crowd.__all__) >= OURS
    assert [name for name in OURS if f"`{name}" not in text and f" {name}" not in text] == []
    for reason in ("sure", "unsure", "budget", "limit", "not-worth-it"):
        assert f"| `{reason}` |" in text
