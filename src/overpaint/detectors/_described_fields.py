"""Reading one table of a description: every field is known, of its type and within its bounds, or is named."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from overpaint.errors import UsageError

__all__ = ["Table"]

_MISSING = object()


class Table:
    """A TOML table whose fields are taken one by one; `done` refuses what was not asked for.

    Parameters
    ----------
    file, name
        For messages: which description, and which table of it ("" for the top).
    """

    def __init__(self, values: object, *, file: str, name: str) -> None:
        self._where = f"{file}: [{name}]" if name else file
        self._file = file
        if not isinstance(values, Mapping):
            raise UsageError(f"{self._where} is missing or no table; docs/how-to/describe-an-onnx-model.md has one")
        self._values = dict(values)
        self._known: list[str] = []

    def __str__(self) -> str:
        return self._file

    def wrong(self, field: str, what: str) -> UsageError:
        return UsageError(f"{self._where} {field}: {what}")

    def take(self, field: str, default: Any = _MISSING) -> Any:
        """Whatever stands there."""
        self._known.append(field)
        value = self._values.pop(field, default)
        if value is _MISSING:
            raise self.wrong(field, "is missing")
        return value

    def table(self, field: str) -> Table:
        self._known.append(field)
        return Table(self._values.pop(field, None), file=self._file, name=field)

    def text(self, field: str, default: Any = _MISSING) -> str:
        value = self.take(field, default)
        if not isinstance(value, str) or not value.strip() or len(value) > 2000 or not value.isprintable():
            raise self.wrong(field, "must be a text of one line")
        return value

    def output(self, field: str) -> str:
        """The name of an output of the network, or "" where it is not given."""
        return self.text(field) if field in self._values else self.take(field, "")

    def word(self, field: str, choices: Sequence[str], default: Any = _MISSING) -> str:
        value = self.take(field, default)
        if value not in choices:
            raise self.wrong(field, f"is {value!r}, and must be one of {', '.join(choices)}")
        assert isinstance(value, str)
        return value

    def flag(self, field: str, default: Any = _MISSING) -> bool:
        value = self.take(field, default)
        if not isinstance(value, bool):
            raise self.wrong(field, "must be true or false")
        return value

    def number(self, field: str, default: Any = _MISSING, *, least: float, most: float) -> float:
        value = self.take(field, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            raise self.wrong(field, f"is {value!r}, and must be a number from {least:g} to {most:g}")
        return float(value)

    def whole(self, field: str, default: Any = _MISSING, *, least: int, most: int) -> int:
        value = self.take(field, default)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise self.wrong(field, f"is {value!r}, and must be a whole number from {least} to {most}")
        return value

    def three(self, field: str, default: float) -> tuple[float, float, float]:
        """One number for all channels, or one for each."""
        value = self.take(field, default)
        values = value if isinstance(value, list) else [value] * 3
        fine = all(isinstance(v, int | float) and not isinstance(v, bool) and math.isfinite(v) for v in values)
        if len(values) != 3 or not fine:
            raise self.wrong(field, "must be a number or three, one for each channel")
        return float(values[0]), float(values[1]), float(values[2])

    def done(self) -> None:
        """Refuse fields that nobody asked for."""
        for field in sorted(self._values):
            raise self.wrong(field, f"is unknown; known are {', '.join(sorted(self._known))}")
