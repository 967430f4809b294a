"""Weights in a Python module are taken out as data: the module never runs."""

import onnx
import pytest
from forging import facts, quantised_network

from overpaint.errors import ModelError
from overpaint.models._convert import converted
from overpaint.models._literal import read_literal

DATA = bytes(range(256)) * 3


def test_the_bytes_come_out():
    assert read_literal(f"WEIGHTS = {DATA!r}\n".encode()) == DATA
    assert read_literal(b"# a comment\nWEIGHTS = (b'ab'\n  b'cd')") == b"abcd"


def test_a_network_in_a_module_is_converted_like_the_file():
    data = quantised_network().SerializeToString()
    in_module = converted(facts(data, conversion="python-literal"), f"WEIGHTS = {data!r}\n".encode())
    assert in_module == converted(facts(data, conversion="plain"), data)
    assert onnx.load_model_from_string(in_module).graph.node


@pytest.mark.parametrize(
    "source",
    [
        b"",
        b"import os\nWEIGHTS = b'x'\n",
        b"WEIGHTS = b'x'\nOTHER = 1\n",
        b"OTHER = b'x'\n",
        b"WEIGHTS = OTHER = b'x'\n",
        b"WEIGHTS = 'text'\n",
        b"WEIGHTS = 7\n",
        b"WEIGHTS = b'x' + b'y'\n",
        b"WEIGHTS = bytes(1 << 60)\n",
        b"WEIGHTS = __import__('os').system('touch ran')\n",
        b"WEIGHTS: bytes = b'x'\n",
        b"a.WEIGHTS = b'x'\n",
    ],
)
def test_anything_else_is_refused_and_not_run(source, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelError, match=r"not one assignment of bytes to WEIGHTS; nothing of it was run"):
        read_literal(source)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "source", [b"WEIGHTS = b'cut", b"\xff\xfe", b"WEIGHTS = b'a\0b'", b"(" * 100_000, b"-" * 9_999]
)
def test_what_python_cannot_parse_is_one_line(source):
    with pytest.raises(ModelError, match=r"no Python module that can be read|not one assignment") as caught:
        read_literal(source)
    assert "\n" not in str(caught.value)
