"""Predictions survive their file, and a file that is none is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from overpaint.errors import RunError
from overpaint.measures._predictions import Predictions, load_predictions, save_predictions


def fabricated(**changed: object) -> Predictions:
    given: dict[str, object] = {
        "arm": "redacted",
        "seed": 3,
        "labels": np.array([0, 1, 1], np.int64),
        "logits": np.array([[1, 0], [0.5, 2], [3, -1]], np.float32),
        "keys": ("a/1.jpg", "b/ü.jpg", "b/2.jpg"),
        "classes": ("n00000001", "n00000002"),
        "trained": "original",
    }
    return Predictions(**{**given, **changed})  # type: ignore[arg-type]


def test_what_was_written_is_read(tmp_path: Path) -> None:
    given = fabricated()
    save_predictions(given, tmp_path / "one.npz")
    got = load_predictions(tmp_path / "one.npz")
    assert got.cell == ("original", "redacted", 3)
    assert (got.keys, got.classes) == (given.keys, given.classes)
    np.testing.assert_array_equal(got.labels, given.labels)
    np.testing.assert_array_equal(got.logits, given.logits)
    assert [each.name for each in tmp_path.iterdir()] == ["one.npz"]


def test_the_arm_of_the_training_is_that_of_the_test_unless_it_is_told() -> None:
    assert fabricated(trained="").cell == ("redacted", "redacted", 3)


@pytest.mark.parametrize(
    "changed",
    [
        {"labels": np.array([0, 1], np.int64)},
        {"logits": np.zeros((3, 3), np.float32)},
        {"labels": np.array([0, 1, 2], np.int64)},
        {"labels": np.array([0, 1, -1], np.int64)},
    ],
)
def test_shapes_that_do_not_fit_are_refused(changed: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"keys and|places in"):
        fabricated(**changed)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x93NUMPY"])
def test_a_file_that_is_none_is_refused(tmp_path: Path, content: bytes) -> None:
    place = tmp_path / "one.npz"
    place.write_bytes(content)
    with pytest.raises(RunError, match=r"one\.npz"):
        load_predictions(place)


def test_pickled_objects_are_not_read(tmp_path: Path) -> None:
    np.savez(tmp_path / "one.npz", labels=np.array([{}], object))
    with pytest.raises(RunError, match=r"one\.npz"):
        load_predictions(tmp_path / "one.npz")


def test_another_version_is_refused(tmp_path: Path) -> None:
    save_predictions(fabricated(), tmp_path / "one.npz")
    with np.load(tmp_path / "one.npz") as file:
        arrays = dict(file)
    arrays["numbers"] = np.array([99, 3], np.int64)
    np.savez(tmp_path / "one.npz", **arrays)
    with pytest.raises(RunError, match="version 99"):
        load_predictions(tmp_path / "one.npz")
