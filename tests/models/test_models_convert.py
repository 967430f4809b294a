"""The converted file computes what the original computes, at any size."""

import numpy as np
import onnx
import onnxruntime
import pytest
from forging import facts, old_network, quantised_network
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from overpaint.errors import ModelError
from overpaint.models import graph_sha256, tensors_sha256
from overpaint.models._convert import converted, dequantised


def session(data: bytes) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])


def run(data: bytes, x: np.ndarray) -> np.ndarray:
    return session(data).run(None, {"x": x})[0]


def slow_dequantised(values, scale, zero, *, axis, block):
    """One number at a time, as the operator's definition reads."""
    result = np.empty(values.shape, np.float32)
    for at in np.ndindex(*values.shape):
        if block:
            where = tuple(p // block if i == axis % values.ndim else p for i, p in enumerate(at))
        elif scale.size == 1:
            where = None
        else:
            where = at[axis]
        s, z = (part.reshape(-1)[0] if where is None else part[where] for part in (scale, zero))
        result[at] = (np.float32(values[at]) - np.float32(z)) * np.float32(s)
    return result


@settings(max_examples=80, deadline=None)
@given(
    shape=st.lists(st.integers(1, 5), min_size=1, max_size=3),
    axis=st.integers(0, 2),
    block=st.integers(0, 5),
    whole=st.booleans(),
    seed=st.integers(0, 2**32 - 1),
)
def test_dequantised_equals_the_definition(shape, axis, block, whole, seed):
    random, axis = np.random.default_rng(seed), axis % len(shape)
    values = random.integers(-128, 128, shape).astype(np.int8)
    if block:
        per = [-(-n // block) if i == axis else n for i, n in enumerate(shape)]
    else:
        per = [1] if whole else [shape[axis]]
    scale, zero = random.random(per).astype(np.float32), random.integers(-128, 128, per).astype(np.int8)
    fast = dequantised(values, scale, zero, axis=axis, block=block)
    slow = slow_dequantised(values, scale, zero, axis=axis, block=block)
    assert fast.dtype == np.float32
    assert fast.tobytes() == slow.tobytes()
    unshifted = dequantised(values, scale, None, axis=axis, block=block)
    assert unshifted.tobytes() == slow_dequantised(values, scale, zero * 0, axis=axis, block=block).tobytes()


def test_a_quantised_network_computes_the_same_and_takes_any_size():
    before = quantised_network()
    data = before.SerializeToString()
    after = converted(facts(data), data)
    x = np.random.default_rng(3).random((1, 3, 8, 8)).astype(np.float32) * 255
    by_definition = ReferenceEvaluator(before).run(None, {"x": x})[0]
    assert np.allclose(run(after, x), by_definition, rtol=1e-5, atol=1e-3)
    assert run(after, np.zeros((1, 3, 24, 16), np.float32)).shape == (1, 4, 24, 16)
    graph = onnx.load_model_from_string(after).graph
    assert [node.op_type for node in graph.node] == ["Conv"]
    assert [tensor.name for tensor in graph.initializer] == ["b", "w"]
    assert all(tensor.data_type == TensorProto.FLOAT for tensor in graph.initializer)


def test_an_old_export_loses_weights_as_inputs_and_nothing_else():
    data = old_network().SerializeToString()
    model = facts(data, conversion="strip-inputs", input_shape=("N", 3, "H", "W"))
    after = converted(model, data)
    x = np.random.default_rng(3).random((10, 3, 32, 32)).astype(np.float32)
    assert np.allclose(run(after, x), run(data, x), rtol=1e-5, atol=1e-5)  # folded: other kernels, other last bits
    assert run(after, x[:1, :, :8]).shape == (1, 2, 8, 32)
    assert [value.name for value in session(after).get_inputs()] == ["x"]
    assert {t.name for t in onnx.load_model_from_string(after).graph.initializer} == {"w1", "w2", "b1"}


def test_conversion_depends_on_the_content_alone():
    one, other = quantised_network(), quantised_network()
    weights = list(other.graph.initializer)
    del other.graph.initializer[:]
    other.graph.initializer.extend(reversed(weights))
    files = [m.SerializeToString() for m in (one, other)]
    assert files[0] != files[1]
    results = [converted(facts(data), data) for data in files]
    assert results[0] == results[1] == converted(facts(files[0]), files[0])
    different = quantised_network(seed=1).SerializeToString()
    hashes = [
        tensors_sha256(onnx.load_model_from_string(data))
        for data in (results[0], converted(facts(different), different))
    ]
    assert hashes[0] != hashes[1]


def test_what_a_conversion_does_not_know_is_refused():
    def refused(network, match, **changes):
        data = network.SerializeToString() if isinstance(network, onnx.ModelProto) else network
        with pytest.raises(ModelError, match=match):
            converted(facts(b"x", **changes), data)

    refused(b"", "not an ONNX file")
    refused(b"no model", "not an ONNX file")
    refused(old_network(), "no quantised weights")
    refused(quantised_network(), "4 dimensions|2 dimensions", input_shape=("N", 3))
    active = quantised_network()
    active.graph.node[4].input[0] = "xf"
    active.graph.node.append(helper.make_node("DequantizeLinear", ["x", "w_scales"], ["xf"]))
    refused(active, "more than its weights")
    zeroed = quantised_network()
    next(t for t in zeroed.graph.initializer if t.name == "w_shape").CopyFrom(
        numpy_helper.from_array(np.array([0, 3, 3, 3], np.int64), "w_shape")
    )
    refused(zeroed, "does not know")
    broken = quantised_network()
    broken.graph.node[4].input[1] = "nowhere"
    refused(broken, "no valid ONNX")


def with_constants(weight: np.ndarray, alphabet: str = "") -> onnx.ModelProto:
    """A convolution whose weight lies in a Constant node, with metadata."""
    node = helper.make_node("Constant", [], ["w"], value=numpy_helper.from_array(weight, "any"))
    graph = helper.make_graph(
        [node, helper.make_node("Conv", ["x", "w"], ["y"])],
        "constant",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, 8, 8])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 2, 8, 8])],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)], ir_version=6)
    if alphabet:
        helper.set_model_props(made, {"character": alphabet})
    return made


