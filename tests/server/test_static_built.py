"""The page that is committed is what its source gives, byte for byte: `pip install` needs no node. And its units."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import fields
from pathlib import Path

import pytest

from overpaint.review._settings import Settings

ROOT = Path(__file__).parents[2]
STATIC = "src/overpaint/server/static"
WORDS = "src/overpaint/review/questions.toml"  # the units check that each drawing that it names is there


def npm(*arguments: str, where: Path) -> str:
    program = shutil.which("npm")
    if program is None:
        pytest.fail("there is no npm: install Node.js 20.19 or later (Debian: apt-get install npm)")
    quiet = os.environ | {"CI": "1", "NO_COLOR": "1", "npm_config_update_notifier": "false"}
    done = subprocess.run(
        [program, *arguments], cwd=where, env=quiet, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the browser code with its tools, which are those of the lock file."""
    where = tmp_path_factory.mktemp("built")
    shutil.copytree(ROOT / "ui", where / "ui", ignore=shutil.ignore_patterns("node_modules"))
    (where / WORDS).parent.mkdir(parents=True)
    shutil.copy(ROOT / WORDS, where / WORDS)
    npm("ci", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts", where=where / "ui")
    return where


def test_the_committed_page_is_what_its_source_gives(copy: Path) -> None:
    npm("run", "build", where=copy / "ui")
    built = {path.name: path.read_bytes() for path in (copy / STATIC).iterdir()}
    kept = {path.name: path.read_bytes() for path in (ROOT / STATIC).iterdir()}
    assert sorted(kept) == ["LICENSES.txt", "app.css", "app.js", "icon.svg", "index.html"]
    stale = [name for name in kept if kept[name] != built.get(name)]
    assert not stale, f"{', '.join(stale)}: run `npm ci && npm run build` in ui/ and commit what it writes"
    assert sorted(built) == sorted(kept)


def test_the_units_of_the_page(copy: Path) -> None:
    assert re.search(r"Tests +\d+ passed", npm("test", where=copy / "ui"))


def test_the_page_asks_nobody_else_and_needs_no_exception_from_its_policy() -> None:
    page = (ROOT / STATIC / "index.html").read_text("utf-8")
    assert re.findall(r'(?:src|href)="([^"]*)"', page) == ["/icon.svg", "/app.js", "/app.css"]
    assert not re.search(r"<style|style=|<script[^>]*>[^<]|\bon\w+=", page)
    style = (ROOT / STATIC / "app.css").read_text("utf-8")
    assert not re.search(r"url\(|@import|@font-face", style)
    script = (ROOT / STATIC / "app.js").read_text("utf-8")
    assert "sourceMappingURL" not in script
    assert not re.search(
        r"\beval\(|new Function|innerHTML|insertAdjacentHTML|document\.write|setAttribute\(.style", script
    )
    elsewhere = set(re.findall(r"https?://\w[\w./-]*", script)) - {"http://www.w3.org/2000/svg"}
    assert not elsewhere


def test_every_setting_is_explained_to_the_maintainer() -> None:
    """And the page explains none that is gone."""
    source = (ROOT / "ui/src/forms.ts").read_text("utf-8")
    explained = source.partition("const SETTINGS")[2].partition("};")[0]
    names = set(re.findall(r"^  (\w+):", explained, re.MULTILINE))
    assert names == {field.name for field in fields(Settings)} - {"currency"}
