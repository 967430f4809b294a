"""Planted workers found among 43 real ones, and gold that tells good real workers from bad ones."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from _planted import PLANTED, Crowd, against_experts, as_boxes, careful, honest_errors, records_of
from overpaint.review.trust import Evidence, score_boxes, standing_of, suspicions, trust_of

pytestmark = pytest.mark.realdata
DRAWS = 5


@pytest.fixture(scope="module")
def crowd(realdata):
    return Crowd.read(realdata / "crowd" / "pedestrian_boxes_crowd.json")


def test_planted_workers_are_found_and_real_ones_are_not(crowd):
    """benchmarks/crowd_trust.py has a hundred draws, other seeds and halves of the data."""
    errors, f1 = honest_errors(crowd), against_experts(crowd)
    found, false = dict.fromkeys(PLANTED, 0), 0
    for draw in range(DRAWS):
        rng = np.random.default_rng(500 + draw)
        workers = crowd.workers | {name: plant(crowd, errors, rng, 100) for name, (plant, _) in PLANTED.items()}
        workers["newcomer"] = careful(crowd, errors, rng, 100)
        got = suspicions(records_of(workers, rng, late=["copier"]))
        for name, (_, kind) in PLANTED.items():
            found[name] += any((one.worker, one.kind) == (name, kind) for one in got)
        accused = {one.worker for one in got} - PLANTED.keys()
        false += sum(worker == "newcomer" or f1[worker][0] >= 0.3 for worker in accused)
    assert min(found.values()) >= DRAWS - 1, found
    assert false <= DRAWS, "one a draw is the bar"


def test_experts_boxes_as_gold_stop_bad_workers_and_no_good_one(crowd):
    f1 = against_experts(crowd)
    states = {}
    for worker, answers in crowd.workers.items():
        known = Evidence()
        for image in sorted(answers.keys() & crowd.experts.keys()):
            known = known.with_gold(
                score_boxes(as_boxes(crowd.experts[image]), as_boxes(answers[image]), small=1280 / 25)
            )
        states[worker] = standing_of(trust_of(known)).state
    assert {states[worker] for worker in states if f1[worker][0] > 0.7} == {"active"}
    assert "active" not in {states[w] for w in states if f1[w][0] < 0.45 and f1[w][1] >= 10}
    assert "stopped" in states.values()
