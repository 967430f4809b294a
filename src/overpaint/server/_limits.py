"""How often somebody may ask: token buckets in memory. Addresses are kept nowhere else, and only while they matter.

And what was handed out last.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")

__all__ = ["Buckets", "Rate", "Recent"]


@dataclass(frozen=True, slots=True)
class Rate:
    """``per_second`` on average, ``burst`` at once."""

    per_second: float
    burst: float


class Buckets:
    """A bucket for each of a bounded number of names; the one not asked about for longest is forgotten first.

    Parameters
    ----------
    rate
        How fast they fill, and how much they hold.
    most
        Names kept.
    clock
        Seconds; only differences matter.
    """

    def __init__(self, rate: Rate, *, most: int = 100_000, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._most, self._clock = rate, most, clock
        self._lock = threading.Lock()
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()  # what is in it, and when that was so

    def take(self, name: str, amount: float = 1.0) -> float:
        """Take from a bucket. 0: it was there; else nothing is taken, and so many seconds later it will be there."""
        with self._lock:
            level = self._level(name)
            wait = 0.0 if level >= amount else (amount - level) / self._rate.per_second
            self._keep(name, level if wait else level - amount)
            return wait

    def wait(self, name: str, amount: float = 1.0) -> float:
        """As `take`, but nothing is taken."""
        with self._lock:
            return max(0.0, amount - self._level(name)) / self._rate.per_second

    def _level(self, name: str) -> float:
        level, at = self._levels.get(name, (self._rate.burst, self._clock()))
        return min(self._rate.burst, level + (self._clock() - at) * self._rate.per_second)

    def _keep(self, name: str, level: float) -> None:
        self._levels[name] = level, self._clock()
        self._levels.move_to_end(name)
        if len(self._levels) > self._most:
            self._levels.popitem(last=False)


class Recent(Generic[K, V]):
    """The last so many things that were put in, by name; for many threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._kept: OrderedDict[K, V] = OrderedDict()

    def put(self, name: K, value: V) -> None:
        """Keep it, and let go of the oldest one where there are too many."""
        with self._lock:
            self._kept[name] = value
            self._kept.move_to_end(name)
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)

    def get(self, name: K) -> V | None:
        """What is kept by that name."""
        with self._lock:
            return self._kept.get(name)
