"""Utility on six real pictures of each of two classes, through the command, with worker processes of its own."""

import json
import shutil

import pytest

from overpaint.cli._main import _run

pytestmark = pytest.mark.realdata


def test_an_experiment(realdata, tmp_path, capsys):
    pytest.importorskip("torch")
    for split, count in (("train", 6), ("val", 3)):
        for wnid in ("n01440764", "n03394916"):
            (tmp_path / "photos" / split / wnid).mkdir(parents=True)
            for path in sorted((realdata / "imagenette2-160" / split / wnid).iterdir())[:count]:
                shutil.copy(path, tmp_path / "photos" / split / wnid)
    assert _run(["scrub", str(tmp_path / "photos"), str(tmp_path / "out"), "--profile", "fast", "--quiet"]) == 0
    capsys.readouterr()
    command = ["measure", "utility", str(tmp_path / "out.run"), "--epochs", "1", "--seeds", "1", "--workers", "1"]
    arms = ["--arms", "original,recompressed,metadata-only,redacted", "--looks", "imagenet2021"]
    assert _run([*command, *arms, "--no-plots", "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)["figures"]
    assert figures["images"] == {"training": 12, "tests": 6}
    assert figures["same_pixels"] == [["original", "metadata-only"]]
    assert len(figures["networks"]["small"]["levels"]) == 25
    assert set(figures["by_class"]["small"]) == set(figures["networks"]["small"]["differences"])  # named by WordNet ids
