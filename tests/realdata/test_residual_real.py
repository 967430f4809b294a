"""An audit of 60 of WIDER FACE's pictures, answered by its truth, says how many faces are still visible in all 120."""

import pytest

import overpaint
from overpaint import measures
from overpaint.jobs._measure_residual_draw import draw_new
from overpaint.jobs._measure_residual_frame import frame_of
from overpaint.jobs._measure_residual_seen import Rule, Truth, seen_in_truth
from overpaint.rundir import Run

pytestmark = pytest.mark.realdata

SEEDS = 40


@pytest.fixture(scope="module")
def painted(realdata, tmp_path_factory):
    """What `balanced` would paint, and the files of truth; every face of at least 10 pixels that is not invalid."""
    faces = realdata / "faces_wider"
    run = tmp_path_factory.mktemp("residual") / "wider.run"
    overpaint.scan(faces, run=run, profile="balanced")
    overpaint.decide(run)
    return run, [faces / "val_bbx_gt.txt", faces / "train_bbx_gt.txt"]


def test_the_interval_holds_the_true_number_and_is_narrow(painted):
    run, truth = painted
    told = measures.residual(run, truth=truth, images=60, plots=False).measured.figures
    figures = told["kinds"]["face"]
    census, total = figures["census"], figures["total"]
    assert (told["published"], told["drawn"], census["things"]) == (120, 60, 1372)
    assert total.low <= census["visible"] <= total.high
    assert (total.high - total.low) / 2 <= 0.4 * total.value
    assert figures["images_with_any"].low <= census["images_with_any"] <= figures["images_with_any"].high
    assert census["images_with_any"] <= figures["fewer_than"].value * 120 / 1000


def test_other_draws_say_the_same(painted):
    run, files = painted
    truth, rule, counts = Truth.of(files), Rule("face", 10.0, 0.5), []

    def known(sight):
        counts.append(len(seen_in_truth(sight, truth.boxes(sight), rule).visible))
        return True

    frame, held, narrow = frame_of(Run.open(run), ["face"], known=known), 0, 0
    for seed in range(SEEDS):
        audit = draw_new(frame, ["face"], images=60, seed=seed).audit
        total = measures.estimate_residual(audit, [counts[at] for at in audit.chosen]).total
        held += total.low is not None and total.low <= sum(counts) <= total.high
        narrow += total.low is not None and (total.high - total.low) / 2 <= 0.4 * total.value
    assert held >= 0.9 * SEEDS  # 95 in 100 of all draws; fewer of 40 with a chance below 1 in 20
    assert narrow >= 0.95 * SEEDS
