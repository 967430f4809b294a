"""The hash of weights is of the weights: not of their order, nor of how a file packs them."""

import copy
import random

import numpy as np
import onnx
import pytest
from forging import quantised_network, reference_tensors_sha256
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from onnx import TensorProto, helper, numpy_helper

from overpaint.errors import ModelError
from overpaint.models import graph_sha256, tensors_sha256

KINDS = {np.float32: "float_data", np.int64: "int64_data", np.int8: "int32_data", np.float64: "double_data"}


def arrays_of(kind: type) -> st.SearchStrategy[np.ndarray]:
    elements = {"allow_nan": False} if np.dtype(kind).kind == "f" else None
    return hnp.arrays(kind, hnp.array_shapes(min_dims=0, max_dims=3, max_side=4), elements=elements)


WEIGHTS = st.dictionaries(st.text(min_size=1, max_size=5), st.sampled_from(list(KINDS)).flatmap(arrays_of), max_size=5)


def holding(tensors) -> onnx.ModelProto:
    node = helper.make_node("Identity", ["x"], ["y"])
    value = helper.make_tensor_value_info
    graph = helper.make_graph([node], "g", [value("x", 1, [1])], [value("y", 1, [1])], tensors)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])


def unpacked(array: np.ndarray, name: str) -> TensorProto:
    """The same tensor with its values in a typed field and not as raw bytes."""
    tensor = numpy_helper.from_array(array, name)
    if not array.size:
        return tensor
    tensor.ClearField("raw_data")
    getattr(tensor, KINDS[array.dtype.type]).extend(array.flatten().tolist())
    return tensor


@settings(max_examples=60, deadline=None)
@given(arrays=WEIGHTS, seed=st.randoms(use_true_random=False))
def test_order_and_packing_do_not_matter(arrays, seed):
    straight = holding([numpy_helper.from_array(a, n) for n, a in arrays.items()])
    other = [seed.choice([numpy_helper.from_array, unpacked])(a, n) for n, a in arrays.items()]
    seed.shuffle(other)
    assert tensors_sha256(holding(other)) == tensors_sha256(straight) == reference_tensors_sha256(straight)


def test_every_value_name_shape_and_type_matters():
    array = np.arange(6, dtype=np.float32)
    changed = array.copy()
    changed[3] = np.nextafter(np.float32(3), np.float32(4))
    variants = [
        [("w", array)],
        [("v", array)],
        [("w", array.reshape(2, 3))],
        [("w", array.astype(np.float64))],
        [("w", array.astype(np.int64))],
        [("w", changed)],
        [("w", array[:5])],
        [("w", array), ("z", array[:0])],
        [],
    ]
    hashes = [tensors_sha256(holding([numpy_helper.from_array(a, n) for n, a in v])) for v in variants]
    assert len(set(hashes)) == len(variants)


def test_weights_elsewhere_sparse_or_double_are_refused():
    outside = numpy_helper.from_array(np.zeros(4, np.float32), "w")
    outside.ClearField("raw_data")
    outside.data_location = TensorProto.EXTERNAL
    outside.external_data.add(key="location", value="/etc/passwd")
    with pytest.raises(ModelError, match="another file"):
        tensors_sha256(holding([outside]))
    one = numpy_helper.from_array(np.zeros(4, np.float32), "w")
    with pytest.raises(ModelError, match="twice"):
        tensors_sha256(holding([one, one]))
    short = copy.deepcopy(one)
    short.raw_data = b"\0" * 7
    with pytest.raises(ModelError, match="do not fit"):
        tensors_sha256(holding([short]))
    sparse = holding([])
    sparse.graph.sparse_initializer.add()
    with pytest.raises(ModelError, match="sparse"):
        tensors_sha256(sparse)


def test_the_graph_hash_sees_every_change_of_the_operations_and_no_name_of_a_node():
    network = quantised_network()
    first = graph_sha256(network)

    def changed(change) -> str:
        other = copy.deepcopy(network)
        change(other)
        return graph_sha256(other)

    def attribute(model):
        next(a for a in model.graph.node[4].attribute if a.name == "pads").ints[0] = 2

    def constant(model):
        model.graph.node.append(
            helper.make_node("Constant", [], ["c"], value=numpy_helper.from_array(np.ones(1, np.float32)))
        )

    changes = [
        attribute,
        constant,
        lambda m: setattr(m.graph.node[4], "op_type", "ConvTranspose"),
        lambda m: setattr(m.graph.node[4], "domain", "somebody"),
        lambda m: m.graph.node[4].input.__setitem__(1, "b"),
        lambda m: m.graph.node[4].output.__setitem__(0, "z"),
        lambda m: setattr(m.opset_import[0], "version", 22),
        lambda m: setattr(m.graph.input[0].type.tensor_type.shape.dim[2], "dim_param", "H"),
        lambda m: m.graph.output[0].type.tensor_type.shape.dim[2].ClearField("value"),
        lambda m: setattr(m.graph.input[0].type.tensor_type, "elem_type", TensorProto.DOUBLE),
        lambda m: m.graph.node.sort(key=lambda node: node.op_type),
    ]
    hashes = {changed(change) for change in changes}
    assert len(hashes) == len(changes)
    assert first not in hashes

    def shuffled_attributes(model):
        attributes = list(model.graph.node[4].attribute)
        random.Random(0).shuffle(attributes)
        del model.graph.node[4].attribute[:]
        model.graph.node[4].attribute.extend(reversed(attributes))

    assert changed(lambda m: setattr(m.graph.node[4], "name", "other")) == first
    assert changed(shuffled_attributes) == first
    assert changed(lambda m: setattr(m.graph, "doc_string", "other")) == first


def test_the_graph_hash_refuses_what_it_does_not_cover():
    network = quantised_network()
    network.graph.node[4].attribute.append(helper.make_attribute("body", network.graph))
    with pytest.raises(ModelError, match="not hashed"):
        graph_sha256(network)
    network = quantised_network()
    network.functions.add(name="f", domain="d")
    with pytest.raises(ModelError, match="functions"):
        graph_sha256(network)
