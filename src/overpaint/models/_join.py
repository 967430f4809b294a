"""The same network with fewer operations, as onnxruntime runs it faster and as `in_integers` needs it.

Exporters write down more than there is to do: operations that pass on what they get, a bias as an addition of its own
(with the axes turned before it and turned back after it, where it comes from TensorFlow), padding before a pooling that
could pad itself, and the five steps of the Gaussian error linear unit (Hendrycks and Gimpel, arXiv:1606.08415):
``x * (1 + erf(x / sqrt(2))) / 2``. onnxruntime joins some of that by itself, but not where the order of the steps or a
rounding to integers between them hides it. Nothing is computed here but a bias of a bias, so the result is the same
bits on every machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from overpaint.errors import ModelError

if TYPE_CHECKING:
    import numpy as np
    import onnx

    Array = np.ndarray[Any, np.dtype[Any]]

__all__ = ["Steps", "joined"]

_OPSET, _IR = 20, 9  # the first operator set with Gelu; onnxruntime has it since 1.18
_LAST, _FIRST = [0, 2, 3, 1], [0, 3, 1, 2]
_CLOSE = 1e-4
_AXES = {"ReduceMean": 18, "Squeeze": 13, "Unsqueeze": 13}  # since when their axes are an input
_SAME = frozenset(  # operations that mean in `_OPSET` what they meant in 11
    {"Add", "AveragePool", "BatchNormalization", "Clip", "Concat", "Conv", "ConvTranspose", "Div", "Erf", "Expand"}
    | {"Gelu", "Gemm", "GlobalAveragePool", "HardSigmoid", "Identity", "LeakyRelu", "MatMul", "MaxPool", "Mul", "Pow"}
    | {"ReduceL2", "ReduceSum", "Relu", "Reshape", "Resize", "Shape", "Sigmoid", "Slice", "Split", "Sqrt", "Sub"}
    | {"Transpose"}
)


def joined(proto: onnx.ModelProto) -> None:
    """Join the operations of a model, in place; what it computes stays the same but for the last bits of float32.

    Raises
    ------
    ModelError
        Where an operation is not known to mean the same in the operator set that the result is written for.
    """
    steps = Steps(proto)
    steps.forget_identities()
    _turn_biases(steps)
    _take_biases(steps)
    _take_padding(steps)
    _take_gelu(steps)
    _write_scales(steps, proto)
    _raise_opset(steps, proto)
    steps.store(proto)


class Steps:
    """The nodes of a graph while they are joined, its constants by name, and who makes and reads what."""

    def __init__(self, proto: onnx.ModelProto) -> None:
        from onnx import numpy_helper

        self.nodes: list[onnx.NodeProto] = list(proto.graph.node)
        self.constants: dict[str, Array] = {t.name: numpy_helper.to_array(t) for t in proto.graph.initializer}
        self.outputs = {value.name for value in proto.graph.output}

    def readers(self, name: str) -> list[onnx.NodeProto]:
        """The nodes that read a tensor; an output of the graph is read by somebody who is none of them."""
        return [node for node in self.nodes if name in node.input]

    def only_reader(self, name: str, kind: str) -> onnx.NodeProto | None:
        """The node that reads a tensor, if it is one alone and of that kind."""
        readers = self.readers(name)
        return readers[0] if len(readers) == 1 and readers[0].op_type == kind and name not in self.outputs else None

    def maker(self, name: str, kind: str) -> onnx.NodeProto | None:
        """The node that makes a tensor, if it is of that kind."""
        return next((node for node in self.nodes if name in node.output and node.op_type == kind), None)

    def constant_of(self, node: onnx.NodeProto) -> str | None:
        """The name of the only constant among two inputs."""
        names = [name for name in node.input if name in self.constants]
        return names[0] if len(names) == 1 and len(node.input) == 2 else None

    def is_close(self, name: str, number: float) -> bool:
        """Whether it is a constant of that one value."""
        values = self.constants.get(name)
        return values is not None and values.size == 1 and abs(float(values.reshape(())) - number) < _CLOSE

    def drop(self, *nodes: onnx.NodeProto) -> None:
        """Take nodes out; what they made must be made or read otherwise."""
        gone = {id(node) for node in nodes}
        self.nodes = [node for node in self.nodes if id(node) not in gone]

    def read_instead(self, old: str, new: str) -> None:
        """Let everybody read another tensor."""
        for node in self.readers(old):
            node.input[:] = [new if name == old else name for name in node.input]

    def forget_identities(self) -> None:
        """Take out what passes on what it gets, but for outputs."""
        for node in [n for n in self.nodes if n.op_type == "Identity" and n.output[0] not in self.outputs]:
            self.drop(node)
            self.read_instead(node.output[0], node.input[0])

    def store(self, proto: onnx.ModelProto) -> None:
        """Write nodes and constants back; those that nobody reads are left out."""
        from onnx import numpy_helper

        graph, nodes = proto.graph, list(self.nodes)
        read = {name for node in nodes for name in node.input} | self.outputs
        del graph.node[:], graph.initializer[:]
        graph.node.extend(nodes)
        graph.initializer.extend(
            numpy_helper.from_array(values, name) for name, values in sorted(self.constants.items()) if name in read
        )


def attribute(node: onnx.NodeProto, name: str, default: Any = None) -> Any:
    """The value of a node's attribute."""
    from onnx import helper

    return next((helper.get_attribute_value(a) for a in node.attribute if a.name == name), default)


