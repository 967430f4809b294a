"""Looks at, strips, paints and checks every hostile file in a process of its own, and tells what each step took.

Prints one JSON object: by file, by step, the reason that ended it (or ``done``) and how many MB it held at most above
what the process held before.
"""

from __future__ import annotations

import json
import resource
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

from hostile_files import FILES

from overpaint import checks, painting
from overpaint.errors import SampleError
from overpaint.formats import sniff
from overpaint.pipeline import check_editable, frames
from overpaint.records import Box, Outcome

BOX = Box(4, 4, 12, 12)


def _memory(name: str) -> int:
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(name))
    return int(line.split()[1]) >> 10


def measured(step: Callable[[bytes], object], data: bytes) -> tuple[str, int]:
    """Why it ended, and the most memory above what was there, in MB."""
    Path("/proc/self/clear_refs").write_text("5")  # forget the highest so far
    before = _memory("VmRSS")
    try:
        step(data)
        reason = "done"
    except SampleError as error:
        reason = error.reason
    except Exception as error:  # noqa: BLE001 - told, so that the test fails by it
        reason = f"raised {type(error).__name__}: {error}"
    return reason, _memory("VmHWM") - before


def looked(data: bytes) -> None:
    """As the pipeline looks: nothing is decoded that the headers forbid."""
    seen = sniff(data)
    check_editable(seen, max_pixels=200_000_000)
    for _ in frames(data, seen, long_side=640):
        pass


def looked_anyway(data: bytes) -> None:
    """Decoding without the headers' leave."""
    for _ in frames(data, sniff(data), long_side=640):
        pass


STEPS: dict[str, Callable[[bytes], object]] = {
    "look": looked,
    "decode": looked_anyway,
    "strip": lambda data: painting.paint(data, []),
    "paint": lambda data: painting.paint(data, [BOX]),
    "check": lambda data: checks.check(data, data, [BOX], outcome=Outcome.REDACTED),
    "check-stripped": lambda data: checks.check(data, data[:-1], [], outcome=Outcome.METADATA_ONLY),
}

NOT_ASKED = {
    ("header-jpeg", "decode"),  # what asks the headers first is what stands between
    ("header-jpeg-14000", "check"),  # within the limit: decoded, 12 bytes a pixel, and never painted
    ("header-jpeg-14000", "check-stripped"),
}


def main(names: list[str]) -> None:
    """Every file, or those that are named."""
    warnings.simplefilter("ignore")
    resource.setrlimit(resource.RLIMIT_AS, (6 << 30, 6 << 30))  # a machine must not suffer where the test fails
    told = {}
    for name in names or FILES:
        data = FILES[name]()
        steps = [step for step in STEPS if (name, step) not in NOT_ASKED]
        if name.startswith("many-"):
            steps.remove("check-stripped")
        told[name] = {step: measured(STEPS[step], data) for step in steps}
    print(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1:])
