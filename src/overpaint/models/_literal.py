"""Weights that a package keeps as one bytes literal in a Python module: taken out as data, the module is never run."""

from __future__ import annotations

import ast

from overpaint.errors import ModelError

__all__ = ["read_literal"]

_NAME = "WEIGHTS"


def read_literal(source: bytes) -> bytes:
    """The bytes of a module that is ``WEIGHTS = b"..."`` and nothing else.

    The module is parsed, not imported or executed; what is not that one assignment of a constant is refused. Its size
    is bounded by the registry.

    Raises
    ------
    ModelError
        Where the source is anything else.
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ModelError(f"it is no Python module that can be read ({type(error).__name__})") from error
    if len(tree.body) == 1 and isinstance(tree.body[0], ast.Assign):
        statement = tree.body[0]
        names = [target.id for target in statement.targets if isinstance(target, ast.Name)]
        if names == [_NAME] and len(statement.targets) == 1 and isinstance(statement.value, ast.Constant):
            value = ast.literal_eval(statement.value)
            if isinstance(value, bytes):
                return value
    raise ModelError(f"it is not one assignment of bytes to {_NAME}; nothing of it was run")