def plainly(made: onnx.ModelProto) -> bytes:
    data = made.SerializeToString()
    return converted(facts(data, conversion="plain", input_shape=("N", 3, "H", "W")), data)


def test_weights_in_constant_nodes_are_under_the_hash_of_the_weights():
    weight = np.random.default_rng(0).normal(size=(2, 3, 1, 1)).astype(np.float32)
    data = plainly(with_constants(weight))
    proto = onnx.load_model_from_string(data)
    assert [node.op_type for node in proto.graph.node] == ["Conv"]
    x = np.random.default_rng(1).normal(size=(2, 3, 4, 9)).astype(np.float32)
    np.testing.assert_allclose(run(data, x), np.einsum("oi,nihw->nohw", weight[..., 0, 0], x), rtol=1e-5, atol=1e-5)
    other = onnx.load_model_from_string(plainly(with_constants(weight + 1)))
    assert tensors_sha256(proto) != tensors_sha256(other)
    scalar = with_constants(weight)
    scalar.graph.node[0].CopyFrom(helper.make_node("Constant", [], ["w"], value_floats=[1.0]))
    with pytest.raises(ModelError, match="a constant that is no tensor"):
        plainly(scalar)


def test_metadata_stay_and_are_under_the_hash_of_the_operations():
    weight = np.ones((2, 3, 1, 1), np.float32)
    hashes = {graph_sha256(onnx.load_model_from_string(plainly(with_constants(weight, a)))) for a in ("", "ab", "ac")}
    assert len(hashes) == 3
    kept = session(plainly(with_constants(weight, "ab"))).get_modelmeta().custom_metadata_map
    assert kept == {"character": "ab"}
