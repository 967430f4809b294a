"""A network that computes in integers of 8 bits, which takes a third to a half of the time of float32.

Jacob et al., "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference", CVPR 2018.
Each tensor between the operations is rounded to 256 levels between two bounds, each filter of a convolution to 255
levels around 0; ``QuantizeLinear`` and ``DequantizeLinear`` (ONNX, opset 13) say so, and onnxruntime runs what stands
between a pair of them in integers. The bounds were measured once, on pictures made up by a program
(scripts/measure_ranges.py), and lie as decimal numbers in ``ranges/``. So the conversion is one division and one
rounding for each weight, the same bits on every machine, and the sums are exact wherever the network runs (see
`overpaint.detectors._onnx.open_session`).

What many operations add to, one after the other (the stream of a residual network), loses a little with every rounding.
So a tensor can be rounded for the convolutions alone that read it: its range is then called ``NAME/filters``, and
everybody else reads it as it is.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from overpaint.errors import ModelError
from overpaint.models._join import Steps

if TYPE_CHECKING:
    import numpy as np
    import onnx

    Array = np.ndarray[Any, np.dtype[Any]]

__all__ = ["Ranges", "in_integers", "ranges_of", "rounded"]

Ranges = Mapping[str, tuple[float, float]]

_PLACE = Path(__file__).with_name("ranges")
_FILTER = {"Conv": 0, "MatMul": 1}  # the axis of a weight along which each index has a scale of its own
_MOST = 127
_MOST_BIAS = 2**30  # of a rounded bias: int32 has room for the sums as well
_APART = "/filters"  # after a tensor's name: what convolutions alone read rounded


def ranges_of(name: str) -> Ranges:
    """The bounds of a model's tensors by their names (see above for ``NAME/filters``), as they were measured."""
    file = _PLACE / f"{name}.toml"
    try:
        table = tomllib.loads(file.read_text("utf-8"))
        return {tensor: (float(low), float(high)) for tensor, (low, high) in table.items()}
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise ModelError(f"the ranges of its numbers, {file.name}, cannot be read; reinstall overpaint") from error


def in_integers(proto: onnx.ModelProto, ranges: Ranges) -> None:
    """Let a model whose operations are joined compute in integers, in place.

    A convolution does if both what it reads and what it makes have a range, a multiplication by a constant matrix if
    what it reads has one; every other operation does if onnxruntime can for the ranges there are.

    Raises
    ------
    ModelError
        Where a range is of a tensor that is not there.
    """
    steps = Steps(proto)
    made = {value.name for value in proto.graph.input} | {name for node in steps.nodes for name in node.output}
    if missing := sorted(name for name in ranges if name.removesuffix(_APART) not in made):
        raise ModelError(f"there is a range for {missing[0][:80]!a}, which it does not have")
    rounding = _Rounding(steps, ranges)
    before, steps.nodes = steps.nodes, []
    for value in proto.graph.input:
        rounding.announce(value.name)
    for node in before:
        rounding.take(node)
    steps.store(proto)


def rounded(weight: Array, *, axis: int, least: Array | None = None) -> tuple[Array, Array]:
    """A weight as whole numbers from -127 to 127 times a scale for each index of an axis.

    Parameters
    ----------
    weight
        float32 of any shape.
    axis
        Along which each index has a scale of its own.
    least
        The least scale for each, or None.

    Returns
    -------
    (values, scales)
        int8 of the same shape, and float32, one for each index; the greatest value of an index is 127 in size unless
        `least` asks for less.
    """
    import numpy as np

    others = tuple(i for i in range(weight.ndim) if i != axis)
    scales = (np.abs(weight).max(axis=others) / np.float32(_MOST)).astype(np.float32)
    scales[scales == 0] = 1
    if least is not None:
        scales = np.maximum(scales, least).astype(np.float32)
    spread = scales.reshape([-1 if i == axis else 1 for i in range(weight.ndim)])
    return np.rint(weight / spread).astype(np.int8), scales


class _Rounding:
    """Writes nodes again, with what is rounded between them."""

    def __init__(self, steps: Steps, ranges: Ranges) -> None:
        self.steps = steps
        self.ranges = ranges
        self.scales: dict[str, Array] = {}
        self.readers: dict[str, list[str]] = {}
        for node in steps.nodes:
            for name in node.input:
                self.readers.setdefault(name, []).append(node.output[0])

    def announce(self, name: str) -> None:
        """Round a tensor that has a range: ``name/8`` is what others read, ``name/filters/8`` what convolutions do."""
        if name in self.ranges:
            self._pair(name, name)
        if name + _APART in self.ranges:
            self._pair(name, name + _APART)

    def take(self, node: onnx.NodeProto) -> None:
        """Write a node that reads rounded tensors, and round what it makes."""
        source = node.input[0] if node.input else ""
        weight = self.steps.constants.get(node.input[1]) if len(node.input) > 1 else None
        if weight is not None and node.op_type in _FILTER and self._is_whole(node):
            apart = source + _APART
            rounded_source = apart if apart in self.scales else source
            if rounded_source in self.scales:
                self._weigh(node, weight, self.scales[rounded_source])
                node.input[0] = rounded_source
        node.input[:] = [f"{name}/8" if name in self.scales else name for name in node.input]
        self.steps.nodes.append(node)
        for name in node.output:
            self.announce(name)

    def _is_whole(self, node: onnx.NodeProto) -> bool:
        """Whether what an operation makes is rounded, by itself or after the one operation that reads it."""
        if node.op_type == "MatMul" or node.output[0] in self.ranges:
            return True
        readers = self.readers.get(node.output[0], [])
        return len(readers) == 1 and readers[0] in self.ranges

    def _weigh(self, node: onnx.NodeProto, weight: Array, scale: Array) -> None:
        import numpy as np

        name, axis = node.output[0], _FILTER[node.op_type]
        bias = self.steps.constants[node.input[2]] if len(node.input) > 2 else None
        least = None if bias is None else np.abs(bias) / (scale * np.float32(_MOST_BIAS))
        values, scales = rounded(weight, axis=axis, least=least)
        node.input[1] = self._constant(f"{name}/weight", values, scales, axis)
        if bias is not None:
            unit = (scales * scale).astype(np.float32)
            node.input[2] = self._constant(f"{name}/offset", np.rint(bias / unit).astype(np.int32), unit, 0)

    def _constant(self, name: str, values: Array, scales: Array, axis: int) -> str:
        """Rounded values as the float32 that they stand for."""
        from onnx import helper

        parts = {name: values, f"{name}/scale": scales, f"{name}/zero": (scales * 0).astype(values.dtype)}
        self.steps.constants |= parts
        self.steps.nodes.append(helper.make_node("DequantizeLinear", list(parts), [f"{name}/8"], axis=axis))
        return f"{name}/8"

    def _pair(self, source: str, name: str) -> None:
        """To 8 bits between the bounds of that name, and back."""
        import numpy as np
        from onnx import helper

        low, high = (min(0.0, self.ranges[name][0]), max(0.0, self.ranges[name][1]))
        scale = np.float32(max(high - low, 1e-6) / 255)
        zero = np.array(np.clip(np.rint(-low / scale), 0, 255), np.uint8)
        self.scales[name] = np.array(scale, np.float32)
        parts = {f"{name}/scale": self.scales[name], f"{name}/zero": zero}
        self.steps.constants |= parts
        self.steps.nodes += [
            helper.make_node("QuantizeLinear", [source, *parts], [f"{name}/whole"]),
            helper.make_node("DequantizeLinear", [f"{name}/whole", *parts], [f"{name}/8"]),
        ]
