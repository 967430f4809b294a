"""What a detector's process may take."""

from __future__ import annotations

import os
from dataclasses import dataclass

from overpaint.errors import UsageError

__all__ = ["Limits"]

_SECONDS, _MEMORY = "OVERPAINT_DETECTOR_SECONDS", "OVERPAINT_DETECTOR_MEMORY"
_LONGEST = 250  # a sample has 300 seconds in all


@dataclass(frozen=True, slots=True)
class Limits:
    """What a detector's process may take.

    Attributes
    ----------
    seconds
        For one picture; well below what a worker has for a sample.
    opening
        Seconds until it says hello.
    memory
        Bytes of its own, without the picture. It is watched twenty times a second on Linux; elsewhere it is looked at
        after each picture.
    strikes
        Failures after which it is asked no more: a picture that takes too long counts four, another death one, and
        every twenty answers take one back.
    """

    seconds: int = 60
    opening: int = 120
    memory: int = 4 << 30
    strikes: int = 10

    @classmethod
    def here(cls) -> Limits:
        """As the environment says: ``OVERPAINT_DETECTOR_SECONDS`` (1 to 250), ``OVERPAINT_DETECTOR_MEMORY`` (GiB).

        Raises
        ------
        UsageError
            If what stands there is no such number.
        """
        return cls(
            seconds=round(_number(_SECONDS, 60, most=_LONGEST, what="whole seconds, 1 to 250", least=1)),
            memory=round(_number(_MEMORY, 4, most=1 << 20, what="GiB, such as 4", least=1 / 16) * (1 << 30)),
        )


def _number(variable: str, default: float, *, least: float, most: float, what: str) -> float:
    text = os.environ.get(variable)
    if not text:
        return default
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not least <= value <= most:
        raise UsageError(f"{variable}={text}: write {what}, or unset it")
    return value
