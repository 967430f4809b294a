"""Every command explains itself, and the page of commands is what the commands say."""

import runpy
from pathlib import Path

import click
import pytest

from overpaint.cli._main import commands

SCRIPT = Path(__file__).parents[2] / "scripts" / "write_cli_docs.py"


def walk(command: click.Command, path: tuple[str, ...] = ()):
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            yield from walk(command.get_command(context, name), (*path, name))


COMMANDS = dict(walk(commands))


def test_the_commands_are_these():
    assert {" ".join(path) for path in COMMANDS} == {
        "",
        "scan",
        "decide",
        "act",
        "scrub",
        "verify",
        "report",
        "lane",
        "duplicates",
        "review",
        *(f"review {verb}" for verb in ("open", "serve", "link", "status", "forecast", "set", "gold", "add", "export")),
        "labels",
        "labels ratings",
        *(f"labels ratings {verb}" for verb in ("list", "get", "add", "collect", "remove")),
        "labels words",
        *(f"labels {verb}" for verb in ("show", "tree", "search", "resolve", "check")),
        "labels audit",
        "labels filter",
        "labels errors",
        "labels corrections",
        "labels skew",
        "labels balance",
        "measure",
        *(f"measure {verb}" for verb in ("residual", "reidentify", "detection", "utility", "strength", "tools")),
        "measure person-labels",
        "objects",
        "boxes",
        "demo",
        "doctor",
        "models",
        "models list",
        "models get",
        "models verify",
    }


@pytest.mark.parametrize("path", [path for path in COMMANDS if path], ids=" ".join)
def test_help_has_an_example_that_names_the_command(overpaint_, path):
    shown = overpaint_(*path, "--help")
    assert (shown.code, shown.err) == (0, "")
    _, found, example = shown.out.partition("Example:\n")
    assert found
    assert f"overpaint {' '.join(path)}" in example.partition("Options:")[0]


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_option_has_a_sentence(path):
    for parameter in COMMANDS[path].params:
        if isinstance(parameter, click.Option):
            assert (parameter.help or "").endswith("."), parameter.name


def test_examples_of_help_are_understood():
    """Every example parses: no option in it was renamed or dropped."""
    for path, command in COMMANDS.items():
        example = (command.help or "").partition("Example:")[2]
        for line in example.split("\n"):
            for call in line.strip().split("&&"):
                words = call.split()
                if words[:1] == ["overpaint"] and path:
                    depth = 2 if words[1] == "models" else 1
                    parsed = COMMANDS[tuple(words[1 : depth + 1])]
                    parsed.make_context("overpaint", words[depth + 1 :])


def test_the_page_of_commands_is_up_to_date(monkeypatch, capsys):
    script = runpy.run_path(str(SCRIPT))
    assert script["PAGE"].read_text("utf-8") == script["page"](), "run scripts/write_cli_docs.py"


def test_an_outdated_page_is_told(monkeypatch, capsys, tmp_path):
    script = runpy.run_path(str(SCRIPT))
    (tmp_path / "cli.md").write_text(script["page"]().replace("--profile", "--profiles"))
    monkeypatch.setitem(script["main"].__globals__, "PAGE", tmp_path / "cli.md")
    monkeypatch.setattr("sys.argv", ["write_cli_docs.py", "--check"])
    assert script["main"]() == 1
    assert "write_cli_docs.py" in capsys.readouterr().err
