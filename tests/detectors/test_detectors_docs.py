"""The examples of the reference page, run; and the names that are offered."""

import doctest
from pathlib import Path

import overpaint.detectors

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "detectors.md"


def test_examples():
    failed, tried = doctest.testfile(str(PAGE), module_relative=False)
    assert (failed, tried > 8) == (0, True)


def test_all_is_sorted_and_there():
    names = overpaint.detectors.__all__
    assert sorted(names, key=lambda name: (not name.isupper(), name)) == names
    assert all(hasattr(overpaint.detectors, name) for name in names)


def test_the_page_names_every_profile_with_its_thresholds():
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    for name, profile in overpaint.detectors.PROFILES.items():
        row = next(line for line in rows if line.startswith(f"| `{name}`"))
        assert [cell.strip() for cell in row.split("|")][3:5] == [f"{profile.floor:g}", f"{profile.min_confidence:g}"]
