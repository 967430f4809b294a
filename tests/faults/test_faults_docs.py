"""The page on faults names tests that exist, and every fault that the trials know."""

import ast
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/reference/faults.md").read_text("utf-8")
NAMED = re.findall(r"`((?:tests/[\w/]+\.py::)?test_\w+)(?:\[([\w-]+)\])?`", PAGE)


def functions(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("name", sorted({name for name, _ in NAMED}))
def test_named_tests_exist(name):
    path, _, function = name.rpartition("::")
    assert function in functions(path or "tests/faults/test_faults.py")


def test_every_row_names_a_test_and_every_fault_has_a_row():
    table = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith("| fault")]
    assert len(table) >= 18
    assert [line for line in table if not re.search(r"`[\w/.:]*test_\w+", line)] == []
    sys.path.insert(0, str(ROOT / "benchmarks"))
    from _fault_kinds import FAULTS

    assert {parameter for name, parameter in NAMED if name == "test_fault"} == set(FAULTS)
