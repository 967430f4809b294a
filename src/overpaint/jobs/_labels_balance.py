"""``labels balance``: the largest subset whose shares of supplied attributes match a target, as a list of keys."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from os import PathLike
from pathlib import Path
from typing import Any, Literal

from overpaint import labels, reports
from overpaint.errors import LabelsError
from overpaint.jobs._key_file import write_keys
from overpaint.jobs._labels_shown import names_of
from overpaint.records import python_key

__all__ = ["Balance", "Pool", "balance_labels"]


@dataclass(frozen=True, slots=True)
class Pool:
    """Samples that are balanced among themselves: a class, a subtree, or all of them.

    ``known`` of them have one value of each attribute, ``stay`` of these stay. Not ``balanced``: too few would stay, so
    that all do.
    """

    who: str
    name: str
    known: int
    unknown: int
    stay: int
    balanced: bool


@dataclass(frozen=True, slots=True)
class Balance:
    """What was chosen. ``groups`` are by attribute and value: how many there were and how many stay (None: fewer than
    ten, see `reports.SkewFacts`); ``removed`` of ``samples`` go; ``outside`` are in no pool.
    """

    to: Path
    wrote: str
    samples: int
    outside: int
    removed: int
    pools: tuple[Pool, ...]
    groups: tuple[tuple[str, str, int | None, int | None], ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        names = ("attribute", "value", "before", "after")
        groups = [dict(zip(names, group, strict=True)) for group in self.groups]
        return asdict(self) | {"to": str(self.to), "groups": groups}

    def lines(self) -> list[str]:
        """For a terminal."""
        done = [pool for pool in self.pools if pool.balanced]
        known, stay = sum(pool.known for pool in done), sum(pool.stay for pool in done)
        pools = f"{len(done):,} of {len(self.pools):,} pools are balanced"
        lines = [f"{pools}: {stay:,} of {known:,} samples stay in them, the most that can"]
        if len(done) < len(self.pools):
            lines.append(f"left as they are, for too few would stay: {len(self.pools) - len(done):,} pools")
        unknown = sum(pool.unknown for pool in self.pools)
        if unknown or self.outside:
            lines.append(f"with no value, or several: {unknown:,}; in no pool: {self.outside:,}")
        lines += [f"  {name}: {value}: {_few(a)} before, {_few(b)} after" for name, value, a, b in self.groups]
        return [*lines, f"{self.removed:,} of {self.samples:,} samples go; keys {self.wrote}: {self.to}"]


def balance_labels(
    source: str | PathLike[str],
    *,
    attributes: str | PathLike[str],
    attribute: Sequence[str],
    to: str | PathLike[str],
    target: Sequence[str] = ("uniform",),
    within: str = "class",
    at_least: int = 1,
    tolerance: float = 0.0,
    unknown: Literal["keep", "remove"] = "keep",
    write: Literal["removed", "kept"] = "removed",
    seed: int = 0,
    taxonomy: str | PathLike[str] | None = None,
    label_list: str | None = None,
    show_small: bool = False,
    show_terms: bool = False,
) -> Balance:
    """Choose the largest subset whose shares of one or two supplied attributes match a target (Yang et al. 2020).

    Nothing is removed: the keys that should go are written to a file that `overpaint.decide` takes as ``remove``.

    Parameters
    ----------
    source
        A run: what the decisions in force leave. Or a CSV or Parquet file with columns ``key`` and ``label``.
    attributes
        Attributes of samples, by key, as CSV or Parquet. None is inferred from a picture.
    attribute
        One, or two whose shares shall both match.
    to
        Where the keys go: ``.parquet``, or text with a key a line.
    target
        For each attribute ``uniform``, shares as ``a=0.5,b=0.5``, or a CSV of ``value,share``; one serves for both.
    within
        ``class``: each class by itself. ``all``: all as one. ``subtree:ID``: all under an identifier as one, the
        others as they are.
    at_least
        Leave a pool as it is where fewer would stay.
    tolerance
        How far a share may be off; besides it, one sample either way, for samples are whole.
    unknown
        What becomes of samples with no value or several, in pools that are balanced.
    write
        Keys of those that go, or of those that stay.
    seed
        Who of a group goes.
    taxonomy, label_list, show_small, show_terms
        As in `skew_labels`.

    Raises
    ------
    LabelsError
        An attribute, a target or a table is wrong; samples have several labels and are balanced by class.
    """
    asked = (attribute,) if isinstance(attribute, str) else tuple(attribute)
    targets = (target,) if isinstance(target, str) else tuple(target)
    if not 0 < len(asked) <= 2 or len(set(asked)) < len(asked):
        raise LabelsError("--attribute: give one, or two different ones; cross more in a column of your own")
    if len(targets) not in {1, len(asked)}:
        raise LabelsError(f"--target: {len(targets)} targets for {len(asked)} attributes; give one for each, or one")
    means = names_of(taxonomy=taxonomy, label_list=label_list or "", show_terms=show_terms)
    with reports.balance_pool(Path(source), Path(attributes)) as pool:
        margins = _margins(asked, targets * (3 - len(targets)), pool.values, tolerance)
        pools = _pools(pool.rows, within, means)
        cells = pool.cells(pools, asked)
        quotas, told = _solved(cells, asked, margins, at_least=max(1, at_least), unknown=unknown)
        removed = sum(cells[cell] - stay for cell, stay in quotas.items())
        write_keys(Path(to), pool.chosen(quotas, seed=seed, stays=write == "kept"), option="--to")
        samples = sum(row.images for row in pool.rows)
    return Balance(
        to=Path(to),
        wrote="that stay" if write == "kept" else "that go",
        samples=samples,
        outside=samples - sum(cells.values()),
        removed=removed,
        pools=tuple(_named(told, means)),
        groups=tuple(_groups(cells, quotas, asked, pool.values, show_small=show_small)),
    )


def _few(number: int | None) -> str:
    return "fewer than ten" if number is None else f"{number:,}"


def _margins(
    asked: Sequence[str], targets: Sequence[str], values: Mapping[str, tuple[str, ...]], tolerance: float
) -> list[labels.Margin]:
    for name in asked:
        if name not in values:
            raise LabelsError(f"--attribute {name}: --attributes has no such attribute; it has {', '.join(values)}")
    return [
        labels.read_target(target, values[name], tolerance=tolerance)
        for name, target in zip(asked, targets, strict=False)
    ]


def _pools(rows: Sequence[Any], within: str, means: Any) -> dict[tuple[str, ...], str]:
    """The pool of each set of labels; none for those that are in none."""
    kind, _, root = within.partition(":")
    if kind == "all" and not root:
        return {row.labels: "" for row in rows}
    if kind == "class" and not root:
        if any(len(row.labels) > 1 for row in rows):
            raise LabelsError("--within class: samples have several labels; balance them --within all or subtree:ID")
        return {row.labels: row.labels[0] for row in rows if row.labels}
    if kind == "subtree" and root:
        means.taxonomy.synset(root)
        tree, resolve = means.taxonomy, means.names.resolve
        ids = {row.labels: {resolve(python_key(label)) for label in row.labels} - {None} for row in rows}
        return {own: root for own, some in ids.items() if any(tree.under(one, root) for one in some)}
    raise LabelsError(f"--within {within}: write class, all, or subtree:ID")


def _solved(
    cells: Mapping[tuple[str, ...], int],
    asked: Sequence[str],
    margins: Sequence[labels.Margin],
    *,
    at_least: int,
    unknown: str,
) -> tuple[dict[tuple[str, ...], int], list[Pool]]:
    """How many stay of each cell of the pools that are balanced, and each pool."""
    by_pool: dict[str, dict[tuple[str, ...], int]] = {}
    for (pool, *values), count in cells.items():
        by_pool.setdefault(pool, {})[tuple(values)] = count
    quotas: dict[tuple[str, ...], int] = {}
    told = []
    for pool, counts in sorted(by_pool.items()):
        known = {values: n for values, n in counts.items() if all(values)}
        if len(asked) == 1:
            single = labels.largest_subset({value: n for (value,), n in known.items()}, margins[0])
            stay: dict[tuple[str, ...], int] = {(value,): n for value, n in single.items() if (value,) in known}
        else:
            pairs = {(one, other): n for (one, other), n in known.items()}
            stay = {pair: n for pair, n in labels.largest_subset_of_two(pairs, *margins).items()}  # noqa: C416
        balanced = sum(stay.values()) >= at_least
        lost = {values: n for values, n in counts.items() if values not in known}
        told.append(
            Pool(
                pool,
                pool,
                sum(known.values()),
                sum(lost.values()),
                sum((stay if balanced else known).values()),
                balanced,
            )
        )
        if balanced:
            quotas |= {(pool, *values): n for values, n in stay.items()}
            quotas |= {(pool, *values): 0 for values in lost if unknown == "remove"}
    return quotas, told


def _named(pools: Sequence[Pool], means: Any) -> list[Pool]:
    """As pools are shown."""
    named = []
    for pool in pools:
        text = python_key(pool.who)
        who, name = means.names.shown(text, means.names.resolve(text)) if text else ("", "all samples")
        named.append(Pool(who, name, pool.known, pool.unknown, pool.stay, pool.balanced))
    return named


def _groups(
    cells: Mapping[tuple[str, ...], int],
    quotas: Mapping[tuple[str, ...], int],
    asked: Sequence[str],
    values: Mapping[str, tuple[str, ...]],
    *,
    show_small: bool,
) -> list[tuple[str, str, int | None, int | None]]:
    told: list[tuple[str, str, int | None, int | None]] = []
    for place, name in enumerate(asked, 1):
        before, after = Counter[str](), Counter[str]()
        for cell, count in cells.items():
            before[cell[place]] += count
            after[cell[place]] += quotas.get(cell, count)
        own = values[name]
        shown = [reports.told_counts([sums[value] for value in own], show_small=show_small) for sums in (before, after)]
        told += [(name, value, a, b) for value, a, b in zip(own, *shown, strict=True)]
    return told
