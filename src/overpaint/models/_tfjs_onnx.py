"""From a graph of TensorFlow to a network in ONNX."""

from __future__ import annotations

from typing import TYPE_CHECKING

from overpaint.errors import ModelError
from overpaint.models._tfjs import Graph, Node
from overpaint.models._tfjs_operations import write
from overpaint.models._tfjs_writer import Writer

if TYPE_CHECKING:
    import onnx

__all__ = ["tfjs_network"]

_OPSET, _IR = 18, 8


def tfjs_network(graph: Graph) -> onnx.ModelProto:
    """The same network in ONNX; input and outputs keep their names, outputs are in the order of these.

    Raises
    ------
    ModelError
        Where it uses an operation, or one in a way, that is not known here; the message names it.
    """
    from onnx import TensorProto, helper, numpy_helper

    writer = Writer(graph)
    for node in _ordered(graph):
        write(writer, node)
    outputs = [value.name for value in graph.results]
    for name in outputs:
        writer.keep(name)
    proto = helper.make_graph(
        writer.needed(outputs),
        "tfjs",
        [helper.make_tensor_value_info(graph.source.name, TensorProto.FLOAT, graph.source.shape)],
        [helper.make_tensor_value_info(v.name, TensorProto.FLOAT, [None] * len(v.shape)) for v in graph.results],
        [numpy_helper.from_array(values, name) for name, values in sorted(writer.constants.items())],
    )
    return helper.make_model(proto, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR)


def _ordered(graph: Graph) -> list[Node]:
    """What the outputs need, inputs before those who read them."""
    done: dict[str, Node] = {}
    entered: set[str] = set()
    stack = [_owner(value.name) for value in reversed(graph.results)]
    while stack:
        name = stack[-1]
        node = graph.nodes.get(name)
        if node is None:
            raise ModelError(f"it reads {name[:80]!a}, which is not there")
        missing = [] if name in done else [part for part in map(_owner, node.inputs) if part not in done]
        if missing:
            if name in entered:
                raise ModelError(f"it runs in a circle at {name[:80]!a}")
            entered.add(name)
            stack += missing
        else:
            done.setdefault(name, node)
            stack.pop()
    return list(done.values())


def _owner(name: str) -> str:
    """The operation that makes a tensor: ``name:1`` is the second output of ``name``."""
    return name.partition(":")[0].removeprefix("^")
