"""The wheel of converted models: same bytes each time, installable, found, and honest about what is in it."""

import base64
import dataclasses
import hashlib
import importlib
import importlib.util
import subprocess
import sys
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest

from overpaint import models
from overpaint.models import _store

SCRIPT = Path(__file__).parents[2] / "scripts" / "build_models_wheel.py"


@pytest.fixture
def script(monkeypatch):
    spec = importlib.util.spec_from_file_location("build_models_wheel", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "PACKAGE", "overpaint_models")
    return module


@pytest.fixture
def wheel(script, shop, tiny, tmp_path) -> Path:
    return script.build([tiny], tmp_path / "out", wheels=shop.wheels, registry=shop.registry)


def test_the_same_inputs_give_the_same_bytes(script, shop, tiny, wheel, tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    again = script.build([tiny], tmp_path / "again", wheels=shop.wheels, registry=shop.registry)
    assert again.read_bytes() == wheel.read_bytes()
    assert sorted(p.name for p in (tmp_path / "again").iterdir()) == [wheel.name]


def test_the_record_and_the_notices_are_right(wheel, tiny):
    with zipfile.ZipFile(wheel) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    (info,) = {name.split("/")[0] for name in held if ".dist-info/" in name}
    listed = [line.split(",") for line in held.pop(f"{info}/RECORD").decode().splitlines()]
    assert listed.pop() == [f"{info}/RECORD", "", ""]
    assert {name for name, _, _ in listed} == set(held)
    for name, digest, size in listed:
        coded = base64.urlsafe_b64encode(hashlib.sha256(held[name]).digest()).rstrip(b"=").decode()
        assert (digest, int(size)) == (f"sha256={coded}", len(held[name]))
    metadata = message_from_bytes(held[f"{info}/METADATA"])
    assert metadata["Name"] == "overpaint-models"
    assert metadata["License-Expression"] == "Apache-2.0 AND MIT"
    assert metadata.get_all("License-File") == ["Apache-2.0.txt", "NOTICE.md", "tinypackage-1.0/LICENSE"]
    for name in metadata.get_all("License-File"):
        assert held[f"{info}/licenses/{name}"]
    notice = held[f"{info}/licenses/NOTICE.md"].decode()
    for fact in (tiny.copyright, tiny.training, tiny.source, tiny.member_sha256, tiny.tensors_sha256, "Permission is"):
        assert fact in notice


def test_the_licences_of_a_package_of_npm_lie_in_one_folder(script, tiny):
    assert script.folder(tiny) == "tinypackage-1.0"
    assert script.folder(dataclasses.replace(tiny, package="@made/models")) == "made-models-1.0"


def test_installed_by_pip_it_is_found_before_the_cache(wheel, tiny, tmp_path, monkeypatch, closed_index):
    target = tmp_path / "target"
    command = [sys.executable, "-P", "-m", "pip", "install", "-q", "--no-deps", "--target", str(target), str(wheel)]
    subprocess.run(command, check=True, capture_output=True)
    monkeypatch.syspath_prepend(str(target))
    monkeypatch.setattr(_store, "PACKAGE", "overpaint_models")
    importlib.invalidate_caches()
    assert models.path("tiny") == target / "overpaint_models" / "models" / tiny.file_name
    assert [(s.state, s.origin) for s in models.verify()] == [("ready", "package")]


def test_the_command_prints_a_hash_or_one_line(script, shop, tiny, tmp_path, capsys):
    assert script.main([str(tmp_path / "o"), "--wheels", str(shop.wheels), "tiny"]) == 0
    digest, place = capsys.readouterr().out.split()
    assert hashlib.sha256(Path(place).read_bytes()).hexdigest() == digest
    assert script.main([str(tmp_path / "o"), "--wheels", str(tmp_path)]) == 1
    assert capsys.readouterr().err.startswith("build_models_wheel: ")
