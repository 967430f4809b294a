"""The ONNX nodes of a graph while it is translated, and what is known of each tensor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from overpaint.errors import ModelError
from overpaint.models._tfjs import Graph, Node

if TYPE_CHECKING:
    import numpy as np
    import onnx

    Array = np.ndarray[Any, np.dtype[Any]]

__all__ = ["Writer", "unknown"]


def unknown(node: Node, what: str) -> ModelError:
    """What to raise for something that is not known here."""
    return ModelError(f"its operation {node.op[:40]!a} ({node.name[:80]!a}) has {what} that is not known here")


class Writer:
    """The nodes written so far, and what is known of each tensor."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, Array] = {}
        self._turned: dict[str, tuple[str, tuple[int, ...]]] = {}  # tensors that are another one, transposed
        self._same: dict[str, str] = {}  # tensors that are another one
        self.padded: dict[str, tuple[str, list[list[int]]]] = {}  # tensors that are another one with zeros around

    def keep(self, name: str) -> None:
        """Give a tensor that is another one a node of its own, because it is an output."""
        if name in self._same:
            self.node("Identity", [self._same[name]], name)

    def needed(self, outputs: Sequence[str]) -> list[onnx.NodeProto]:
        """The nodes that lead to the outputs; joined transpositions and padding leave others behind."""
        wanted, kept = set(outputs), []
        for node in reversed(self.nodes):
            if wanted & set(node.output):
                wanted |= set(node.input)
                kept.append(node)
        return kept[::-1]

    def read(self, name: str) -> str:
        """The tensor of that name in ONNX."""
        name = name.removesuffix(":0")
        if name in self.graph.weights and name not in self.constants:
            self.constants[name] = self.graph.weights[name]
        return self._same.get(name, name)

    def value(self, node: Node, number: int) -> Array:
        """A constant input."""
        name = node.inputs[number].removesuffix(":0") if number < len(node.inputs) else ""
        for known in (self.graph.weights, self.constants):
            if name in known:
                return known[name]
        raise unknown(node, f"input {number} that is no constant")

    def numbers(self, node: Node, number: int) -> list[int]:
        """A constant input of whole numbers, as a list."""
        return [int(value) for value in self.value(node, number).reshape(-1)]

    def constant(self, name: str, values: Array) -> str:
        """A new constant."""
        self.constants[name] = values
        return name

    def node(self, kind: str, inputs: list[str], *outputs: str, **attributes: Any) -> str:
        """A new node; its first output."""
        from onnx import helper

        self.nodes.append(helper.make_node(kind, inputs, list(outputs), **attributes))
        return outputs[0]

    def turn(self, name: str, order: tuple[int, ...], output: str) -> str:
        """A tensor transposed; two that meet become one, or none."""
        source, before = self._turned.get(name, (name, tuple(range(len(order)))))
        if sorted(order) != sorted(before):
            raise ModelError(f"it transposes {name[:80]!a} in a way that does not fit it")
        joined = tuple(before[axis] for axis in order)
        if joined == tuple(range(len(order))):
            self._same[output] = source
            return source
        self._turned[output] = (source, joined)
        return self.node("Transpose", [source], output, perm=list(joined))
