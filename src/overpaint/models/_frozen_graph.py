"""A frozen graph of TensorFlow 1 read as data: a GraphDef in protobuf's wire format, whose constants are its weights.

Only what such a graph is made of is read: names, operations, inputs, plain attributes, and constants (fields as
TensorFlow's ``graph.proto``, ``node_def.proto``, ``attr_value.proto`` and ``tensor.proto`` number them). Nothing of it
is run. Which part of a graph is wanted is told by the names of its first and last tensors: what lies before and behind,
such as loops over pictures of a batch, is left out.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from overpaint.errors import ModelError
from overpaint.models._tfjs import Graph, Node, Value

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]

__all__ = ["read_frozen"]

_MOST_NODES = 20_000
_VARINT, _EIGHT, _BYTES, _FOUR = 0, 1, 2, 5
_FLOAT, _INT32, _INT64 = 1, 3, 9  # TensorFlow's numbers of types
_TYPES = {_FLOAT: "<f4", _INT32: "<i4", _INT64: "<i8"}
_LISTED = {_FLOAT: 5, _INT32: 7, _INT64: 10}  # the field in which values stand one by one

Field = tuple[int, int, Any]


def read_frozen(data: bytes, *, source: str, shape: Sequence[int], results: Sequence[str]) -> Graph:
    """Read a part of a graph and its weights.

    Parameters
    ----------
    data
        The file.
    source, shape
        The tensor that is given to the part, and its shape; a size of -1 is free.
    results
        The operations whose first outputs are wanted.

    Raises
    ------
    ModelError
        Where the bytes are no such graph, or it has no such tensors.
    """
    nodes: dict[str, Node] = {}
    weights: dict[str, Array] = {}
    try:
        for number, kind, value in _fields(data):
            if number == 1 and kind == _BYTES:
                node, weight = _node(value)
                if node.name in nodes or len(nodes) >= _MOST_NODES:
                    raise ModelError(f"it names {node.name[:80]!a} twice, or too much")
                nodes[node.name] = node
                if weight is not None:
                    weights[node.name] = weight
    except ModelError:
        raise
    except (ValueError, KeyError, TypeError, IndexError, OverflowError, struct.error) as error:
        raise ModelError(f"it is no frozen graph of TensorFlow ({type(error).__name__})") from error
    for name in (source, *results):
        if name not in nodes:
            raise ModelError(f"it is another graph: there is no {name!a}")
    for node in list(nodes.values()):  # frozen variables are constants that are read through an identity
        if node.op == "Identity" and len(node.inputs) == 1 and node.inputs[0] in weights:
            weights[node.name] = weights[node.inputs[0]]
            nodes[node.name] = Node(node.name, "Const", (), {})
    nodes[source] = Node(source, "Placeholder", (), {})
    return Graph(nodes, weights, Value(source, tuple(shape)), tuple(Value(name, (-1, -1, -1, -1)) for name in results))


def _fields(data: bytes) -> Iterator[Field]:
    """Number, wire type and value of each field of a message."""
    at = 0
    value: Any
    while at < len(data):
        key, at = _varint(data, at)
        kind = key & 7
        if kind == _VARINT:
            value, at = _varint(data, at)
        elif kind == _BYTES:
            size, at = _varint(data, at)
            if size > len(data) - at:
                raise ValueError(size)
            value, at = data[at : at + size], at + size
        elif kind in {_EIGHT, _FOUR}:
            size = 8 if kind == _EIGHT else 4
            (value,) = struct.unpack_from("<d" if kind == _EIGHT else "<f", data, at)
            at += size
        else:
            raise ValueError(kind)
        yield key >> 3, kind, value


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise ValueError(value)


def _signed(value: int) -> int:
    return value - (1 << 64) if value >= 1 << 63 else value


def _node(data: bytes) -> tuple[Node, Array | None]:
    name, operation, inputs = "", "", []
    attributes: dict[str, Any] = {}
    weight = None
    for number, _, value in _fields(data):
        if number == 1:
            name = value.decode()
        elif number == 2:
            operation = value.decode()
        elif number == 3:
            inputs.append(value.decode())
        elif number == 5:
            entry = {field: content for field, _, content in _fields(value)}
            key, content = entry[1].decode(), entry.get(2, b"")
            attributes[key] = _attribute(content)
            if key == "value" and operation == "Const":
                weight = _tensor(next(held for field, _, held in _fields(content) if field == 8))
    if not name or not operation:
        raise ValueError(name)
    return Node(name, operation, tuple(inputs), attributes), weight


def _attribute(data: bytes) -> Any:
    """A number, a text, a truth or a list of numbers; what else there is (types, shapes, tensors) is None."""
    for number, _, value in _fields(data):
        if number == 1:
            return _listed(value)
        if number == 2:
            return value.decode("ascii", "replace")
        if number == 3:
            return _signed(value)
        if number == 4:
            return value
        if number == 5:
            return bool(value)
    return None


def _listed(data: bytes) -> list[int]:
    """Whole numbers of a list, packed or one by one."""
    found: list[int] = []
    for number, kind, value in _fields(data):
        if number == 3 and kind == _VARINT:
            found.append(_signed(value))
        elif number == 3:
            at = 0
            while at < len(value):
                one, at = _varint(value, at)
                found.append(_signed(one))
    return found


def _tensor(data: bytes) -> Array | None:
    """A constant as float32 or whole numbers; None where it is of another type, such as text."""
    import numpy as np

    kind, content = 0, b""
    shape: tuple[int, ...] = ()
    values: list[Any] = []
    for number, wire, value in _fields(data):
        if number == 1:
            kind = value
        elif number == 2:
            shape = tuple(_size(dim) for field, _, dim in _fields(value) if field == 2)
        elif number == 4:
            content = value
        elif number == _LISTED.get(kind):
            values += _values(value, wire, kind)
    if kind not in _TYPES:
        return None
    count = math.prod(shape)
    if content:
        if len(content) != count * np.dtype(_TYPES[kind]).itemsize:
            raise ValueError(shape)
        stored = np.frombuffer(content, _TYPES[kind])
    else:  # the last of them stands for all that follow
        if len(values) > count or (count and not values) or count > 1 << 24:
            raise ValueError(shape)
        stored = np.array(values + values[-1:] * (count - len(values)), _TYPES[kind])
    return stored.reshape(shape).astype(stored.dtype.newbyteorder("="))


def _size(data: bytes) -> int:
    return next((_signed(value) for number, _, value in _fields(data) if number == 1), 0)


def _values(value: Any, wire: int, kind: int) -> list[Any]:
    if wire != _BYTES:
        return [value if kind == _FLOAT else _signed(value)]
    if kind == _FLOAT:
        return list(struct.unpack(f"<{len(value) // 4}f", value))
    found, at = [], 0
    while at < len(value):
        one, at = _varint(value, at)
        found.append(_signed(one))
    return found
