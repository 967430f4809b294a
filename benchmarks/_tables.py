"""What was measured, as Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["memory_table", "quality_table", "speed_table", "table"]


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table."""
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (head, ["---"] * len(head), *rows))


def speed_table(rows: Mapping[str, Mapping[str, Any]]) -> str:
    """Speed, memory and pixels changed elsewhere, a row a contestant and set."""
    head = (
        "set: contestant", "images/s", "with start", "CPU ms/image", "peak MB, one process", "peak MB, all",
        "changed elsewhere", "mean, levels",
    )  # fmt: skip
    cells = [
        [
            name,
            f"{row['rate']:.3g}",
            f"{row['rate_whole']:.3g}",
            f"{row['cpu_ms']:.4g}",
            f"{row['peak'] / 1e6:.0f}",
            f"{row['peak_sum'] / 1e6:.0f}",
            f"{row['outside']['share']:.2%}",
            f"{row['outside']['mean']:.3f}",
        ]
        for name, row in rows.items()
    ]
    return table(head, cells)


def quality_table(found: Mapping[str, Any]) -> str:
    """Detail left by size of face, and what rides along."""
    sizes = list(next(iter(found["beside_large"].values())))
    left = table(
        ("given the boxes", *sizes),
        [[name, *(f"{row[size]:.2f}" for size in sizes)] for name, row in found["beside_large"].items()],
    )
    head = (
        "files with metadata",
        "written",
        "with a hidden picture before",
        "after",
        "shown turned before",
        "shown alike after",
    )
    names = ("written", "hidden_before", "hidden_after", "turned_before", "alike_after")
    cells = [[name, *(str(row[key]) for key in names)] for name, row in found["riding"].items()]
    return f"Detail left in faces beside one of 200 px:\n\n{left}\n\n{table(head, cells)}"


def memory_table(costs: Mapping[int, Mapping[str, Any]]) -> str:
    """Peak memory against the number of samples."""
    head = ("samples", "seconds", "samples/s", "peak MB, a worker", "peak MB, the parent")
    return table(
        head,
        [
            [
                f"{count:,}",
                f"{cost['seconds']:.0f}",
                f"{count / cost['seconds']:.0f}",
                f"{cost['peak_child'] / 1e6:.0f}",
                f"{cost['peak_root'] / 1e6:.0f}",
            ]
            for count, cost in costs.items()
        ],
    )
