"""Labels exchanged where they stand, against a slow reference on plain values."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overpaint.formats._label_columns import edit_scalar
from overpaint.formats._label_edit import PARALLEL, edit_json, edit_text
from overpaint.formats._sidefiles._yaml_names import yaml_names, yaml_with

WORDS = ["a", "b", "c", "d", 'é "x"', "1"]
NEW = {"a": "a", "b": "a", "c": None, "d": "new", 'é "x"': "\u2603", 0: 0, 1: 0, 2: None, 3: 7}
GONE = object()


def change(label: str | int) -> str | int | None:
    return NEW.get(label)  # type: ignore[return-value]


def slow(value: Any, steps: tuple[str, ...], *, listed: bool = False, inner: bool = False, once: bool = True) -> Any:
    """The same on plain values: what `edit_json` says in its docstring, one thing after another."""
    if isinstance(value, list):
        new = [slow(one, steps, listed=True, inner=True, once=False) for one in value]
        stays = [one is not GONE for one in new]
        if once and not steps:
            became = [one for one, old in zip(new, value, strict=True) if one is not GONE and same(one, old) is False]
            for at, one in enumerate(new):
                if any(same(one, each) for each in became) and any(same(one, each) for each in new[:at]):
                    stays[at] = False
        slow.keep = None if all(stays) else stays  # type: ignore[attr-defined]
        return [one for one, stay in zip(new, stays, strict=True) if stay]
    slow.keep = None  # type: ignore[attr-defined]
    if isinstance(value, dict) and steps:
        alone = not inner and not any(k.lower() in PARALLEL and isinstance(v, list) for k, v in value.items())
        made = dict(value)
        if steps[0] not in value:
            return made
        new = slow(value[steps[0]], steps[1:], inner=True, once=alone)
        keep = slow.keep  # type: ignore[attr-defined]
        slow.keep = None  # type: ignore[attr-defined]
        if new is GONE and listed:
            return GONE
        made[steps[0]] = None if new is GONE else new
        for name, one in value.items():
            beside = name != steps[0] and isinstance(one, list) and (inner or name.lower() in PARALLEL)
            if keep is not None and beside and len(one) == len(keep):
                made[name] = [each for each, stay in zip(one, keep, strict=True) if stay]
        return made
    if steps or isinstance(value, bool) or not isinstance(value, str | int):
        return value
    told = change(value)
    return GONE if told is None else told


def same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and one == other


leaves = st.one_of(st.sampled_from(WORDS), st.integers(0, 4), st.booleans(), st.none(), st.floats(allow_nan=False))
names = st.sampled_from(["x", "y", "bbox", "labels"])
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4), max_leaves=12
)
pointers = st.lists(st.sampled_from(["x", "y", "labels"]), max_size=3).map(tuple)


@settings(max_examples=200, deadline=None)
@given(values, pointers, st.sampled_from([None, 1, "\t"]), st.booleans(), st.booleans())
def test_json(value: Any, steps: tuple[str, ...], indent: Any, ascii_only: bool, mark: bool) -> None:
    text = ("\ufeff" if mark else "") + json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    expected = slow(value, steps)
    got = edit_json(text, steps, change)
    assert json.loads(got.removeprefix("\ufeff")) == (None if expected is GONE else expected)
    assert got.startswith("\ufeff") is mark and (not ascii_only or got.removeprefix("\ufeff").isascii())
    assert edit_json(text, steps, lambda label: label) == text


@pytest.mark.parametrize(
    "text", ["", "{", '{"x" 1}', '{"x": 1,}', "[1,]", "[1 2]", '{"x": "b"} y', "{1: 2}", "[" * 40 + "]" * 40]
)
def test_json_that_is_none_is_refused_before_anything_is_said(text: str) -> None:
    said: list[Any] = []
    with pytest.raises((ValueError, RecursionError)):
        edit_json(text, ("x",), lambda label: said.append(label))  # type: ignore[func-returns-value]
    assert said == []


@settings(deadline=None)
@given(
    st.lists(st.one_of(st.sampled_from(["a", "b", "c", "d"]), st.integers(0, 3)), max_size=5),
    st.sampled_from([", ", "\n", ",", "\r\n"]),
)
def test_text(labels: list[Any], between: str) -> None:
    text = between.join(map(str, labels)) + "\n"
    expected = slow(labels, ())
    got = edit_text(text, change)
    if not expected and labels:
        assert got is None
    else:
        assert got is not None and got.split() == between.join(map(str, expected)).split()
    assert edit_text(text, lambda label: label) == text


KIND = pa.struct([("x", pa.list_(pa.string())), ("y", pa.list_(pa.int8())), ("n", pa.int64())])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["a", "b", "c", "d"]), st.integers(-3, 3)), max_size=5), st.booleans())
def test_columns(rows: list[tuple[str, int]], deep: bool) -> None:
    value = {"x": [label for label, _ in rows], "y": [number for _, number in rows], "n": 3}
    scalar = pa.scalar({"o": value}, pa.struct([("o", KIND)])) if deep else pa.scalar(value, KIND)
    steps = ("o", "x") if deep else ("x",)
    got = edit_scalar(scalar, steps, change)
    assert got is not None and got.type == scalar.type
    kept = [(NEW[label], number) for label, number in rows if NEW[label] is not None]
    expected = {"x": [label for label, _ in kept], "y": [number for _, number in kept], "n": 3}
    assert got.as_py() == ({"o": expected} if deep else expected)
    assert edit_scalar(scalar, steps, lambda label: label) is scalar


@settings(deadline=None)
@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=9), min_size=1, max_size=6),
    st.sampled_from("[-0"),
)
def test_names_in_yaml(given_names: list[str], form: str) -> None:
    yaml = pytest.importorskip("yaml")
    start = {"[": "names: [x]", "-": "names:\n  - x", "0": "names:\n  0: x"}[form]
    text = f"path: p\nnc: 1\n{start}\ntrain: t\n"
    made = yaml_with(text, given_names)
    told = yaml.safe_load(made)
    read = told["names"] if isinstance(told["names"], list) else list(told["names"].values())
    assert read == given_names == list(yaml_names(made) or ())
    assert (told["nc"], told["train"]) == (len(given_names), "t")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "names:\n",
        "names: x\n",
        "names: {0: a}\n",
        "names: [a, [b]]\n",
        "names:\n  1: a\n",
        "names: &x [a]\n",
        "names:\n  0: a\n  0: b\n",
        "names: [a\n",
        "names:\n - a\n  - b\n",
        "names: [a]\nnames: [b]\n",
        "names:\n  0: !!str a\n",
    ],
)
def test_other_yaml_is_not_understood(text: str) -> None:
    assert yaml_names(text) is None
