"""One way to open a network: the processor alone, the threads that were asked for, nothing printed."""

from __future__ import annotations

import functools
import hashlib
import weakref
from typing import Any

from overpaint.errors import ModelError

__all__ = ["open_session"]

# one MatMulInteger of two inputs, uint8 and int8, as an ONNX file (tests/detectors/test_sessions.py writes it again)
_PRODUCT = (
    b'\x08\x07:b\n\x18\n\x01a\n\x01b\x12\x01y"\rMatMulInteger\x12\x01oZ\x15\n\x01a\x12\x10\n\x0e\x08\x02\x12\n'
    b"\n\x03\x12\x01n\n\x03\x12\x01kZ\x15\n\x01b\x12\x10\n\x0e\x08\x03\x12\n\n\x03\x12\x01k\n\x03\x12\x01mb\x15\n\x01y"
    b"\x12\x10\n\x0e\x08\x06\x12\n\n\x03\x12\x01n\n\x03\x12\x01mB\x04\n\x00\x10\r"
)

_OPEN: weakref.WeakValueDictionary[tuple[bytes, int], Any] = weakref.WeakValueDictionary()


def open_session(model: bytes, *, name: str, threads: int) -> Any:
    """Open the bytes of an ONNX file on the processor.

    Workers are many and each has one thread, so a thread that waits must sleep rather than spin. Every picture has
    its own size, so patterns of memory use are not kept. Old exports make onnxruntime print hundreds of warnings.
    Where the fast way to sum up 8-bit products would overflow, the slower one is taken, so that networks in integers
    say the same everywhere. Whoever opens the same bytes gets the same session: several searches ask for people, and
    its memory is needed once.

    Raises
    ------
    ModelError
        If onnxruntime cannot read the model.
    """
    import onnxruntime

    which = hashlib.sha256(model).digest(), threads
    already = _OPEN.get(which)
    if already is not None:
        return already
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    options.enable_mem_pattern = False
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if _sums_overflow():
        options.add_session_config_entry("session.x64quantprecision", "1")
    if _one_arena():
        options.add_session_config_entry("session.use_env_allocators", "1")
    try:
        session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's classes share no base but Exception
        text = " ".join(str(error).split())
        raise ModelError(
            f"model {name}: onnxruntime {onnxruntime.__version__} cannot read it ({text}); "
            f"run `overpaint models verify`, or upgrade onnxruntime"
        ) from error
    _OPEN[which] = session
    return session


@functools.cache
def _one_arena() -> bool:
    """Give all networks of this process one pool of memory: they run one after the other, so it is as large as the
    largest needs and not as all need together (30 MB less for `thorough`). False where somebody else made one.
    """
    import onnxruntime

    kind = onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR
    memory = onnxruntime.OrtMemoryInfo("Cpu", kind, 0, onnxruntime.OrtMemType.DEFAULT)
    try:
        onnxruntime.create_and_register_allocator(memory, onnxruntime.OrtArenaCfg({"arena_extend_strategy": 0}))
    except Exception:  # noqa: BLE001 - onnxruntime raises its own kind where there is one already; all works without
        return False
    return True


@functools.cache
def _sums_overflow() -> bool:
    """Whether onnxruntime adds two products of uint8 and int8 in 16 bits here, where the greatest do not fit.

    It does on x86 processors without VNNI instructions. That is tried out, for there is no other way to ask it.
    """
    import numpy as np
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(_PRODUCT, options, providers=["CPUExecutionProvider"])
    given = {"a": np.full((4, 64), 255, np.uint8), "b": np.full((64, 32), 127, np.int8)}
    return bool((session.run(None, given)[0] != 64 * 255 * 127).any())