def without(node: onnx.NodeProto, *names: str) -> None:
    """Take attributes away from a node."""
    kept = [a for a in node.attribute if a.name not in names]
    del node.attribute[:]
    node.attribute.extend(kept)


def _turn_biases(steps: Steps) -> None:
    """Where axes are turned for the sake of a bias alone, add it to the axes as they were."""
    for turn in [node for node in steps.nodes if node.op_type == "Transpose" and attribute(node, "perm") == _LAST]:
        add = steps.only_reader(turn.output[0], "Add")
        bias = steps.constant_of(add) if add is not None else None
        if add is None or bias is None or steps.constants[bias].ndim != 1:
            continue
        back = steps.readers(add.output[0])
        if not back or add.output[0] in steps.outputs or not _all_turn_back(back):
            continue
        upright = f"{bias}/upright"
        steps.constants[upright] = steps.constants[bias].reshape(1, -1, 1, 1)
        add.input[:] = [turn.input[0], upright]
        steps.drop(turn, *back)
        for node in back:
            steps.read_instead(node.output[0], add.output[0])


def _all_turn_back(nodes: Iterable[onnx.NodeProto]) -> bool:
    return all(node.op_type == "Transpose" and attribute(node, "perm") == _FIRST for node in nodes)


def _take_biases(steps: Steps) -> None:
    """Give a convolution the bias that is added after it."""
    import numpy as np

    for node in [node for node in steps.nodes if node.op_type in {"Conv", "ConvTranspose"}]:
        weight = steps.constants.get(node.input[1])
        add = steps.only_reader(node.output[0], "Add")
        name = steps.constant_of(add) if add is not None else None
        if weight is None or add is None or name is None:
            continue
        count = weight.shape[0] if node.op_type == "Conv" else weight.shape[1] * attribute(node, "group", 1)
        bias = steps.constants[name]
        if bias.size != count or bias.ndim < 3 or bias.shape[-3] != count:
            continue
        flat = bias.reshape(-1)
        if len(node.input) > 2:
            flat = np.asarray(flat + steps.constants[node.input[2]], np.float32)
        steps.constants[f"{add.output[0]}/bias"] = flat
        node.input[:] = [*node.input[:2], f"{add.output[0]}/bias"]
        node.output[0] = add.output[0]
        steps.drop(add)


