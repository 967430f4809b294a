"""A PyTorch checkpoint (the format before release 1.6) read as data: no torch, and nothing of the file is run.

The file is five pickles (a magic number, a format version, facts on the machine, the object, the storages' keys) and
then, for each key in that order, a number of elements and the elements, all little-endian. A pickle can call whatever
it names, and Python's reader of pickles lets it allocate what it says; this one knows some twenty of the operations and
four names, and they build tensors' descriptions and nothing else.
"""

from __future__ import annotations

import io
import math
import pickletools
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from overpaint.errors import ModelError

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]

__all__ = ["read_checkpoint"]

_MAGIC = 0x1950A86A20F9469CFC6C
_VERSION = 1001
_TYPES = {"FloatStorage": "<f4", "LongStorage": "<i8"}
_MOST_STORAGES = 10_000
_MOST_OPERATIONS = 1_000_000
_CONSTANTS: dict[str, Callable[[], Any]] = {
    "EMPTY_DICT": dict,
    "EMPTY_LIST": list,
    "EMPTY_TUPLE": tuple,
    "NEWFALSE": lambda: False,
    "NEWTRUE": lambda: True,
    "NONE": lambda: None,
}
_ARGUMENTS = {"BININT", "BININT1", "BININT2", "BINUNICODE", "LONG1"}
_FILLING = {"SETITEM": 2, "SETITEMS": 0, "APPEND": 1, "APPENDS": 0}  # how many values; 0: back to the mark
_TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}


@dataclass(frozen=True, slots=True)
class _Storage:
    kind: str
    key: str
    elements: int


@dataclass(frozen=True, slots=True)
class _Tensor:
    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def read_checkpoint(data: bytes) -> Mapping[str, Array]:
    """The tensors of a state dictionary, by name.

    Raises
    ------
    ModelError
        Where the bytes are none, name anything but tensors, or do not hold what they announce.
    """
    stream = io.BytesIO(data)
    try:
        magic, version, _, state, keys = (_Reader(stream).load() for _ in range(5))
    except ModelError:
        raise
    except Exception as error:
        raise ModelError(f"it is no PyTorch checkpoint ({type(error).__name__})") from error
    if magic != _MAGIC or version != _VERSION or not isinstance(state, dict) or not isinstance(keys, list):
        raise ModelError("it is no PyTorch checkpoint of the format before release 1.6")
    if not all(isinstance(name, str) and isinstance(value, _Tensor) for name, value in state.items()):
        raise ModelError("it holds other things than tensors by name")
    storages = _storages(data, stream.tell(), keys, {t.storage.key: t.storage for t in state.values()})
    return {name: _array(storages, name, tensor) for name, tensor in state.items()}


class _Reader:
    """The few operations of pickle that describe tensors; what a name stands for is looked up, never imported."""

    def __init__(self, stream: io.BytesIO) -> None:
        self._stream = stream
        self._stack: list[Any] = []
        self._marks: list[int] = []
        self._memo: dict[int, Any] = {}

    def load(self) -> Any:
        for number, (operation, argument, _) in enumerate(pickletools.genops(self._stream)):
            if number > _MOST_OPERATIONS:
                raise ModelError("it is far longer than a checkpoint of this network")
            self._do(operation.name, argument)
        (value,) = self._stack
        return value

    def _do(self, name: str, argument: Any) -> None:
        stack = self._stack
        if name in _CONSTANTS:
            stack.append(_CONSTANTS[name]())
        elif name in _ARGUMENTS:
            stack.append(argument)
        elif name in {"BINPUT", "LONG_BINPUT"}:
            self._memo[argument] = stack[-1]
        elif name in {"BINGET", "LONG_BINGET"}:
            stack.append(self._memo[argument])
        elif name == "MARK":
            self._marks.append(len(stack))
        elif name in _TUPLES:
            stack.append(tuple(self._pop(len(stack) - _TUPLES[name])))
        elif name == "TUPLE":
            stack.append(tuple(self._pop(self._marks.pop())))
        elif name in _FILLING:
            values = self._pop(len(stack) - _FILLING[name] if _FILLING[name] else self._marks.pop())
            _fill(stack[-1], values)
        elif name == "GLOBAL":
            stack.append(_named(argument))
        elif name == "BINPERSID":
            stack.append(_storage(stack.pop()))
        elif name == "REDUCE":
            arguments, what = stack.pop(), stack.pop()
            stack.append(what.make(*arguments))
        elif name == "BUILD":  # the versions of the state dictionary's parts: nothing that is needed
            stack.pop()
        elif name not in {"PROTO", "STOP"}:
            raise ModelError(f"it uses pickle's {name}, which no tensor needs; nothing of it was run")

    def _pop(self, at: int) -> list[Any]:
        if at < 0:
            raise ModelError("it is no PyTorch checkpoint (it takes more than it has)")
        values = self._stack[at:]
        del self._stack[at:]
        return values


