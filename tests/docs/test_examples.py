"""What the pages show is what happens: their commands and examples are run, in their order, on made pictures."""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from pages import DOCS, EXAMPLES, PAGES, ROOT, matches, steps

from overpaint.cli._main import _run

GIVEN = {"labels_policy.toml", "policy.toml"}  # named by pages, not quoted by them
PACKAGES = [path for path in EXAMPLES.iterdir() if (path / "pyproject.toml").exists()]
RUN = [page for page in PAGES if any(step.kind == "command" for step in steps(page))]


@pytest.fixture
def installing(desk, monkeypatch):
    """What a page installs by pip goes to a place of its own, without a network, and is there for everyone."""
    place = desk / ".installed"
    place.mkdir()
    # pip reads "0" as yes here, as its handbook says of options that begin with "no"
    for name, value in {"TARGET": str(place), "NO_DEPS": "1", "NO_INDEX": "1", "NO_BUILD_ISOLATION": "0"}.items():
        monkeypatch.setenv(f"PIP_{name}", value)
    monkeypatch.setenv("PIP_DISABLE_PIP_VERSION_CHECK", "1")
    monkeypatch.syspath_prepend(place)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(place), *filter(None, [os.environ.get("PYTHONPATH")])]))
    for package in PACKAGES:
        shutil.copytree(package, desk / package.name)


def run(command: str, capfd, last: int) -> tuple[int, str]:
    """A command of a page: overpaint in this process (a second less each), the rest by a shell."""
    capfd.readouterr()
    if command == "echo $?":
        return 0, f"{last}\n"
    if command.startswith("overpaint "):
        code = _run(shlex.split(command)[1:])
    else:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        code = subprocess.run(command, shell=True, check=False, env=os.environ | {"PATH": path}).returncode
    said = capfd.readouterr()
    return code, said.out + said.err


@pytest.mark.parametrize("page", RUN, ids=lambda page: page.stem)
def test_page(page, desk, installing, capfd):
    code = 0
    for step in steps(page):
        if step.kind == "command":
            code, printed = run(step.name, capfd, code)
            assert matches(step.text, printed), f"{page.name}: $ {step.name}\n{printed}"
        else:
            (desk / step.name).write_text(step.text)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_quotes_its_examples_to_the_letter(page):
    for step in steps(page):
        if step.kind == "example":
            same = step.text == (EXAMPLES / step.name).read_text("utf-8")
            assert same, f"{page.name} does not quote {step.name}: run python tests/docs/pages.py"


def test_every_example_is_quoted_and_every_page_with_commands_is_run():
    quoted = {step.name for page in PAGES for step in steps(page) if step.kind == "example"}
    files = {path.relative_to(EXAMPLES).as_posix() for path in EXAMPLES.rglob("*.*") if path.suffix in {".py", ".toml"}}
    assert quoted == files - GIVEN
    assert {page.relative_to(ROOT).as_posix() for page in RUN} >= {"README.md", "docs/api.md"}
    assert {page for page in RUN if page.parent == DOCS / "how-to"} == set((DOCS / "how-to").glob("*.md"))


def test_the_runner_can_fail(desk, capfd):
    assert matches("a ...\n...\nz\n", "a b\nc\nd\nz\n")
    assert not matches("a\n", "a\nb\n")
    assert not matches("a ... c\n", "a b\nc\n")
    assert run("overpaint report nowhere.run", capfd, 0)[0] == 1
