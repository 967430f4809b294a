"""What adds up over the samples of a shard while they are looked at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from overpaint.formats import ShardRef
from overpaint.pipeline._detect import add_costs
from overpaint.pipeline._held import write_lane, write_prints
from overpaint.pipeline._look import Looked
from overpaint.pipeline._watch import Prints
from overpaint.rundir import Run

__all__ = ["Tally"]


@dataclass
class Tally:
    """The seconds of each detector and the pictures it was asked about; and what the no-view lane needs.

    ``held`` has the reason codes of samples of the lane, ``prints`` what copies of any sample are told by; by key.
    """

    costs: dict[str, tuple[float, int]] = field(default_factory=dict)
    held: dict[str, str] = field(default_factory=dict)
    prints: dict[str, Prints] = field(default_factory=dict)

    def count(self, looked: Looked) -> Looked:
        add_costs(self.costs, looked.costs)
        if looked.lane is not None:
            self.held[looked.row.key] = looked.lane
        if looked.prints is not None:
            self.prints[looked.row.key] = looked.prints
        return looked

    def counting(self, looks: Iterable[Looked]) -> Iterator[Looked]:
        return map(self.count, looks)

    def write(self, run: Run, ref: ShardRef) -> None:
        """The lane's own files of the shard."""
        write_prints(run, ref, self.prints)
        write_lane(run, ref, self.held)
