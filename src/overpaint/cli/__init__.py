"""The command line: one thin file a verb; it says what `overpaint`'s Python functions say, under the same names."""

from overpaint.cli._main import main

__all__ = ["main"]
