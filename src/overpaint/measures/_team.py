"""Processes that train one network together (``torchrun``), or this one alone."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from overpaint.errors import UsageError
from overpaint.measures._networks import need_torch

__all__ = ["ALONE", "Team", "device_of", "is_team", "open_team"]

_PATIENCE = dt.timedelta(days=1)  # the others wait while the first reads the dataset


@dataclass(frozen=True, slots=True)
class Team:
    """Which process this is, of how many."""

    rank: int = 0
    size: int = 1

    @property
    def leads(self) -> bool:
        """Whether this is the one that writes files and speaks."""
        return self.rank == 0

    def wait(self) -> None:
        """Go on when all have come here."""
        if self.size > 1:
            from torch import distributed

            distributed.barrier()

    def share(self, net: Any, device: Any) -> Any:
        """A network whose gradients are the mean over all processes."""
        if self.size == 1:
            return net
        from torch.nn.parallel import DistributedDataParallel

        return DistributedDataParallel(net, device_ids=None if device.type == "cpu" else [device.index])

    def total(self, value: float) -> float:
        """A number summed over all processes."""
        if self.size == 1:
            return value
        import torch
        from torch import distributed

        held = torch.tensor([value], dtype=torch.float64, device=device_of(self))
        distributed.all_reduce(held)
        return float(held.item())

    def gathered(self, rows: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Rows ``rank``, ``rank + size``, … of each process as one table in order."""
        if self.size == 1:
            return rows
        from torch import distributed

        held: list[Any] = [None] * self.size
        distributed.all_gather_object(held, rows)
        whole = np.empty((sum(map(len, held)), rows.shape[1]), np.float32)
        for rank, each in enumerate(held):
            whole[rank :: self.size] = each
        return whole


ALONE = Team()


def is_team() -> bool:
    """Whether ``torchrun`` started this process."""
    return "WORLD_SIZE" in os.environ and "RANK" in os.environ


def device_of(team: Team, index: int = 0) -> Any:
    """Where to compute: the graphics card of this process if there is one, else the processor."""
    torch = need_torch()
    if not torch.cuda.is_available():
        return torch.device("cpu")
    at = int(os.environ.get("LOCAL_RANK", "0")) if team.size > 1 else index
    return torch.device("cuda", at % torch.cuda.device_count())


@contextlib.contextmanager
def open_team() -> Iterator[Team]:
    """Meet the other processes, as ``torchrun`` told in the environment; alone without it.

    Raises
    ------
    UsageError
        The environment is not as ``torchrun`` makes it, or the processes do not find each other.
    """
    if not is_team():
        yield ALONE
        return
    need_torch()
    import torch
    from torch import distributed

    try:
        rank, size = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
        cuda = torch.cuda.is_available()
        if cuda:
            torch.cuda.set_device(device_of(Team(rank, max(size, 2))))
        distributed.init_process_group("nccl" if cuda else "gloo", timeout=_PATIENCE)
    except (ValueError, RuntimeError, KeyError) as error:
        raise UsageError(f"the processes of torchrun do not find each other ({type(error).__name__})") from error
    try:
        yield Team(rank, size)
    finally:
        distributed.destroy_process_group()
