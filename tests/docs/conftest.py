"""A working directory as the pages assume it: `photos`, made here, and nothing else."""

import shutil
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "jobs"))
from small_dataset import make

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def made_photos(tmp_path_factory) -> Path:
    photos = make(tmp_path_factory.mktemp("docs") / "photos")
    for broken in ("cut.jpg", "empty.jpg", "web.webp"):
        (photos / "val" / "landscape" / broken).unlink()
    (photos / "readme.txt").unlink()
    (photos / "val/portrait/thumb\nnail.jpg").rename(photos / "val/portrait/holiday.jpg")
    return photos


@pytest.fixture
def desk(made_photos, tmp_path, monkeypatch) -> Path:
    shutil.copytree(made_photos, tmp_path / "photos")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OVERPAINT_RATINGS", str(tmp_path / ".ratings"))
    return tmp_path
