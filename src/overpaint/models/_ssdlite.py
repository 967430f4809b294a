"""SSDLite's network out of a frozen graph: from the prepared picture to what it says of each anchor.

What the graph does before (a loop that resizes each picture of a batch) and behind (anchors, suppression) is done by
whoever looks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from overpaint.models._frozen_graph import read_frozen
from overpaint.models._tfjs_onnx import tfjs_network

if TYPE_CHECKING:
    import onnx

__all__ = ["ssdlite"]

_SIDE, _LEVELS = 300, 6


def ssdlite(data: bytes) -> onnx.ModelProto:
    """The network in ONNX: ``Preprocessor/sub``, 1 x 300 x 300 x 3, to boxes and classes of six levels, in turns.

    Raises
    ------
    ModelError
        Where the bytes are no such graph.
    """
    parts = ("BoxEncodingPredictor", "ClassPredictor")
    results = [f"BoxPredictor_{level}/{part}/BiasAdd" for level in range(_LEVELS) for part in parts]
    return tfjs_network(read_frozen(data, source="Preprocessor/sub", shape=(1, _SIDE, _SIDE, 3), results=results))
