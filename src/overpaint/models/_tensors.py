"""What a model is, apart from how its file happens to be written: a hash of its weights and one of its operations.

The same model may be serialised in more than one way (the order of weights, packed or raw values, another version of
onnx). Pins that shall hold for years are therefore on the content:

* `tensors_sha256`: for every initialiser in the order of its name, one line of JSON ``[name, type, shape]`` and then
  its values as little-endian bytes in C order.
* `graph_sha256`: one line of JSON for each operator set, input, output and node, in the order of the file, and for each
  entry of the file's metadata by key (a text recogniser keeps its alphabet there).
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from overpaint.errors import ModelError

if TYPE_CHECKING:
    import onnx

__all__ = ["graph_sha256", "parsed", "tensors_sha256"]


def parsed(data: bytes) -> onnx.ModelProto:
    """An ONNX model from bytes; `ModelError` for bytes that are none."""
    import onnx
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped, unused-ignore]

    try:
        model = onnx.load_model_from_string(data)
    except DecodeError as error:
        raise ModelError("it is not an ONNX file") from error
    if not model.graph.node:
        raise ModelError("it is not an ONNX file, or an empty one")
    return model


def tensors_sha256(model: onnx.ModelProto) -> str:
    """SHA-256 over the weights of a model, whatever order and encoding its file keeps them in.

    Parameters
    ----------
    model
        An ``onnx.ModelProto``. Weights in files beside it are refused: a hash of the model would not cover them.

    Returns
    -------
    str
        64 hexadecimal digits.

    Raises
    ------
    ModelError
        Where a name occurs twice, or weights are stored in a form that is not hashed (sparse, external).
    """
    digest = hashlib.sha256()
    initialisers = sorted(model.graph.initializer, key=lambda tensor: tensor.name)
    names = [tensor.name for tensor in initialisers]
    if len(set(names)) != len(names) or model.graph.sparse_initializer:
        raise ModelError("its weights are sparse or named twice")
    for tensor in initialisers:
        _add_tensor(digest, tensor)
    return digest.hexdigest()


def graph_sha256(model: onnx.ModelProto) -> str:
    """SHA-256 over what a model does with its weights: operator sets, inputs, outputs, nodes, metadata."""
    digest = hashlib.sha256()
    if model.functions or model.training_info:
        raise ModelError("it holds functions or training steps")
    graph = model.graph
    for domain, version in sorted((opset.domain, opset.version) for opset in model.opset_import):
        _add_line(digest, ["opset", domain, version])
    for role, values in (("input", graph.input), ("output", graph.output)):
        for value in values:
            _add_line(digest, [role, value.name, *_signature(value)])
    for node in graph.node:
        _add_line(digest, ["node", node.domain, node.op_type, list(node.input), list(node.output)])
        for attribute in sorted(node.attribute, key=lambda a: a.name):
            _add_attribute(digest, attribute)
    for key, text in sorted((entry.key, entry.value) for entry in model.metadata_props):
        _add_line(digest, ["metadata", key, text])
    return digest.hexdigest()


def _add_line(digest: Any, line: list[Any]) -> None:
    digest.update(json.dumps(line, ensure_ascii=True, separators=(",", ":")).encode() + b"\n")


def _add_tensor(digest: Any, tensor: onnx.TensorProto) -> None:
    import numpy as np
    from onnx import TensorProto, numpy_helper

    if tensor.data_location == TensorProto.EXTERNAL or tensor.data_type == TensorProto.STRING:
        raise ModelError("its weights lie in another file, or are texts")
    try:
        values = np.ascontiguousarray(numpy_helper.to_array(tensor))
    except (ValueError, TypeError) as error:
        raise ModelError(f"its weights {tensor.name!r} do not fit their shape") from error
    _add_line(digest, [tensor.name, TensorProto.DataType.Name(tensor.data_type), list(tensor.dims)])
    digest.update(values.astype(values.dtype.newbyteorder("<"), copy=False).tobytes())


def _signature(value: onnx.ValueInfoProto) -> list[Any]:
    """Element type and shape: a number, a name, or null where nothing is said."""
    tensor = value.type.tensor_type
    return [tensor.elem_type, [getattr(d, d.WhichOneof("value") or "", None) for d in tensor.shape.dim]]


def _add_attribute(digest: Any, attribute: onnx.AttributeProto) -> None:
    from onnx import AttributeProto as Kind
    from onnx import helper

    if attribute.type == Kind.TENSOR:
        _add_line(digest, ["tensor", attribute.name])
        _add_tensor(digest, attribute.t)
        return
    if attribute.type not in {Kind.INT, Kind.INTS, Kind.FLOAT, Kind.FLOATS, Kind.STRING, Kind.STRINGS}:
        raise ModelError(f"its attribute {attribute.name!r} is of a kind that is not hashed")
    value = helper.get_attribute_value(attribute)
    many = list(value) if attribute.type in {Kind.INTS, Kind.FLOATS, Kind.STRINGS} else [value]
    plain = [item.hex() if isinstance(item, bytes) else item for item in many]
    _add_line(digest, ["attribute", attribute.name, int(attribute.type), plain])
