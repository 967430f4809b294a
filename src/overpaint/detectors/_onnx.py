"""One way to open a network: the processor alone, the threads that were asked for, nothing printed."""

from __future__ import annotations

from typing import Any

from overpaint.errors import ModelError

__all__ = ["open_session"]


def open_session(model: bytes, *, name: str, threads: int) -> Any:
    """Open the bytes of an ONNX file on the processor.

    Workers are many and each has one thread, so a thread that waits must sleep rather than spin. Every picture has
    its own size, so patterns of memory use are not kept. Old exports make onnxruntime print hundreds of warnings.

    Raises
    ------
    ModelError
        If onnxruntime cannot read the model.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    options.enable_mem_pattern = False
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's classes share no base but Exception
        text = " ".join(str(error).split())
        raise ModelError(
            f"model {name}: onnxruntime {onnxruntime.__version__} cannot read it ({text}); "
            f"run `overpaint models verify`, or upgrade onnxruntime"
        ) from error