def _take_padding(steps: Steps) -> None:
    """Let a pooling of the largest pad by itself where it is padded with minus infinity."""
    import numpy as np
    from onnx import helper

    for pool in [node for node in steps.nodes if node.op_type == "MaxPool"]:
        pad = steps.maker(pool.input[0], "Pad")
        if pad is None or len(pad.input) != 3 or len(steps.readers(pad.output[0])) != 1:
            continue
        sizes, value = (steps.constants.get(name) for name in pad.input[1:])
        if sizes is None or value is None or sizes.shape != (8,) or not np.isneginf(value).all():
            continue
        if attribute(pool, "pads") is None and not sizes[[0, 1, 4, 5]].any():
            pool.attribute.append(helper.make_attribute("pads", sizes[[2, 3, 6, 7]].tolist()))
            pool.input[0] = pad.input[0]
            steps.drop(pad)


def _take_gelu(steps: Steps) -> None:
    """Write the steps of a Gaussian error linear unit as the operation that it is."""
    from onnx import helper

    for erf in [node for node in steps.nodes if node.op_type == "Erf"]:
        divide = steps.maker(erf.input[0], "Div")
        add = steps.only_reader(erf.output[0], "Add")
        if divide is None or add is None or not steps.is_close(divide.input[1], 2**0.5):
            continue
        first = steps.only_reader(add.output[0], "Mul")
        second = steps.only_reader(first.output[0], "Mul") if first is not None else None
        if first is None or second is None or not any(steps.is_close(name, 1.0) for name in add.input):
            continue
        x, factors = divide.input[0], [*first.input, *second.input]
        if x not in factors or not any(steps.is_close(name, 0.5) for name in factors):
            continue
        steps.nodes[steps.nodes.index(second)] = helper.make_node("Gelu", [x], list(second.output))
        steps.drop(divide, erf, add, first)


def _write_scales(steps: Steps, proto: onnx.ModelProto) -> None:
    """Say for all axes how many times larger a resized tensor is: onnxruntime turns no other form to other axes."""
    import numpy as np
    from onnx import shape_inference

    known = shape_inference.infer_shapes(proto).graph.value_info
    inferred = {value.name: value.type.tensor_type.shape for value in known}
    for node in [node for node in steps.nodes if node.op_type == "Resize" and attribute(node, "axes") == [2, 3]]:
        shape, sizes = inferred.get(node.input[0]), steps.constants.get(node.input[-1])
        before = [d.dim_value for d in shape.dim] if shape is not None else []
        if len(node.input) != 4 or sizes is None or len(before) != 4 or not all(before[2:]):
            raise ModelError("it resizes by sizes that are not known beforehand")
        scales = np.array([1, 1, sizes[0] / before[2], sizes[1] / before[3]], np.float32)
        steps.constants[f"{node.output[0]}/scales"] = scales
        node.input[:] = [node.input[0], "", f"{node.output[0]}/scales"]
        without(node, "axes")


def _raise_opset(steps: Steps, proto: onnx.ModelProto) -> None:
    """Write the operations as a later operator set has them."""
    import numpy as np

    before = _opset(proto.opset_import)
    for node in steps.nodes:
        if node.op_type in _AXES:
            axes = attribute(node, "axes")
            if before < _AXES[node.op_type] and axes is not None:
                steps.constants[f"{node.output[0]}/axes"] = np.array(axes, np.int64)
                node.input.append(f"{node.output[0]}/axes")
                without(node, "axes")
        elif node.op_type == "Softmax":
            if before < 13 and attribute(node, "axis", 1) == 1:
                raise ModelError("its softmax may go over several axes")
        elif node.op_type not in _SAME:
            raise ModelError(f"its operation {node.op_type[:40]!a} cannot be written for operator set {_OPSET}")
    for entry in proto.opset_import:
        entry.version = max(_OPSET, before)
    proto.ir_version = max(_IR, proto.ir_version)


def _opset(entries: Sequence[onnx.OperatorSetIdProto]) -> int:
    if [entry.domain for entry in entries if entry.domain not in {"", "ai.onnx"}]:
        raise ModelError("it uses operations of other operator sets")
    return int(entries[0].version)
