"""Trainings: the same again, broken off and gone on with, by two processes; arms differ in their pixels alone."""

import dataclasses
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from lessons import CLASSES, RECIPE, lesson, taught

from overpaint.errors import RunError, UsageError
from overpaint.measures import _training
from overpaint.measures._trained import WEIGHTS, load_network, saved
from overpaint.measures._training import CHECKPOINT, train

torch = pytest.importorskip("torch")


def weights(place):
    return torch.load(place, weights_only=True)


def assert_same(one, other):
    assert one["losses"] == other["losses"]
    assert all(torch.equal(one["state"][name], other["state"][name]) for name in one["state"])


class Cut(Exception):
    pass


def stops_after(batches):
    def beat(new):
        nonlocal batches
        batches -= 1
        if batches < 0:
            raise Cut

    return beat


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    folder = tmp_path_factory.mktemp("unbroken")
    (folder / "place").mkdir()
    return train(lesson(folder / "arms"), folder / "place")


def test_it_learns(unbroken, tmp_path):
    net = load_network(unbroken)
    assert net.losses[-1] < net.losses[0]
    assert (net.arm, net.seed, net.classes, net.recipe) == (
        "original",
        0,
        CLASSES,
        dataclasses.replace(RECIPE, about=""),
    )
    pictures, labels = taught(tmp_path)
    logits = net(pictures)
    assert logits.dtype == np.float32
    assert (logits.argmax(1) == labels).mean() > 0.5
    assert net.features(pictures).shape == (30, 256)
    np.testing.assert_allclose(net([pictures[3]]), logits[3:4], atol=1e-5)


@pytest.mark.parametrize("batches", [0, 3, 4, 9])
def test_broken_off_and_gone_on_with_it_gives_the_same(unbroken, tmp_path, batches):
    with pytest.raises(Cut):
        train(lesson(tmp_path / "arms"), tmp_path, beat=stops_after(batches))
    assert (tmp_path / CHECKPOINT).exists() == (batches >= 4)  # an epoch has four
    torch.rand(7)  # whatever else happens before
    assert_same(weights(train(lesson(tmp_path / "arms"), tmp_path)), weights(unbroken))
    assert not (tmp_path / CHECKPOINT).exists()


def test_a_finished_one_is_not_repeated(unbroken, tmp_path):
    before = unbroken.stat().st_mtime_ns
    train(lesson(tmp_path), unbroken.parent, beat=stops_after(0))
    assert unbroken.stat().st_mtime_ns == before


def test_arms_see_the_same_parts_in_the_same_order(tmp_path, monkeypatch):
    """Of two arms that differ in pixels alone, every batch is the same but for the pixels."""
    shown = {}
    real = _training._step

    def step(net, optimiser, batch, *more):
        shown.setdefault(net, []).append(batch)
        return real(net, optimiser, batch, *more)

    monkeypatch.setattr(_training, "_step", step)
    inverse = lambda picture: 255 - picture  # noqa: E731
    for name, change in (("original", lambda picture: picture), ("redacted", inverse)):
        (tmp_path / name).mkdir()
        train(lesson(tmp_path / "arms", name=name, change=change), tmp_path / name)
    first, second = shown.values()
    assert len(first) == len(second) == 12
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one.labels, other.labels)
        difference = one.squares.astype(int) + other.squares  # bilinear weights sum to one: 255, but for rounding twice
        assert np.abs(difference - 255).max() <= 2


def test_seeds_differ(tmp_path, unbroken):
    (tmp_path / "place").mkdir()
    other = weights(train(lesson(tmp_path / "arms", seed=1), tmp_path / "place"))
    assert other["losses"] != weights(unbroken)["losses"]


def test_files_are_decoded_at_each_use_where_the_recipe_says_so(tmp_path):
    from PIL import Image

    from overpaint.measures._pictures import Pictures, PicturesWriter

    held, _ = taught(tmp_path)
    keys = [str(at) for at in range(len(held))]
    with PicturesWriter(tmp_path / "files") as part:
        for key, picture in zip(keys, map(held.__getitem__, range(len(held))), strict=True):
            Image.fromarray(picture).save(tmp_path / "one.png")
            part.put(key, picture, data=(tmp_path / "one.png").read_bytes())
    files = Pictures([tmp_path / "files"], keys)
    results = []
    for name, store, pictures in (("pixels", 40, held), ("coded", 0, files)):
        recipe = dataclasses.replace(RECIPE, store=store)
        (tmp_path / name).mkdir()
        one = dataclasses.replace(lesson(tmp_path / "arms", recipe=recipe), pictures=pictures)
        results.append(weights(train(one, tmp_path / name)))
    assert_same(*results)


def test_a_loss_that_is_no_number_is_told(tmp_path):
    recipe = dataclasses.replace(RECIPE, rate=1e30, warmup=0.0)
    with pytest.raises(UsageError, match="lower the rate"):
        train(lesson(tmp_path / "arms", recipe=recipe), tmp_path)


def test_damaged_files_are_told(tmp_path):
    (tmp_path / CHECKPOINT).write_bytes(b"no")
    with pytest.raises(RunError, match=CHECKPOINT):
        train(lesson(tmp_path / "arms"), tmp_path)
    saved({"state": 1}, tmp_path / WEIGHTS)
    with pytest.raises(RunError, match=WEIGHTS):
        load_network(tmp_path / WEIGHTS)


def test_two_processes_learn_what_one_does(tmp_path, unbroken):
    """But for rounding: batches of 8 are shared, the last one of 6 too; and what they say is brought together."""
    place = tmp_path / "two"
    place.mkdir()
    here = Path(__file__).parent
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node=2", "--master-port=0"]
    command += ["--rdzv-backend=c10d", "--rdzv-endpoint=localhost:0", str(here / "two_processes.py"), str(place)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    one, two = weights(unbroken), weights(place / WEIGHTS)
    np.testing.assert_allclose(one["losses"], two["losses"], rtol=1e-3)
    for name in one["state"]:
        torch.testing.assert_close(one["state"][name], two["state"][name], rtol=1e-2, atol=1e-3)
    pictures, _ = taught(tmp_path / "arms")
    np.testing.assert_allclose(load_network(place / WEIGHTS)(pictures), np.load(place / "said.npy"), atol=1e-4)
