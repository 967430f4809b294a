"""What is handed out is the pinned model or nothing, wherever the file came from."""

import json
import os
import shutil
from pathlib import Path

import onnx
import pytest
from forging import facts, old_network, pinned, quantised_network

from overpaint import models
from overpaint.errors import ModelError
from overpaint.models import _store
from overpaint.models._convert import converted


@pytest.fixture
def there(shop, tiny) -> Path:
    """The tiny model, converted and lying in the cache."""
    return models.get(["tiny"], wheels=shop.wheels)[0].path


def refused(match):
    with pytest.raises(ModelError, match=match) as caught:
        models.path("tiny")
    assert "\n" not in str(caught.value)
    assert "overpaint models get tiny" in str(caught.value)
    return str(caught.value)


def test_a_missing_model_names_the_command(tiny):
    assert "--wheels DIR" in refused("the model tiny is not on this machine")
    assert models.status(["tiny"])[0].to_dict() == {
        "name": "tiny", "state": "missing", "origin": "", "path": None, "file_sha256": "", "problem": "",
    }  # fmt: skip


def test_a_good_file_is_handed_out(there, tiny, shop):
    assert models.path("tiny") == there == shop.cache / tiny.file_name
    assert models.read("tiny") == there.read_bytes()
    assert [s.state for s in models.status() + models.verify()] == ["ready", "ready"]
    record = json.loads(there.with_suffix(".json").read_text("utf-8"))
    assert record["file_sha256"] == tiny.file_sha256
    assert record["licence"] == "MIT"
    assert "wheels" not in record


def test_the_happy_way_does_not_load_onnx(there, monkeypatch):
    monkeypatch.setattr(_store, "verified", None)
    assert models.path("tiny") == there


@pytest.mark.parametrize("damage", ["cut", "empty", "flipped", "text", "longer"])
def test_a_damaged_file_is_refused_by_name(there, damage):
    whole = there.read_bytes()
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 4
    bad = {"cut": whole[:-100], "empty": b"", "flipped": bytes(flipped), "text": b"hello", "longer": whole + b"\0"}
    there.write_bytes(bad[damage])
    assert str(there) in refused("was refused: it is damaged or another file")
    for status in models.status() + models.verify():
        assert (status.state, status.path) == ("damaged", there)
        assert "another file" in status.problem


def test_a_foreign_model_under_the_right_name_is_refused_even_with_a_record(there, tiny):
    foreign = pinned(facts(b""), quantised_network(seed=9).SerializeToString())
    other = converted(tiny, quantised_network(seed=9).SerializeToString())
    there.write_bytes(other)
    there.with_suffix(".json").write_bytes(_store.provenance(foreign, other))
    refused("weights have SHA-256")
    assert models.verify()[0].state == "damaged"


def test_other_operations_with_the_same_weights_are_refused(there):
    proto = onnx.load_model_from_string(there.read_bytes())
    next(a for a in proto.graph.node[0].attribute if a.name == "pads").ints[0] = 0
    there.write_bytes(proto.SerializeToString())
    refused("operations have SHA-256")


def test_the_same_model_written_in_other_bytes_is_taken(there, tiny):
    proto = onnx.load_model_from_string(there.read_bytes())
    weights = list(proto.graph.initializer)
    del proto.graph.initializer[:]
    proto.graph.initializer.extend(reversed(weights))
    proto.producer_version = "another onnx"
    there.write_bytes(proto.SerializeToString())
    assert models.path("tiny") == there
    assert models.status()[0].state == "ready"
    # but the record beside it now speaks of another file, which `verify` says
    assert "speaks of other hashes" in models.verify()[0].problem
    there.with_suffix(".json").write_bytes(_store.provenance(tiny, there.read_bytes()))
    assert models.verify()[0].state == "ready"


@pytest.mark.parametrize("record", [None, b"", b"[]", b"{}", b'{"file_sha256": 1}'])
def test_verify_wants_the_record(there, record):
    beside = there.with_suffix(".json")
    beside.unlink()
    if record is not None:
        beside.write_bytes(record)
    assert "missing or damaged" in models.verify()[0].problem
    assert models.path("tiny") == there


def test_what_is_no_regular_file_is_refused_and_never_waited_for(there):
    there.unlink()
    os.mkfifo(there)
    refused("not a regular file")
    there.unlink()
    there.mkdir()
    refused("cannot be read|not a regular file")
    there.rmdir()
    there.symlink_to(there.with_name("nowhere"))
    refused("cannot be read")
    there.unlink()
    with there.open("wb") as stream:
        stream.truncate(1 << 34)
    refused("far larger")


def test_the_installed_package_comes_first_and_is_checked_too(there, tiny, tmp_path, monkeypatch):
    home = tmp_path / "site" / "made_overpaint_models"
    (home / "models").mkdir(parents=True)
    (home / "__init__.py").write_text("raise SystemExit('the package was imported')\n")
    monkeypatch.syspath_prepend(str(home.parent))
    monkeypatch.setattr(_store, "PACKAGE", home.name)
    assert models.path("tiny") == there  # a package without this model does not hide the cache
    for file in (there, there.with_suffix(".json")):
        shutil.copy(file, home / "models")
    assert models.path("tiny") == home / "models" / tiny.file_name
    assert models.verify()[0].origin == "package"
    assert models.get(["tiny"])[0].to_dict()["fetched"] is False
    (home / "models" / tiny.file_name).write_bytes(b"swapped")
    assert "Reinstall overpaint-models" in refused("was refused")
    with pytest.raises(ModelError, match="Reinstall overpaint-models"):
        models.get(["tiny"])


def test_where_the_cache_is(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("OVERPAINT_MODELS", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(_store.sys, "platform", "linux")
    assert models.cache_dir() == tmp_path / ".cache/overpaint/models"
    monkeypatch.setattr(_store.sys, "platform", "darwin")
    assert models.cache_dir() == tmp_path / "Library/Caches/overpaint/models"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert models.cache_dir() == tmp_path / "Library/Caches/overpaint/models"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert models.cache_dir() == tmp_path / "xdg/overpaint/models"
    monkeypatch.setenv("OVERPAINT_MODELS", "~/mine")
    assert models.cache_dir() == tmp_path / "mine"


def test_models_of_the_two_kinds_lie_side_by_side(shop, tiny):
    data = old_network().SerializeToString()
    names = {
        "name": "old",
        "wheel": "oldpackage-1.0-py3-none-any.whl",
        "conversion": "strip-inputs",
        "input_shape": ("N", 3, "H", "W"),
    }
    shop.put(pinned(facts(data, **names), data), data)
    assert [got.name for got in models.get(wheels=shop.wheels)] == ["old", "tiny"]
    assert [status.state for status in models.verify()] == ["ready", "ready"]