@dataclass(frozen=True, slots=True)
class _Name:
    """What one of the names stands for."""

    make: Callable[..., Any]


def _named(name: str) -> Any:
    """A name is given as "module name"."""
    module, _, what = name.partition(" ")
    if name == "collections OrderedDict":
        return _Name(dict)
    if name == "torch._utils _rebuild_tensor_v2":
        return _Name(_tensor)
    if module == "torch" and what in _TYPES:
        return what
    raise ModelError(f"it names {f'{module}.{what}'[:80]!a}, which is no part of a tensor; nothing of it was run")


def _fill(value: Any, values: list[Any]) -> None:
    # names only: to hash a tuple that holds itself twice, sixty times over, takes for ever
    if isinstance(value, list):
        value += values
    elif isinstance(value, dict) and all(isinstance(name, str) for name in values[::2]):
        value.update(zip(values[::2], values[1::2], strict=True))
    else:
        raise ModelError("it is no PyTorch checkpoint (values by name are expected)")


def _storage(pid: Any) -> _Storage:
    what, kind, key, _, elements, view = pid
    texts = all(isinstance(value, str) for value in (what, kind, key))
    if not texts or what != "storage" or kind not in _TYPES or view is not None or not isinstance(elements, int):
        raise ModelError("it refers to something that is no plain storage")
    return _Storage(kind, key, elements)


def _tensor(storage: Any, offset: Any, shape: Any, strides: Any, *_: Any) -> _Tensor:
    """What stands for a tensor: its storage, where it begins there, its shape and its steps, counted in elements."""
    numbers = (offset, *shape, *strides)
    if not isinstance(storage, _Storage) or not all(isinstance(n, int) and n >= 0 for n in numbers):
        raise ModelError("a tensor of it is not built from a storage")
    if len(shape) != len(strides) or math.prod(shape) > storage.elements:
        raise ModelError("a tensor of it is larger than its storage")
    return _Tensor(storage, offset, tuple(shape), tuple(strides))


def _storages(data: bytes, at: int, keys: list[Any], known: Mapping[str, _Storage]) -> dict[str, Array]:
    import numpy as np

    if (
        len(keys) > _MOST_STORAGES
        or not all(isinstance(key, str) for key in keys)
        or set(keys) != known.keys()
        or len(set(keys)) != len(keys)
    ):
        raise ModelError("its list of storages is not that of its tensors")
    found: dict[str, Array] = {}
    for key in keys:
        storage, dtype = known[key], np.dtype(_TYPES[known[key].kind])
        if len(data) - at < 8 or struct.unpack_from("<q", data, at)[0] != storage.elements:
            raise ModelError(f"it is cut off, or its storage {key[:40]!a} has another size than its tensors say")
        at += 8
        if not 0 <= storage.elements <= (len(data) - at) // dtype.itemsize:
            raise ModelError(f"it ends before its storage {key[:40]!a} does")
        found[key] = np.frombuffer(data, dtype, storage.elements, at)
        at += storage.elements * dtype.itemsize
    if at != len(data):
        raise ModelError("something follows its last storage")
    return found


def _array(storages: Mapping[str, Array], name: str, tensor: _Tensor) -> Array:
    import numpy as np

    values = storages[tensor.storage.key]
    last = tensor.offset + sum((n - 1) * step for n, step in zip(tensor.shape, tensor.strides, strict=True))
    if 0 in tensor.shape or last >= len(values):
        raise ModelError(f"its tensor {name[:80]!a} reaches beyond its storage")
    steps = [step * values.itemsize for step in tensor.strides]
    view = np.lib.stride_tricks.as_strided(values[tensor.offset :], tensor.shape, steps, writeable=False)
    return np.ascontiguousarray(view).reshape(tensor.shape)  # a number on its own becomes a list of one there
