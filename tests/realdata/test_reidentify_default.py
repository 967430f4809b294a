"""What the default strength stands on: real people, the painting of `scrub`, and attackers that need no training."""

import shutil

import pytest

from overpaint.jobs import measure_reidentify

pytestmark = pytest.mark.realdata


def test_the_default_is_within_the_bar_and_what_it_took_the_place_of_is_not(realdata, tmp_path):
    """Six people of reid_orl, four pictures each; docs/reference/strength.md has the whole."""
    for person in sorted((realdata / "reid_orl").iterdir())[:6]:
        for picture in sorted(person.iterdir())[:4]:
            place = tmp_path / "people" / person.name / picture.name
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(picture, place)
    asked = {"looks": ("fill", "blur"), "cells": (4,), "attackers": ("naive", "parrot")}
    figures = measure_reidentify(tmp_path / "people", **asked).to_dict()["figures"]
    assert figures["faces"] == 24 and not figures["unusable"]
    assert figures["clear"]["auc"]["value"] >= 0.95
    arms = figures["arms"]
    assert arms["fill"]["default"] and not arms["blur 4"]["default"]
    assert arms["fill"]["within_bar"] in {"yes", "by the figures"}
    above = {name: arm["attackers"]["parrot"]["auc_above_control"]["value"] for name, arm in arms.items()}
    assert above["blur 4"] > 0.1 and above["imagenet2021"] > 0.2
    assert arms["img2dataset"]["attackers"]["naive"]["auc"]["value"] > 0.9
