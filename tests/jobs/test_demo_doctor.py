"""The demonstration keeps to its truth, and the doctor says what is wrong."""

import pytest

import overpaint
from overpaint.errors import UsageError
from overpaint.jobs import Demonstration


@pytest.fixture(scope="module")
def shown(tmp_path_factory) -> tuple:
    place = tmp_path_factory.mktemp("demo") / "demo"
    return place, overpaint.demo(place)


def test_the_demonstration_says_what_was_found_missed_and_where_to_look(shown):
    place, result = shown
    assert isinstance(result, Demonstration)
    assert result.found + sum(map(len, result.missed.values())) == result.faces == 31
    assert result.found >= 29
    assert (result.failed, result.check_failed) == (1, 0)
    for file in result.places.values():
        assert place.parent / file
    lines = result.lines()
    assert lines[0].startswith(f"{result.found} of the 31 faces")
    assert (place / "before-and-after.png").stat().st_size > 10_000


def test_the_demonstration_replaces_only_its_own(shown, tmp_path):
    place, first = shown
    again = overpaint.demo(place)
    assert again == first
    (tmp_path / "thesis.tex").write_text("mine")
    with pytest.raises(UsageError, match="other things"):
        overpaint.demo(tmp_path)


def test_the_doctor_finds_nothing_wrong_here():
    diagnosis = overpaint.doctor()
    assert diagnosis.ok, diagnosis.lines()
    assert {f.name for f in diagnosis.findings} >= {"C extension", "model yunet", "model centerface"}


def test_the_doctor_names_a_missing_model_with_its_remedy(tmp_path, monkeypatch):
    monkeypatch.setenv("OVERPAINT_MODELS", str(tmp_path))
    diagnosis = overpaint.doctor()
    assert not diagnosis.ok
    assert any("overpaint models get yunet" in line for line in diagnosis.lines())
    assert diagnosis.to_dict()["ok"] is False
