"""What the labels need beside their code is in the wheel."""

import fnmatch
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "overpaint"


def test_every_file_of_the_room_is_package_data():
    patterns = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]["overpaint"]
    files = [
        path.relative_to(PACKAGE).as_posix()
        for path in (PACKAGE / "labels").rglob("*")
        if path.is_file() and path.suffix not in {".py", ".pyc"}
    ]
    assert len(files) >= 5
    assert [file for file in files if not any(fnmatch.fnmatch(file, one) for one in patterns)] == []


def test_the_licences_lie_beside_what_they_are_of():
    data = PACKAGE / "labels" / "data"
    assert "WordNet 3.0 Copyright 2006 by Princeton University" in (data / "wordnet_LICENSE.txt").read_text()
    assert "Apache License" in (data / "class_lists_LICENSE.txt").read_text()
    assert sum(path.stat().st_size for path in data.iterdir()) < 2_500_000
