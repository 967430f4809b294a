"""PyTorch checkpoints of the format before 1.6, written opcode by opcode: no torch is needed to make one."""

import pickle
import struct

import numpy as np

MAGIC, VERSION = 0x1950A86A20F9469CFC6C, 1001
ORDERED = b"ccollections\nOrderedDict\n)R"
KINDS = {"float32": b"ctorch\nFloatStorage\n", "int64": b"ctorch\nLongStorage\n"}


def text(value: str) -> bytes:
    raw = value.encode()
    return b"X" + struct.pack("<I", len(raw)) + raw


def integer(value: int) -> bytes:
    return b"J" + struct.pack("<i", value)


def numbers(values) -> bytes:
    return b"(" + b"".join(map(integer, values)) + b"t"


def tensor(key: str, array: np.ndarray, *, elements=None, offset=0, shape=None, strides=None, kind=None) -> bytes:
    strides = [step // array.itemsize for step in array.strides] if strides is None else strides
    storage = text("storage") + (kind or KINDS[str(array.dtype)]) + text(key) + text("cpu")
    storage = b"(" + storage + integer(array.size if elements is None else elements) + b"Nt" + b"Q"
    rest = integer(offset) + numbers(array.shape if shape is None else shape) + numbers(strides)
    return b"ctorch._utils\n_rebuild_tensor_v2\n" + b"(" + storage + rest + b"\x89" + ORDERED + b"tR"


def checkpoint(arrays: dict[str, np.ndarray], *, state=None, tail=b"", keys=None, **changes) -> bytes:
    """A state dictionary; arrays may lie in any order in memory, and do so in the file too."""
    entries = b"".join(text(name) + tensor(str(n), a, **changes) for n, (name, a) in enumerate(arrays.items()))
    parts = [
        pickle.dumps(MAGIC, 2),
        pickle.dumps(VERSION, 2),
        pickle.dumps({"little_endian": True, "protocol_version": VERSION}, 2),
        b"\x80\x02" + (ORDERED + b"(" + entries + b"u" if state is None else state) + b".",
        pickle.dumps([str(n) for n in range(len(arrays))] if keys is None else keys, 2),
    ]
    for array in arrays.values():
        memory = array.ravel(order="K")  # as it lies, whatever its order
        parts.append(struct.pack("<q", memory.size) + memory.astype(memory.dtype.newbyteorder("<")).tobytes())
    return b"".join(parts) + tail
