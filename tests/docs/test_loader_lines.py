"""The one-line assertions of the how-to page, with stand-ins that number folders as the loaders do."""

import re
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
from pages import DOCS

from overpaint import labels
from overpaint.errors import LabelsError

PAGE = (DOCS / "how-to/load-the-right-classes.md").read_text("utf-8")
BLOCKS = re.findall(r"<!-- loader -->\n```python\n(.*?)```", PAGE, re.DOTALL)


def folders(place):
    return sorted(path.name for path in Path(place).iterdir() if path.is_dir())


def natural(name):  # timm.utils.misc.natural_key, by what it does
    return [(False, int(part), "") if part.isdigit() else (True, 0, part) for part in re.split(r"(\d+)", name.lower())]


def image_folder(root):
    return SimpleNamespace(classes=folders(root))


def create_dataset(name, *, root, split, class_map=None):
    assert name == ""
    found = sorted(folders(f"{root}/{split}"), key=natural)
    numbers = class_map or {one: number for number, one in enumerate(found)}
    return SimpleNamespace(reader=SimpleNamespace(class_to_idx=numbers))


def from_directory(directory, class_names=None):
    return SimpleNamespace(class_names=class_names or folders(directory))


def load_dataset(name, *, data_dir, split):
    assert name == "imagefolder"
    return SimpleNamespace(features={"label": SimpleNamespace(names=folders(f"{data_dir}/{split}"))})


@pytest.fixture
def loaders(monkeypatch, tmp_path):
    """Modules that are called as the real ones, and a published dataset of four classes."""
    made = {
        "torchvision": {},
        "torchvision.datasets": {"ImageFolder": image_folder},
        "timm": {},
        "timm.data": {"create_dataset": create_dataset},
        "keras": {"utils": SimpleNamespace(image_dataset_from_directory=from_directory)},
        "datasets": {"load_dataset": load_dataset},
    }
    for name, values in made.items():
        module = ModuleType(name)
        vars(module).update(values)
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "photos-painted"


def publish(place, names):
    for name in names:
        (place / "train" / name).mkdir(parents=True)
    rows = [(number, name, None) for number, name in enumerate(sorted(names))]
    (place / "classes.json").write_text(labels.Classes.named(rows).to_json())


def test_there_is_a_line_with_and_one_without_for_each():
    used = [
        sum(word in block for block in BLOCKS)
        for word in ("ImageFolder(", "create_dataset(", "image_dataset", "load_d")
    ]
    assert used == [2, 3, 3, 2]
    assert sum("overpaint import" in block for block in BLOCKS) == 6


@pytest.mark.parametrize("block", BLOCKS)
def test_a_line_lets_the_right_numbers_pass(loaders, block):
    publish(loaders, ["n01440764", "n02979186", "n03000684"])
    exec(block, {})


@pytest.mark.parametrize("block", [block for block in BLOCKS if "check(" in block or "assert" in block])
def test_a_line_stops_other_numbers(loaders, block):
    publish(loaders, ["n01440764", "n02979186", "n03000684"])
    (loaders / "train/n02979186").rmdir()
    with pytest.raises((AssertionError, LabelsError)):
        exec(block, {})


def test_timm_numbers_otherwise_and_is_stopped(loaders):
    publish(loaders, ["Zebra", "apple", "n10", "n9"])
    for block in BLOCKS:
        if "create_dataset" not in block or "class_map" in block:
            exec(block, {})
        else:
            with pytest.raises((AssertionError, LabelsError)):
                exec(block, {})
