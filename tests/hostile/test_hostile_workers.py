"""A file that hangs or kills a worker costs itself and nothing else."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hostile_rooms import HANGS, STARVES
from hostile_sets import good

import overpaint
from overpaint import engines

HERE = str(Path(__file__).parent)


@pytest.fixture
def hostile_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers that open the room of `hostile_rooms`, with a watchdog of two seconds."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, (HERE, os.environ.get("PYTHONPATH", "")))))

    real = engines.Job

    def job(opens: str, config: Any, work: str, *, seconds: float) -> engines.Job:
        assert (opens, seconds) == ("overpaint.pipeline:open_room", 300)
        return real("hostile_rooms:open_room", config, work, seconds=2)

    monkeypatch.setattr("overpaint.jobs._runs.engines.Job", job)


@pytest.mark.usefixtures("hostile_workers")
def test_it_costs_itself_and_nothing_else(tmp_path: Path) -> None:
    root = tmp_path / "in"
    root.mkdir()
    for number in range(9):
        (root / f"{number}.jpg").write_bytes(good(number))
    (root / "3h.jpg").write_bytes(good(3) + HANGS)
    (root / "5s.jpg").write_bytes(good(5) + STARVES)
    (tmp_path / "boxes.json").write_text('[{"url": "0.jpg", "bboxes": [{"x0": 5, "y0": 5, "x1": 20, "y1": 25}]}]')
    summary = overpaint.scrub(root, tmp_path / "out", boxes=tmp_path / "boxes.json", workers=2, shard_size=6)
    outcomes = summary.conservation.outcomes
    assert (outcomes["failed"], summary.conservation.listed, sum(outcomes.values())) == (2, 11, 11)
    assert summary.conservation.reconciles
    rows = [
        row
        for file in (tmp_path / "out.run/private/samples").glob("*.parquet")
        for row in pq.read_table(file, columns=["key", "outcome", "reason"]).to_pylist()
    ]
    failed = {row["key"]: row["reason"] for row in rows if row["outcome"] == "failed"}
    assert failed == {"3h.jpg": "took-too-long", "5s.jpg": "worker-died"}
    assert Counter(p.name for p in (tmp_path / "out").iterdir()) == Counter(f"{n}.jpg" for n in range(9))
