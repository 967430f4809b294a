"""What went along with the images: members and columns of records, and files beside them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from overpaint.errors import RunError
from overpaint.reports._words import OTHER, fixed_word
from overpaint.rundir import Run, read_table

__all__ = ["FieldCount", "SideFiles", "fields_of", "side_files_of", "travel_lines"]

_FEWEST = 2  # what follows the first dot of a single name may be a person's
_LONGEST = 48


@dataclass(frozen=True, slots=True)
class FieldCount:
    """One member or column of records, of one class: how many records kept it, and how many lost it."""

    name: str
    kind: str
    kept: int
    dropped: int


@dataclass(frozen=True, slots=True)
class SideFiles:
    """Side files of one kind that met the same fate for the same reason.

    ``entries_removed`` of their ``entries`` spoke of images that have no output. ``ambiguous`` names may mean several
    images of different fate; those stayed.
    """

    kind: str
    action: str
    reason: str
    files: int
    entries: int
    entries_removed: int
    ambiguous: int


def fields_of(run: Run, shards: Iterable[str]) -> tuple[FieldCount, ...]:
    """The fields of all acted shards, by name; names that hardly occur are summed."""
    counts: Counter[tuple[str, str, str]] = Counter()
    for shard in shards:
        for row in run.marker(shard).get("fields") or ():
            try:
                name, kind, word, number = row
                counts[str(name), str(kind), str(word)] += int(number)
            except (TypeError, ValueError) as error:
                raise RunError(f"the marker of shard {shard} is damaged; delete it and run again") from error
    total: Counter[str] = Counter()
    for (name, _, _), number in counts.items():
        total[name] += number
    shown: Counter[tuple[str, str, str]] = Counter()
    for (name, kind, word), number in counts.items():
        known = total[name] >= _FEWEST and name.isprintable() and 0 < len(name) <= _LONGEST
        shown[name if known else OTHER, fixed_word(kind), word] += number
    names = sorted({(name, kind) for name, kind, _ in shown})
    return tuple(FieldCount(n, k, shown[n, k, "kept"], shown[n, k, "dropped"]) for n, k in names)


def side_files_of(run: Run) -> tuple[SideFiles, ...]:
    """What became of the side files, without their names."""
    path = run.private / "carried.parquet"
    if not path.exists():
        return ()
    files: Counter[tuple[str, str, str]] = Counter()
    sums: Counter[tuple[tuple[str, str, str], str]] = Counter()
    for row in read_table(path).to_pylist():
        key = fixed_word(row["kind"]), fixed_word(row["action"]), fixed_word(row["reason"]) if row["reason"] else ""
        files[key] += 1
        for column in ("entries", "entries_removed", "ambiguous"):
            sums[key, column] += row[column] or 0
    return tuple(
        SideFiles(*key, files[key], sums[key, "entries"], sums[key, "entries_removed"], sums[key, "ambiguous"])
        for key in sorted(files)
    )


def travel_lines(fields: tuple[FieldCount, ...], side_files: tuple[SideFiles, ...]) -> list[str]:
    """At most three lines for a terminal."""
    out = []
    if fields:
        kept, dropped = (sum(getattr(f, word) for f in fields) for word in ("kept", "dropped"))
        out.append(f"members and columns beside the images: {kept:,} kept, {dropped:,} dropped")
        unknown = [f"{f.name} {f.kept + f.dropped:,}" for f in fields if f.kind == "unknown"]
        if unknown:
            out.append(
                f"of which nobody knows what they are: {', '.join(unknown[:4])}{' ...' if len(unknown) > 4 else ''}; "
                "say so with --field, or --unknown drop"
            )
    if side_files:
        actions: Counter[str] = Counter()
        for one in side_files:
            actions[one.action] += one.files if one.kind != "overpaint" else 0
        told = ", ".join(f"{number:,} {action}" for action, number in sorted(actions.items()) if number)
        unknown_files = sum(one.files for one in side_files if one.kind == "unknown")
        if told:
            out.append(f"side files: {told}" + (f"; of unknown kind {unknown_files:,}" if unknown_files else ""))
    return out
