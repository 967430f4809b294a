"""The lists that the rules of text go by, as `words.toml` has them."""

from __future__ import annotations

import functools
import tomllib
from importlib import resources
from typing import Any

__all__ = ["words"]


@functools.cache
def words(section: str, name: str) -> tuple[Any, ...]:
    """One list of ``words.toml``."""
    return tuple(_file()[section][name])


@functools.cache
def slips() -> dict[str, str]:
    """What a recogniser makes of the end of a host name, and what it was."""
    return dict(_file()["urls"]["slips"])


@functools.cache
def _file() -> dict[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath("words.toml").read_text("utf-8"))
