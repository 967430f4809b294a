"""Files that announce or unfold into far more than they are: a reason and little memory, at every step, for each."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hostile_files import FILES
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from overpaint import checks, painting
from overpaint.errors import SampleError
from overpaint.formats import sniff
from overpaint.pipeline import check_editable, frames
from overpaint.records import Box, Outcome

HERE = Path(__file__).parent
MOST_MB = 200  # a picture of 64,000 x 64,000 would be 4,096 to 12,288
linux = pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
REFUSED = {
    "header-": {"too-many-pixels"},
    "many-": {"too-many-frames", "too-many-pixels", "truncated-header"},
    "tile-": {"undecodable"},
}


@pytest.fixture(scope="module")
def told() -> dict[str, dict[str, tuple[str, int]]]:
    command = [sys.executable, str(HERE / "hostile_child.py")]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=300, check=True)
    answer: dict[str, dict[str, tuple[str, int]]] = json.loads(done.stdout)
    return answer


@linux
@pytest.mark.parametrize("name", FILES)
def test_memory_and_reasons(name: str, told: dict[str, dict[str, tuple[str, int]]]) -> None:
    steps = told[name]
    assert [step for step, (reason, _) in steps.items() if reason.startswith("raised")] == []
    assert {step: mb for step, (_, mb) in steps.items() if mb > MOST_MB} == {}
    if name == "header-jpeg-14000":  # within the limit of pixels; but so little data cannot hold them
        assert steps["paint"][0] == "too-large"
        return
    if name.endswith(("-frames", "far-gif-frame")):  # minutes of painting otherwise
        assert steps["paint"][0] == "too-many-pixels"
    for start, reasons in REFUSED.items():
        if name.startswith(start):
            assert steps["look"][0] in reasons


SEEDS = {
    name: make() for name, make in FILES.items() if not name.startswith(("many-", "bomb-", "jpeg-scans", "strips-"))
}


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_damaged_headers_end_in_a_reason(data: Any) -> None:
    raw = bytearray(SEEDS[data.draw(st.sampled_from(sorted(SEEDS)))])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, min(len(raw), 300) - 1))
        raw[at] = data.draw(st.integers(0, 255) | st.sampled_from([0, 1, 127, 128, 255]))
    file = bytes(raw[: data.draw(st.integers(1, len(raw)) | st.just(len(raw)))])
    seen = sniff(file)
    if (seen.width or 1) * (seen.height or 1) * (seen.frames or 1) > 1 << 22:
        file = file[:40]
    boxes = [Box(4, 4, 12, 12)]
    for step in (
        lambda: (check_editable(seen, max_pixels=1 << 22), list(frames(file, seen, long_side=64, max_pixels=1 << 22))),
        lambda: painting.paint(file, []),
        lambda: painting.paint(file, boxes),
        lambda: checks.check(file, file[:-1], boxes, outcome=Outcome.REDACTED),
    ):
        with contextlib.suppress(SampleError):
            step()
