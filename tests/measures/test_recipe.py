"""Recipes: the protocol of the 2021 study to the number, and files that are wrong."""

from __future__ import annotations

import tomllib
from importlib import resources
from pathlib import Path

import pytest

from overpaint.errors import UsageError
from overpaint.measures._recipe import RECIPES, read_recipe

PAPER = (
    *("alexnet", "squeezenet1_0", "shufflenet_v2_x1_0", "vgg11", "vgg13", "vgg16", "vgg19", "mobilenet_v2"),
    *("densenet121", "densenet201", "resnet18", "resnet34", "resnet50", "resnet101", "resnet152"),
)


def test_the_protocol_of_the_study() -> None:
    paper = read_recipe("imagenet2021")
    assert (paper.models, paper.seeds, paper.epochs, paper.batch) == (PAPER, 3, 90, 256)
    assert (paper.momentum, paper.weight_decay, paper.nesterov, paper.decay_all) == (0.9, 1e-4, False, True)
    assert (paper.side, paper.area, paper.flip, paper.smoothing) == (224, (0.08, 1.0), 0.5, 0.0)
    assert paper.ratio == pytest.approx((3 / 4, 4 / 3))
    assert (paper.resize, paper.crop, paper.store) == (256, 224, 0)


@pytest.mark.parametrize("model", [*PAPER, "timm:vgg11"])
def test_the_rate_of_the_study(model: str) -> None:
    paper = read_recipe("imagenet2021")
    steps = paper.steps(1_281_167)
    assert steps == 5005  # the last batch has 143 samples, and is not dropped
    start = 0.01 if model.startswith(("alexnet", "squeezenet", "vgg", "timm:vgg")) else 0.1
    for epoch, factor in ((0, 1), (29, 1), (30, 0.1), (59, 0.1), (60, 0.01), (89, 0.01)):
        for step in (epoch * steps, epoch * steps + steps - 1):
            assert paper.rate_at(model, step, steps=steps) == pytest.approx(start * factor)


def test_the_rate_along_a_cosine() -> None:
    small = read_recipe()
    steps = 10
    rates = [small.rate_at("small", step, steps=steps) for step in range(steps * small.epochs)]
    top = int(small.warmup * len(rates))
    assert rates[0] == 0
    assert rates[top] == max(rates) == pytest.approx(small.rate)
    assert rates[:top] == sorted(rates[:top])
    assert rates[top:] == sorted(rates[top:], reverse=True)
    assert 0 < rates[-1] < 0.001 * small.rate


@pytest.mark.parametrize(("samples", "steps"), [(1, 1), (2, 1), (32, 1), (33, 1), (34, 2), (660, 21)])
def test_a_last_batch_of_one_sample_is_left_out(samples: int, steps: int) -> None:
    assert read_recipe().steps(samples) == steps


def test_what_one_training_depends_on() -> None:
    small = read_recipe()
    assert small.digest("a") == small.digest("a")
    assert len({small.digest("a"), small.digest("b"), read_recipe("imagenet2021").digest("a")}) == 3


@pytest.fixture
def written(tmp_path: Path):  # type: ignore[no-untyped-def]  # a function that writes a changed file
    text = (resources.files("overpaint.measures") / "recipes" / "small.toml").read_text("utf-8")

    def write(old: str, new: str) -> Path:
        assert old in text
        (tmp_path / "mine.toml").write_text(text.replace(old, new, 1))
        return tmp_path / "mine.toml"

    return write


def test_a_file_of_ones_own(written) -> None:  # type: ignore[no-untyped-def]
    assert read_recipe(written("epochs = 40", "epochs = 3")).epochs == 3


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("epochs = 40", "", "epochs is missing"),
        ("epochs = 40", "epochs = 0", "epochs = 0"),
        ("epochs = 40", "epochs = 2.5", "whole"),
        ("epochs = 40", "epochs = true", "epochs"),
        ("epochs = 40", "epochs = 40\nepoch = 4", "epoch is not known"),
        ("start = 0.1", "start = inf", "rate"),
        ('"cosine"', '"steps"', "rate.every"),
        ('"cosine"', '"other"', "steps or cosine"),
        ("nesterov = true", "nesterov = 1", "nesterov"),
        ("momentum = 0.9", "momentum = 0", "nesterov"),
        ("area = [0.25, 1.0]", "area = [0.5, 0.2]", "area"),
        ("crop = 96", "crop = 97", "crop"),
        ('models = ["small"]', "models = []", "models"),
        ("[testing]", "[tests]", "tests"),
        ("store = 112", "store = ", "not TOML"),
    ],
)
def test_what_is_wrong_in_a_file_is_told(written, old: str, new: str, said: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(UsageError, match=said):
        read_recipe(written(old, new))


def test_no_such_file() -> None:
    with pytest.raises(UsageError, match="small, imagenet2021"):
        read_recipe("nowhere.toml")


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_says_what_it_is(name: str) -> None:
    text = (resources.files("overpaint.measures") / "recipes" / f"{name}.toml").read_text("utf-8")
    assert tomllib.loads(text)["name"] == name
    assert read_recipe(name).about
