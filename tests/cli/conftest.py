"""A small dataset, and the command line called in this process, as `overpaint ARGUMENTS` would be."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "jobs"))
from small_dataset import make

from overpaint.cli._main import _run


@dataclass(frozen=True)
class Called:
    code: int
    out: str
    err: str

    @property
    def value(self):
        return json.loads(self.out)


@pytest.fixture(scope="session")
def photos(tmp_path_factory) -> Path:
    return make(tmp_path_factory.mktemp("cli") / "photos")


@pytest.fixture
def overpaint_(capsys):
    def call(*arguments) -> Called:
        capsys.readouterr()
        code = _run([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return Called(code, said.out, said.err)

    return call


@pytest.fixture
def program():
    """As a program of its own, with pipes in place of a terminal."""

    def call(*arguments) -> Called:
        command = [sys.executable, "-m", "overpaint", *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return Called(done.returncode, done.stdout, done.stderr)

    return call


@pytest.fixture(scope="session")
def boxes(tmp_path_factory) -> Path:
    """One box in one picture, so that no detector is needed."""
    entry = {"url": "train/landscape/0.jpg", "bboxes": [{"x0": 20, "y0": 20, "x1": 60, "y1": 70}]}
    path = tmp_path_factory.mktemp("boxes") / "boxes.json"
    path.write_text(json.dumps([entry]))
    return path
