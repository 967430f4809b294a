"""What a run's report says of how well its way to look finds faces: its own way alone, and groups or "not measured"."""

import dataclasses
import json

import pytest
from fabricated_run import WEIGHTS, Fake, fabricate

from overpaint.errors import RunError
from overpaint.reports import summarise, write
from overpaint.reports._detection import detection_facts


def estimate(value):
    return {"value": value, "low": value - 0.05, "high": value + 0.02, "level": 0.95, "n": 60, "unit": "", "method": ""}


def result(run, name="detection-0123456789ab", *, gaps="not measured", way=None, weights=None, kind="face"):
    plan = run.plan()
    told = {"threshold": 0.6, "gaps": gaps} | {n: estimate(0.9) for n in ("recall", "precision", "covered")}
    value = {
        "id": name.partition("-")[2],
        "settings": {"least": 20.0, "long_side": 500},
        "inputs": [
            {"name": f"detector {d.name} {d.version}", "sha256": weights or d.weights, "count": None}
            for d in WEIGHTS.values()
        ],
        "figures": {
            "kind": kind, "images": 60, "boxes": 194, "ways": {way or plan.profile: told},
            "groups": {"compared": 4, "attributes": ["worn"], "fewest": 10},
        },
    }  # fmt: skip
    (run.public / "measures").mkdir(parents=True, exist_ok=True)
    (run.public / "measures" / f"{name}.json").write_text(json.dumps(value))


GAP = [{"attribute": "worn <b>", "lowest": "hat", "highest": "cap", "recall": estimate(0.2)}]


@pytest.fixture
def run(tmp_path):
    return fabricate(tmp_path / "run", [Fake("a.jpg")])


def page(run):
    return write(run).report.read_text()


def test_nobody_measured(run):
    assert summarise(run).detection is None
    assert "recall by group: not measured" in page(run)


def test_a_measurement_without_groups_says_so(run):
    result(run)
    facts = summarise(run).detection
    assert facts.gap is None and facts.recall == (0.9, pytest.approx(0.85), pytest.approx(0.92))
    text = page(run)
    assert "Recall by group: not measured." in text and "0.900 (95 % interval 0.850 to 0.920)" in text
    assert json.loads((run.public / "summary.json").read_text())["detection"]["images"] == 60


def test_the_largest_gap_and_how_many_were_compared(run):
    result(run)
    result(run, "detection-aaaaaaaaaaaa", gaps=GAP)
    facts = summarise(run).detection
    assert facts.id == "aaaaaaaaaaaa" and facts.gap.compared == 4
    text = page(run)
    assert "the largest gap is 0.200 (95 % interval 0.150 to 0.220), in worn &lt;b&gt;: cap over hat" in text
    assert "4 groups were compared" in text and "not measured.</strong> Nobody" not in text


@pytest.mark.parametrize("other", [{"way": "quick"}, {"weights": "ee" * 32}, {"kind": "plate"}])
def test_what_was_measured_of_others_says_nothing_of_this_run(run, other):
    result(run, **other)
    assert summarise(run).detection is None


def test_a_described_detector_is_known_by_its_file_s_name(run):
    """Plans hold its whole path, results of measures no place of any machine."""
    result(run, way="mine")
    facts = detection_facts(run, dataclasses.replace(run.plan(), profile="/home/somebody/mine.toml"))
    assert facts is not None and facts.way == "mine"


@pytest.mark.parametrize("text", ["{", "[]", '{"figures": {}}'])
def test_a_damaged_file_is_named(run, text):
    result(run)
    (run.public / "measures/detection-0123456789ab.json").write_text(text)
    with pytest.raises(RunError, match="detection-0123456789ab"):
        summarise(run)
