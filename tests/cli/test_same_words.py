"""The command line and Python say the same things: every option is a keyword, and every keyword an option."""

import importlib
import inspect

import click
import pytest

import overpaint

ONLY_A_COMMAND_NEEDS = {"as_json", "quiet", "allow_failed"}
ONLY_PYTHON_NEEDS = {"progress"}  # commands show a bar on a terminal


@pytest.mark.parametrize(
    "verb",
    ["scan", "decide", "act", "scrub", "verify", "report", "lane", "objects", "duplicates", "boxes", "demo", "doctor"],
)
def test_parameters(verb):
    command = getattr(importlib.import_module(f"overpaint.cli._{verb}"), verb)
    keywords = inspect.signature(getattr(overpaint, verb)).parameters
    shared = [p for p in command.params if p.name not in ONLY_A_COMMAND_NEEDS]
    assert {p.name for p in shared} == set(keywords) - ONLY_PYTHON_NEEDS
    for parameter in shared:
        keyword = keywords[parameter.name]
        is_option = isinstance(parameter, click.Option)
        assert is_option == (keyword.kind is inspect.Parameter.KEYWORD_ONLY), parameter.name
        if is_option:
            assert f"--{keyword.name.replace('_', '-')}" in parameter.opts
            given = parameter.default if isinstance(parameter.default, int | float | str) else None
            given = bool(given) if parameter.is_flag else given
            assert given == keyword.default, parameter.name
        else:
            assert parameter.required == (keyword.default is inspect.Parameter.empty)


@pytest.mark.parametrize(
    ("verb", "room", "function"),
    [
        ("open", "overpaint.review", "open"),
        ("status", "overpaint.review", "status"),
        ("forecast", "overpaint.review", "foresee"),
        ("set", "overpaint.review", "configure"),
        ("gold", "overpaint.review", "add_gold"),
        ("add", "overpaint.review", "add_answers"),
        ("export", "overpaint.review", "export"),
        ("serve", "overpaint.server", "serve_review"),
        ("link", "overpaint.server", "link"),
    ],
)
def test_commands_of_a_review(verb, room, function):
    group = importlib.import_module("overpaint.cli._review").review
    command = group.get_command(click.Context(group), verb)
    keywords = inspect.signature(getattr(importlib.import_module(room), function)).parameters
    shared = [p for p in command.params if p.name not in ONLY_A_COMMAND_NEEDS]
    assert {p.name for p in shared} == set(keywords) - ONLY_PYTHON_NEEDS - {"announce", "stop"}
    for parameter in shared:
        default = keywords[parameter.name].default
        if isinstance(parameter, click.Option) and not parameter.multiple:
            given = parameter.default if isinstance(parameter.default, int | float | str) else None
            assert (bool(given) if parameter.is_flag else given) == default, parameter.name


@pytest.mark.parametrize(
    ("verb", "function"),
    [
        ("show", "show"),
        ("words", "words"),
        ("ratings add", "add_ratings"),
        ("ratings get", "get_ratings"),
        ("ratings remove", "remove_ratings"),
        ("ratings collect", "collect_ratings"),
        ("tree", "tree"),
        ("search", "search"),
        ("resolve", "resolve"),
        ("check", "check"),
        ("audit", "audit"),
        ("filter", "filter"),
        ("errors", "errors"),
        ("corrections", "corrections"),
        ("skew", "skew"),
        ("balance", "balance"),
    ],
)
def test_commands_of_labels(verb, function):
    command = importlib.import_module("overpaint.cli._labels").labels
    for word in verb.split():
        command = command.get_command(click.Context(command), word)
    keywords = inspect.signature(getattr(overpaint.labels, function)).parameters
    shared = [p for p in command.params if p.name not in ONLY_A_COMMAND_NEEDS]
    assert {p.name for p in shared} == set(keywords) - ONLY_PYTHON_NEEDS
    for parameter in shared:
        keyword = keywords[parameter.name]
        assert isinstance(parameter, click.Option) == (keyword.kind is inspect.Parameter.KEYWORD_ONLY), parameter.name
        if isinstance(parameter, click.Option) and parameter.required:
            assert keyword.default is inspect.Parameter.empty, parameter.name
        elif isinstance(parameter, click.Option) and not parameter.multiple:
            given = parameter.default if isinstance(parameter.default, int | float | str) else None
            assert (bool(given) if parameter.is_flag else given) == keyword.default, parameter.name


def test_arguments_come_in_the_same_order():
    for verb in (
        "scan",
        "decide",
        "act",
        "scrub",
        "verify",
        "report",
        "lane",
        "objects",
        "duplicates",
        "boxes",
        "demo",
    ):
        command = getattr(importlib.import_module(f"overpaint.cli._{verb}"), verb)
        positional = [
            p.name
            for p in inspect.signature(getattr(overpaint, verb)).parameters.values()
            if p.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
        ]
        assert [p.name for p in command.params if isinstance(p, click.Argument)] == positional


MEASURES = importlib.import_module("overpaint.cli._measure").measure.list_commands(None)


@pytest.mark.parametrize("verb", MEASURES)
def test_measures(verb):
    """Each is a command of ``overpaint measure`` and a name of `overpaint.measures`, with the same words."""
    group = importlib.import_module("overpaint.cli._measure").measure
    command = group.get_command(click.Context(group), verb)
    keywords = inspect.signature(getattr(overpaint.measures, verb.replace("-", "_"))).parameters
    shared = [p for p in command.params if p.name not in ONLY_A_COMMAND_NEEDS]
    assert {p.name for p in shared} == set(keywords) - ONLY_PYTHON_NEEDS
    for parameter in shared:
        keyword = keywords[parameter.name]
        is_option = isinstance(parameter, click.Option)
        assert is_option == (keyword.kind is inspect.Parameter.KEYWORD_ONLY), parameter.name
        if is_option and not parameter.required:
            given = parameter.default if isinstance(parameter.default, int | float | str) else None
            given = bool(given) if parameter.is_flag else given
            default = keyword.default if isinstance(keyword.default, int | float | str) else None
            assert given == default, parameter.name
        else:
            assert parameter.required == (keyword.default is inspect.Parameter.empty)
