"""The report on labelled objects: small classes have no name, and a damaged file is named."""

import json

import pytest
from fabricated_run import Fake, fabricate

from overpaint.errors import RunError
from overpaint.reports import summarise, write

NUMBERS = {
    "objects": 20, "touched": 8, "shares": {"median": 0.1, "p90": 0.5, "p99": 0.9}, "scored": 6, "before": 0.7,
    "after": 0.5, "right_before": 5, "right_after": 4, "changed": 2,
}  # fmt: skip
CANARY = "zebra-canary"


def measured(run, **changes):
    small = NUMBERS | {"images": 3, "flagged": 1, "scored": 2, "before": 0.5}
    value = NUMBERS | {
        "generation": "0001", "painted": 9, "cover": 0.5, "drop": 0.25,
        "unusable": {"boxes-do-not-fit": 2, CANARY.upper(): 1},
        "flagged": {"rows": 3, "images": 2, "by_reason": {"covered": 3}},
        "classes": [
            NUMBERS | {"label": "n03394916", "images": 12, "flagged": 2},
            small | {"label": CANARY}, small | {"label": f"{CANARY} 2", "before": None, "scored": 0, "shares": None},
        ],
    }  # fmt: skip
    (run.private / "objects.json").write_text(json.dumps(value | changes))


def test_small_classes_are_summed_and_nothing_else_is_named(tmp_path):
    run = fabricate(tmp_path / "run", [Fake("a.jpg")])
    assert summarise(run).objects is None
    assert 'id="objects"' not in (write(run).report).read_text()
    measured(run)
    facts = summarise(run).objects
    big, small = facts.classes
    assert (big.name, big.share_p90, big.summed) == ("n03394916", 0.5, 1)
    assert (small.objects, small.flagged, small.summed, small.before, small.share_median) == (40, 2, 2, 0.5, None)
    assert facts.unusable == {"boxes-do-not-fit": 2, "other": 1}
    assert facts.changed.count == 2
    written = write(run)
    text = written.summary.read_text() + written.report.read_text()
    assert CANARY not in text.lower()
    assert "n03394916" in text
    assert text == written.summary.read_text() + write(run).report.read_text()


def test_earlier_decisions_and_damage(tmp_path):
    run = fabricate(tmp_path / "run", [Fake("a.jpg")])
    measured(run, generation="0000")
    assert summarise(run).objects.earlier
    assert "Of earlier decisions" in write(run).report.read_text()
    measured(run, classes=[{}])
    with pytest.raises(RunError, match=r"objects.json is damaged"):
        summarise(run)
