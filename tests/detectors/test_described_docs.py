"""The page's descriptions are descriptions: each head that it shows is read, with what it leaves out put around it."""

import re
from pathlib import Path

import pytest

from overpaint.detectors._described_parse import read_description

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "describe-an-onnx-model.md"
BLOCKS = re.findall(r"```toml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
TOP = f'name = "a"\nfile = "a.onnx"\nsha256 = "{"0" * 64}"\nlicence = "MIT"\ntrained_on = "b"\n'
INPUT = '[input]\nsize = [64, 64]\nlayout = "NCHW"\ncolour = "RGB"\nfit = "stretch"\n'
HEAD = '[head]\ntype = "softmax"\nclasses = 5\nlogits = true\n'
CLASSES = '[[classes]]\nindex = 0\nkind = "lamp"\nthreshold = 0.5\n'


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_a_block_can_be_read(block, tmp_path):
    parts = {"name =": TOP, "[input]": INPUT, "[head]": HEAD, "[[classes]]": CLASSES}
    around = [text for begin, text in parts.items() if not re.search(f"^{re.escape(begin)}", block, re.MULTILINE)]
    path = tmp_path / "a.toml"
    path.write_text("".join([*[t for t in around if t == TOP], block, *[t for t in around if t != TOP]]), "utf-8")
    assert read_description(path).kinds


def test_there_are_blocks_of_each_head():
    assert {word for block in BLOCKS for word in re.findall(r'^type = "(\w+)"', block, re.MULTILINE)} >= {"yolo", "ssd"}
    assert len(BLOCKS) >= 7
