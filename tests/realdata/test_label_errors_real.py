"""Wrong labels among real pictures and real answers: planted ones are found, and published counts are found again."""

import json
import shutil
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

import overpaint
from overpaint import labels
from overpaint.review.crowd import fit_dawid_skene

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
from _label_doubts import auc, each_answer, expected_auc, planted, precision
from _label_play import Crowd

pytestmark = pytest.mark.realdata


def test_planted_errors_and_copies(realdata, tmp_path):
    """Every fourth picture of val: one in nine in another's folder, one of them with its copy under its own label."""
    files = sorted((realdata / "imagenette2-160/val").glob("*/*.JPEG"))[::4]
    names = sorted({file.parent.name for file in files})
    moved = {}
    for at, file in enumerate(files):
        label = names[(names.index(file.parent.name) + 1) % len(names)] if at % 9 == 0 else file.parent.name
        place = tmp_path / "photos/val" / label / file.name
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, place)
        if at % 9 == 0:
            moved[f"val/{label}/{file.name}"] = file.parent.name
    shutil.copyfile(files[0], tmp_path / "photos/val" / files[0].parent.name / "copy.JPEG")
    run = tmp_path / "photos.run"
    overpaint.scan(tmp_path / "photos", run=run, detectors="none", workers=1)
    overpaint.duplicates(run, workers=2)
    result = labels.errors(run, workers=2)
    rows = {row["key"]: row for row in pq.read_table(result.rows).to_pylist()}
    assert result.counts["copies"] == {"different": 1, "exact": 1, "across_splits": 0, "coarser": 0}
    found = [key for key in rows if key in moved]
    assert len(found) >= 0.8 * len(moved) and len(rows) <= 0.2 * len(files)
    assert sum(rows[key]["guessed"] == moved[key] for key in found) >= 0.9 * len(found)
    first = next(iter(rows.values()))
    assert first["copies"] == "exact" and "predictions" in first["method"]


def test_answers_about_dogs(realdata):
    crowd = Crowd.read(realdata / "crowd", "imagenet_dogs_4class")
    fit = partial(fit_dawid_skene, pooling=1.0)
    each = each_answer(crowd, fit)
    assert auc(each.doubt, each.wrong) == pytest.approx(0.836, abs=0.002)
    told = fit(crowd.votes())
    at = {item: place for place, item in enumerate(told.votes.items)}
    posterior = [told.posterior[at[item]] for item in crowd.truths]
    found = [planted(crowd, posterior, share=0.1, seed=seed) for seed in range(20)]
    assert np.mean([auc(one.doubt, one.wrong) for one in found]) >= 0.95  # the bar: 0.9
    assert np.mean([precision(0.1)(one.doubt, one.wrong) for one in found]) > 0.5
    assert expected_auc(each.doubt) > 0.99  # how sure of itself it is


def test_what_people_said_of_flagged_labels(realdata):
    """The 2,916 of 5,440 that Northcutt et al. (2021) publish."""
    rows = json.loads((realdata / "crowd/imagenet_label_errors_mturk.json").read_text("utf-8"))
    assert (len(rows), sum(row["mturk"]["given"] < 3 for row in rows)) == (5440, 2916)
    known = labels.class_list("ilsvrc")
    for row in rows:  # its numbers are those of the list that ships
        assert known.ids[row["given_original_label"]] == row["url"].split("/")[-2]


def test_the_area_under_the_curve_as_its_definition():
    rng = np.random.default_rng(0)
    for _ in range(20):
        doubt, wrong = rng.integers(0, 8, 40).astype(float), rng.random(40) < 0.4
        pairs = [(bad > fine) + (bad == fine) / 2 for bad in doubt[wrong] for fine in doubt[~wrong]]
        assert auc(doubt, wrong) == pytest.approx(np.mean(pairs))
