"""What a child process is told to open, and what it says of what it opened."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["KIND", "NAME", "Hello", "Order", "problems"]

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""A detector's name: it stands between commas on the command line and between spaces in a sample's note."""

KIND = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
"""A kind: a kebab-case word, since policies match it by pattern and reports count it."""

_KIND_LENGTH, _MOST_KINDS, _LONGEST = 64, 2_000, 2_000


@dataclass(frozen=True, slots=True)
class Order:
    """Where to find a detector.

    Attributes
    ----------
    name
        What it must be called; empty where its description says it.
    place
        ``module:function`` that takes the keyword ``threads``, and whatever is in `path`.
    path
        A file that the function is given first, or empty.
    threads
        For one picture.
    owner
        Whose it is, for messages.
    """

    name: str
    place: str
    threads: int
    owner: str = ""
    path: str = ""

    def __str__(self) -> str:
        return f"detector {self.name!r} of {self.owner}" if self.owner else self.path

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Order:
        return cls(**json.loads(text))


@dataclass(frozen=True, slots=True)
class Hello:
    """What a detector says of itself, checked."""

    name: str
    version: str
    weights: str
    kinds: tuple[str, ...]
    long_side: int
    licence: str = ""
    trained_on: str = ""

    @classmethod
    def of(cls, values: Any) -> Hello:
        """Take a message apart; `ValueError` where it is not what a child of ours sends."""
        if not isinstance(values, dict) or not isinstance(values.get("kinds"), list):
            raise ValueError("no hello")  # noqa: TRY004 - it is the content that is wrong
        hello = cls(**{key: values.get(key) for key in cls.__dataclass_fields__} | {"kinds": tuple(values["kinds"])})
        texts: tuple[Any, ...] = (hello.version, hello.weights, hello.licence, hello.trained_on)
        long = not all(isinstance(text, str) and len(text) <= _LONGEST for text in texts)
        if long or problems(hello, name=hello.name):
            raise ValueError("not a detector's hello")
        return hello


def problems(detector: Any, *, name: str) -> list[str]:
    """The attributes that are missing in a detector or are not what the protocol asks for."""
    checks: tuple[tuple[str, Callable[[Any], bool]], ...] = (
        ("name", lambda value: value == name and isinstance(value, str) and bool(NAME.fullmatch(value))),
        ("version", lambda value: isinstance(value, str)),
        ("weights", lambda value: isinstance(value, str)),
        ("kinds", _words),
        ("long_side", lambda value: isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 31),
    )
    return [what for what, fine in checks if not fine(getattr(detector, what, None))]


def _words(value: object) -> bool:
    return (
        isinstance(value, tuple)
        and 0 < len(value) <= _MOST_KINDS
        and all(isinstance(word, str) and len(word) <= _KIND_LENGTH and KIND.fullmatch(word) for word in value)
    )
