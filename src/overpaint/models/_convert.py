"""From the file that a package ships to the one that onnxruntime runs well: same numbers, any image size.

Some things stand in the way. The Zoo's block-quantised files keep int8 weights behind ``DequantizeLinear`` nodes, and
onnxruntime refuses their fixed shapes at other sizes. Old exports declare every weight as an input too, so that
onnxruntime may not fold it. Others keep weights in ``Constant`` nodes, where the hash of the weights would not see
them. A PyTorch checkpoint holds weights and no operations, which are written down here. One package keeps its ONNX file
in a Python module, another its networks as graphs of TensorFlow.js, a third one as a frozen graph of TensorFlow 1.
What is done to weights here is one float32 subtraction and one multiplication each, the very definition of
``DequantizeLinear`` (ONNX operator specification, opset 21), a float16 written as float32, or nothing, so the results
are the same bits on every machine. Some networks are then joined to fewer operations (`_join`), and some of these
compute in integers (`_integers`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from overpaint.errors import ModelError
from overpaint.models._checkpoint import read_checkpoint
from overpaint.models._efficientnet import efficientnet_lite0
from overpaint.models._integers import in_integers, ranges_of
from overpaint.models._join import joined
from overpaint.models._literal import read_literal
from overpaint.models._registry import Model
from overpaint.models._ssdlite import ssdlite
from overpaint.models._tensors import parsed
from overpaint.models._tfjs import read_tfjs
from overpaint.models._tfjs_onnx import tfjs_network

if TYPE_CHECKING:
    import numpy as np
    import onnx

    Array = np.ndarray[Any, np.dtype[Any]]

__all__ = ["converted", "dequantised"]


def converted(model: Model, data: bytes, *beside: bytes) -> bytes:
    """The file of a package made ready to run, as bytes that depend on nothing but the input.

    Parameters
    ----------
    model
        Names the conversion and the shape of the image input.
    data, beside
        The files as the package ships them, in the order of ``Model.members``; their hashes have been checked by the
        caller.

    Raises
    ------
    ModelError
        Where the file is not what the conversion expects; the message reads on after "MODEL: ".
    """
    import onnx

    proto = _network(model, data, beside)
    _lift_constants(proto.graph)
    if model.conversion == "dequantise":
        _fold_dequantisation(proto.graph)
        _fold_reshapes(proto.graph)
    _keep_only_used(proto.graph)
    _free_shape(proto.graph, model.input_shape)
    if model.then:
        joined(proto)
    if model.then == "integers":
        in_integers(proto, ranges_of(model.name))
    try:
        onnx.checker.check_model(proto, full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        raise ModelError(f"its conversion is no valid ONNX ({str(error).splitlines()[0]})") from error
    return bytes(proto.SerializeToString(deterministic=True))


def _network(model: Model, data: bytes, beside: Sequence[bytes]) -> onnx.ModelProto:
    """The network that the files hold, whatever their format."""
    if model.conversion == "efficientnet-lite0":
        return efficientnet_lite0(read_checkpoint(data))
    if model.conversion == "python-literal":
        return parsed(read_literal(data))
    if model.conversion == "ssdlite":
        return ssdlite(data)
    if model.conversion == "tfjs":
        return tfjs_network(read_tfjs(data, beside))
    return parsed(data)


def dequantised(
    values: Array,
    scale: Array,
    zero: Array | None,
    *,
    axis: int,
    block: int,
) -> Array:
    """``(values - zero) * scale`` in float32, scale and zero point spread over blocks, along an axis, or all.

    Parameters
    ----------
    values
        Integers of any shape.
    scale, zero
        One number; or one for each index of `axis`; or, where `block` is not 0, the shape of `values` with `axis`
        divided by `block` and rounded up.
    axis, block
        As the attributes of ``DequantizeLinear``.
    """
    import numpy as np

    def spread(part: Array) -> Array:
        wide = part.astype(np.float32)
        if block:
            return np.repeat(wide, block, axis=axis).take(np.arange(values.shape[axis]), axis=axis)
        if wide.size == 1:
            return wide.reshape(())
        return wide.reshape([-1 if i == axis % values.ndim else 1 for i in range(values.ndim)])

    shifted = values.astype(np.float32) - (spread(zero) if zero is not None else np.float32(0))
    return np.asarray(shifted * spread(scale), dtype=np.float32)


def _lift_constants(graph: onnx.GraphProto) -> None:
    """Make weights of ``Constant`` nodes initialisers, so that the hash of the weights covers them."""
    for node in [node for node in graph.node if node.op_type == "Constant" and not node.domain]:
        if [attribute.name for attribute in node.attribute] != ["value"]:
            raise ModelError("it holds a constant that is no tensor")
        tensor = node.attribute[0].t
        tensor.name = node.output[0]
        graph.initializer.append(tensor)
        graph.node.remove(node)


def _fold_dequantisation(graph: onnx.GraphProto) -> None:
    """Replace each ``DequantizeLinear`` of constants by its result."""
    from onnx import helper, numpy_helper

    constants = {tensor.name: tensor for tensor in graph.initializer}
    nodes = [node for node in graph.node if node.op_type == "DequantizeLinear"]
    if not nodes:
        raise ModelError("it holds no quantised weights to turn into float32")
    for node in nodes:
        if any(name and name not in constants for name in node.input):
            raise ModelError("it quantises more than its weights, which this conversion does not undo")
        parts = [numpy_helper.to_array(constants[name]) for name in node.input if name]
        options = {a.name: helper.get_attribute_value(a) for a in node.attribute}
        values = dequantised(
            parts[0],
            parts[1],
            parts[2] if len(parts) > 2 else None,
            axis=options.get("axis", 1),
            block=options.get("block_size", 0),
        )
        graph.initializer.append(numpy_helper.from_array(values, node.output[0]))
        graph.node.remove(node)


def _fold_reshapes(graph: onnx.GraphProto) -> None:
    """Replace each ``Reshape`` of constants by its result: the quantised weights were stored flattened."""
    from onnx import numpy_helper

    constants = {tensor.name: tensor for tensor in graph.initializer}
    for node in [node for node in graph.node if node.op_type == "Reshape"]:
        if any(name not in constants for name in node.input):
            continue
        values, shape = (numpy_helper.to_array(constants[name]) for name in node.input)
        if 0 in shape:  # "as it was", which a weight has no use for
            raise ModelError("it reshapes a weight in a way that this conversion does not know")
        graph.initializer.append(numpy_helper.from_array(values.reshape(shape), node.output[0]))
        graph.node.remove(node)


def _keep_only_used(graph: onnx.GraphProto) -> None:
    """Drop weights that nothing reads, and weights from the list of inputs; order what is left by name."""
    used = {name for node in graph.node for name in node.input} | {value.name for value in graph.output}
    weights = sorted((t for t in graph.initializer if t.name in used), key=lambda tensor: tensor.name)
    names = {tensor.name for tensor in weights}
    inputs = [value for value in graph.input if value.name in used - names]
    del graph.initializer[:], graph.input[:], graph.value_info[:]
    graph.initializer.extend(weights)
    graph.input.extend(inputs)


def _free_shape(graph: onnx.GraphProto, shape: Sequence[int | str]) -> None:
    """Give the one input its shape, names for free dimensions, and let the outputs' follow from it."""
    if len(graph.input) != 1 or len(graph.input[0].type.tensor_type.shape.dim) != len(shape):
        raise ModelError(f"its input is not one of {len(shape)} dimensions")
    for dimension, size in zip(graph.input[0].type.tensor_type.shape.dim, shape, strict=True):
        if isinstance(size, int):
            dimension.dim_value = size
        else:
            dimension.dim_param = size
    for output in graph.output:
        for dimension in output.type.tensor_type.shape.dim:
            dimension.ClearField("value")
