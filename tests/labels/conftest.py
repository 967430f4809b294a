"""No test of labels reads the ratings that somebody has installed."""

import pytest


@pytest.fixture(autouse=True)
def ratings_folder(tmp_path_factory, monkeypatch):
    """An empty folder of installed ratings."""
    folder = tmp_path_factory.mktemp("ratings")
    monkeypatch.setenv("OVERPAINT_RATINGS", str(folder))
    return folder
