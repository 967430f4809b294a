"""A flow from the values of one attribute to those of another, with a least and a most for each value."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence

__all__ = ["Network"]

_SOURCE, _SINK, _FROM, _TO = range(4)  # the last two carry what the lower bounds ask for


class Network:
    """Whole units from ``rows`` to ``columns``, each ``(value, least, most)``, along ``cells`` that have a most too.

    E. A. Dinic's algorithm (1970); lower bounds are turned into demands of a second source and sink.
    """

    def __init__(
        self,
        rows: Sequence[tuple[str, int, int]],
        columns: Sequence[tuple[str, int, int]],
        cells: Mapping[tuple[str, str], int],
    ) -> None:
        self._places = 4 + len(rows) + len(columns)
        self._heads: list[int] = []
        self._room: list[int] = []
        self._out: list[list[int]] = [[] for _ in range(self._places)]
        self._asked = 0
        self._fits = all(least <= most for _, least, most in (*rows, *columns))
        left = {value: 4 + n for n, (value, _, _) in enumerate(rows)}
        right = {value: 4 + len(rows) + n for n, (value, _, _) in enumerate(columns)}
        for value, least, most in rows:
            self._bounded(_SOURCE, left[value], least, most)
        for value, least, most in columns:
            self._bounded(right[value], _SINK, least, most)
        self._cells = {pair: self._edge(left[pair[0]], right[pair[1]], most) for pair, most in sorted(cells.items())}

    def carry(self, units: int) -> dict[tuple[str, str], int] | None:
        """What each cell carries when exactly ``units`` go through; None where that cannot be. Call it once."""
        if not self._fits:
            return None
        self._bounded(_SINK, _SOURCE, units, units)
        if self._push() != self._asked:
            return None
        return {pair: self._room[edge ^ 1] for pair, edge in self._cells.items()}

    def _edge(self, tail: int, head: int, most: int) -> int:
        edge = len(self._heads)
        for start, end, room in ((tail, head, most), (head, tail, 0)):
            self._out[start].append(len(self._heads))
            self._heads.append(end)
            self._room.append(room)
        return edge

    def _bounded(self, tail: int, head: int, least: int, most: int) -> None:
        self._edge(tail, head, most - least)
        if least:
            self._edge(_FROM, head, least)
            self._edge(tail, _TO, least)
            self._asked += least

    def _push(self) -> int:
        """The largest flow from the second source to the second sink."""
        total = 0
        while (levels := self._levels())[_TO] >= 0:
            tried = [0] * self._places
            while pushed := self._path(levels, tried):
                total += pushed
        return total

    def _levels(self) -> list[int]:
        levels = [-1] * self._places
        levels[_FROM] = 0
        queue = deque([_FROM])
        while queue:
            place = queue.popleft()
            for edge in self._out[place]:
                head = self._heads[edge]
                if self._room[edge] > 0 and levels[head] < 0:
                    levels[head] = levels[place] + 1
                    queue.append(head)
        return levels

    def _path(self, levels: list[int], tried: list[int]) -> int:
        """Push along one shortest path; 0 where there is none left."""
        path: list[int] = []
        place = _FROM
        while place != _TO:
            while tried[place] < len(self._out[place]):
                edge = self._out[place][tried[place]]
                head = self._heads[edge]
                if self._room[edge] > 0 and levels[head] == levels[place] + 1:
                    path.append(edge)
                    place = head
                    break
                tried[place] += 1
            else:
                if not path:
                    return 0
                place = self._heads[path.pop() ^ 1]
                tried[place] += 1
        pushed = min(self._room[edge] for edge in path)
        for edge in path:
            self._room[edge] -= pushed
            self._room[edge ^ 1] += pushed
        return pushed
