"""A graph model of TensorFlow.js read as data: JSON that names operations, and files of weights.

The format is described by the converter of TensorFlow.js: ``modelTopology`` is a TensorFlow GraphDef as protobuf writes
it in JSON, ``weightsManifest`` lists groups of weights that lie one after another in the group's files, little-endian,
as float32, int32, or for ``quantization`` as float16 or as integers q that stand for ``q * scale + min``. Constants'
values are weights of the same name.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from overpaint.errors import ModelError

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]

__all__ = ["Graph", "Node", "Value", "read_tfjs"]

_MOST_NODES, _MOST_SIZE = 10_000, 1 << 20
_PLAIN = {"float32": "<f4", "int32": "<i4"}
_PACKED = {"float16": "<f2", "uint8": "|u1", "uint16": "<u2"}


@dataclass(frozen=True, slots=True)
class Node:
    """One operation: the names of its inputs (``name`` or ``name:1``) and its attributes as plain values."""

    name: str
    op: str
    inputs: tuple[str, ...]
    attributes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Value:
    """An input or output of the graph; a size of -1 is free."""

    name: str
    shape: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Graph:
    """Operations by name, weights by name (float32 or int32), the one input and the outputs by name."""

    nodes: Mapping[str, Node]
    weights: Mapping[str, Array]
    source: Value
    results: tuple[Value, ...]


def read_tfjs(topology: bytes, shards: Sequence[bytes]) -> Graph:
    """Read a graph and its weights.

    Parameters
    ----------
    topology
        The JSON file.
    shards
        The files of weights, in the order in which the manifest names them.

    Raises
    ------
    ModelError
        Where the bytes are none, or the weights are not exactly those of the manifest.
    """
    try:
        described = json.loads(topology)
        if described["format"] != "graph-model":
            raise ModelError("it is another kind of TensorFlow.js model than a graph")
        nodes = _nodes(described["modelTopology"]["node"])
        sources = _values(described["signature"]["inputs"])
        results = _values(described["signature"]["outputs"])
        weights = _weights(described["weightsManifest"], shards)
    except ModelError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError) as error:
        raise ModelError(f"it is no graph of TensorFlow.js ({type(error).__name__})") from error
    if len(sources) != 1 or not results:
        raise ModelError("it has not one input and some outputs")
    return Graph(nodes, weights, sources[0], tuple(results))


def _nodes(listed: list[dict[str, Any]]) -> dict[str, Node]:
    if len(listed) > _MOST_NODES:
        raise ModelError(f"it has more than {_MOST_NODES} operations")
    nodes = {}
    for entry in listed:
        attributes = {name: _plain(value) for name, value in entry.get("attr", {}).items()}
        node = Node(_text(entry["name"]), _text(entry["op"]), tuple(map(_text, entry.get("input", ()))), attributes)
        if node.name in nodes:
            raise ModelError(f"it names {node.name[:80]!a} twice")
        nodes[node.name] = node
    return nodes


def _plain(attribute: dict[str, Any]) -> Any:
    """A number, a text, a truth or a list of them; what else there is (types, shapes, tensors) is None."""
    if "list" in attribute:
        ((kind, values),) = attribute["list"].items() or (("i", []),)
        return [_plain({kind: value}) for value in values]
    if "i" in attribute:
        return int(attribute["i"])
    if "f" in attribute:
        return float(attribute["f"])
    if "s" in attribute:
        return base64.b64decode(attribute["s"], validate=True).decode("ascii")
    return bool(attribute["b"]) if "b" in attribute else None


def _values(signature: dict[str, Any]) -> list[Value]:
    """Inputs or outputs in the order of their names."""
    values = []
    for entry in signature.values():
        if entry["dtype"] != "DT_FLOAT":
            raise ModelError("its inputs and outputs are not all float32")
        sizes = tuple(int(dim.get("size", -1)) for dim in entry["tensorShape"]["dim"])
        if not all(-1 <= size <= _MOST_SIZE for size in sizes):
            raise ModelError("its inputs and outputs have sizes that no image has")
        values.append(Value(_text(entry["name"]).removesuffix(":0"), sizes))
    return sorted(values, key=lambda value: value.name)


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.encode():  # which surrogates cannot be
        raise TypeError
    return value


def _weights(groups: list[dict[str, Any]], shards: Sequence[bytes]) -> dict[str, Array]:
    """The weights of all groups; every byte of every file belongs to exactly one."""
    counts = [len(group["paths"]) for group in groups]
    if sum(counts) != len(shards):
        raise ModelError(f"its weights lie in {sum(counts)} files, not in {len(shards)}")
    found: dict[str, Array] = {}
    at = 0
    for group, count in zip(groups, counts, strict=True):
        data, offset = b"".join(shards[at : at + count]), 0
        at += count
        for entry in group["weights"]:
            name = _text(entry["name"])
            if name in found:
                raise ModelError(f"it holds the weight {name[:80]!a} twice")
            found[name], offset = _weight(name, entry, data, offset)
        if offset != len(data):
            raise ModelError(f"{len(data) - offset} bytes follow its last weight")
    return found


def _weight(name: str, entry: dict[str, Any], data: bytes, offset: int) -> tuple[Array, int]:
    """One weight and where the next one begins."""
    import numpy as np

    packing = entry.get("quantization")
    if packing is not None and entry["dtype"] != "float32":
        raise ModelError(f"its weight {name[:80]!a} is packed in a way that is not known here")
    kind = _PLAIN.get(entry["dtype"]) if packing is None else _PACKED.get(packing["dtype"])
    if kind is None:
        raise ModelError(f"its weight {name[:80]!a} is of a type that is not known here")
    shape = tuple(int(size) for size in entry["shape"])
    count, dtype = math.prod(shape), np.dtype(kind)
    if min(shape, default=0) < 0 or count > (len(data) - offset) // dtype.itemsize:
        raise ModelError(f"it ends before its weight {name[:80]!a} does")
    stored = np.frombuffer(data, dtype, count, offset).reshape(shape)
    values = stored.astype(stored.dtype.newbyteorder("=")) if packing is None else _unpacked(stored, packing)
    return values, offset + count * dtype.itemsize


def _unpacked(stored: Array, packing: dict[str, Any]) -> Array:
    """Packed weights as float32: the same numbers for float16, else ``q * scale + min`` in float32."""
    import numpy as np

    values = stored.astype(np.float32)
    if stored.dtype.kind == "f":
        return values
    return np.asarray(values * np.float32(packing["scale"]) + np.float32(packing["min"]), np.float32)
