"""What another policy would change, and which of a policy's names a dataset does not hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest

import pyarrow as pa

from overpaint.errors import RunError
from overpaint.policy._effective import effective
from overpaint.policy._model import Policy
from overpaint.records import Treatment

__all__ = ["Absent", "Change", "Diff", "absent", "diff"]

_CHANGES = pa.schema([("key", pa.string()), ("before", pa.string()), ("after", pa.string())])


@dataclass(frozen=True, slots=True)
class Change:
    """One sample that two policies treat differently; equal treatments mean other boxes, paint or metadata policy."""

    key: str
    before: Treatment
    after: Treatment


@dataclass(frozen=True)
class Diff:
    """The samples that would change, in the shards' order, and how many go from which treatment to which.

    ``counts`` holds only what changes; ``samples`` is how many were compared; ``table`` has the columns ``key, before,
    after``, one row a change. Iterating gives `Change`.
    """

    samples: int
    counts: Mapping[tuple[Treatment, Treatment], int]
    table: pa.Table

    def __iter__(self) -> Iterator[Change]:
        for batch in self.table.to_batches():
            for key, before, after in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                yield Change(key, Treatment(before), Treatment(after))

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def keys(self) -> Iterator[str]:
        """The keys of the samples that would change."""
        return (change.key for change in self)


def diff(
    before: Iterable[tuple[pa.Table, pa.Table]],
    after: Iterable[tuple[pa.Table, pa.Table]],
    *,
    old: Policy,
    new: Policy,
) -> Diff:
    """Compare two policies' decisions on the same shards.

    Parameters
    ----------
    before, after
        The shards in the same order, each a pair of samples (any table with ``key``) and decisions. One shard of each
        is held at a time; only what changes is kept.
    old, new
        The policies that made them: paint and metadata policy count as well.

    Raises
    ------
    RunError
        The two sides are not the same samples.
    """
    counts: Counter[tuple[Treatment, Treatment]] = Counter()
    tables = [_CHANGES.empty_table()]
    samples = 0
    for one, other in zip_longest(before, after):
        if one is None or other is None:
            raise _unlike()
        first, second = effective(one[0], one[1], old), effective(other[0], other[1], new)
        if [effect.key for effect in first] != [effect.key for effect in second]:
            raise _unlike()
        pairs = [(a, b) for a, b in zip(first, second, strict=True) if a.digest != b.digest]
        counts.update((a.treatment, b.treatment) for a, b in pairs)
        columns = (
            [a.key for a, _ in pairs],
            [str(a.treatment) for a, _ in pairs],
            [str(b.treatment) for _, b in pairs],
        )
        tables.append(pa.table(list(columns), schema=_CHANGES))
        samples += len(first)
    return Diff(samples=samples, counts=dict(counts), table=pa.concat_tables(tables))


def _unlike() -> RunError:
    return RunError("the two sets of decisions are not of the same samples; decide both over the same listing")


@dataclass(frozen=True)
class Absent:
    """Keys that a policy names and a dataset does not hold, sorted: typing errors, or another version of the data."""

    removals: tuple[str, ...]
    allows: tuple[str, ...]
    consents: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.removals) + len(self.allows) + len(self.consents)


def absent(policy: Policy, shards: Iterable[pa.Table]) -> Absent:
    """Which of the keys that a policy names by themselves (not by a glob) are in none of the shards.

    Parameters
    ----------
    policy
        The policy.
    shards
        Tables with a ``key`` column that together are the dataset. Only the policy's own keys are held.
    """
    removals = {key for removal in policy.removals for key in removal.keys}
    allows = {key for allow in policy.allows for key in (allow.sample, *(allow.samples or ())) if key is not None}
    consents = {consent.sample for consent in policy.consents}
    unseen = removals | allows | consents
    for shard in shards:
        if not unseen:
            break
        unseen.difference_update(shard.column("key").to_pylist())
    return Absent(*(tuple(sorted(names & unseen)) for names in (removals, allows, consents)))
