"""Rows of objects as numbers: in all, and by class."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

__all__ = ["counted"]

_DIGITS = 6


def counted(rows: pa.Table) -> dict[str, Any]:
    """Aggregates of a table of `ROWS`; ``classes`` has one of them for each label.

    An image counts once where images are counted, whatever objects it has; its scores are of one label. Quantiles of
    shares are of the objects that were painted at all.
    """
    values = rows.to_pylist()
    flagged = [row for row in values if row["flagged"]]
    reasons = Counter(reason for row in flagged for reason in row["reason"].split())
    by_label: dict[str, list[dict[str, Any]]] = {}
    for row in values:
        by_label.setdefault(row["label"], []).append(row)
    return {
        **_numbers(values),
        "flagged": {
            "rows": len(flagged),
            "images": len({row["key"] for row in flagged}),
            "by_reason": dict(sorted(reasons.items())),
        },
        "classes": [
            {
                "label": label,
                "images": len({row["key"] for row in mine}),
                "flagged": sum(row["flagged"] for row in mine),
                **_numbers(mine),
            }
            for label, mine in sorted(by_label.items())
        ],
    }


def _numbers(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    boxed = [row for row in rows if row["share_painted"] is not None]
    touched = [row["share_painted"] for row in boxed if row["share_painted"] > 0]
    scored = list({(row["key"], row["label"]): row for row in rows if row["score_before"] is not None}.values())
    drops = [row["score_before"] - row["score_after"] for row in scored]
    return {
        "objects": len(boxed),
        "images_with_objects": len({row["key"] for row in boxed}),
        "touched": len(touched),
        "shares": _quantiles(touched),
        "scored": len({row["key"] for row in scored}),
        "before": _mean([row["score_before"] for row in scored]),
        "after": _mean([row["score_after"] for row in scored]),
        "drops": _quantiles(drops),
        "right_before": _images(row["key"] for row in scored if row["top1_before"] == row["label"]),
        "right_after": _images(row["key"] for row in scored if row["top1_after"] == row["label"]),
        "changed": _images(row["key"] for row in scored if row["top1_after"] != row["top1_before"]),
    }


def _images(keys: Any) -> int:
    return len(set(keys))


def _mean(values: Sequence[float]) -> float | None:
    return round(float(np.mean(values)), _DIGITS) if values else None


def _quantiles(values: Sequence[float]) -> dict[str, float] | None:
    if not values:
        return None
    found = np.quantile(values, [0.5, 0.9, 0.99])
    return {name: round(float(v), _DIGITS) for name, v in zip(("median", "p90", "p99"), found, strict=True)}
