"""What the parts of the pipeline cost alone, one thread, on the same files.

    python _parts.py PROFILE TREE        (prints JSON)

Every part has its own loop over a few files at a time, so that nothing of the pipeline is between them.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2

from overpaint import checks, painting
from overpaint.checks._decode import decode as decode_to_check
from overpaint.checks._decode import walk
from overpaint.detectors import Look, open_looker
from overpaint.formats import sniff
from overpaint.painting import Painted
from overpaint.pipeline import decode
from overpaint.records import Box, Outcome

__all__ = ["PARTS", "parts_of"]

PARTS = ("read", "decode", "look", "paint", "hash", "contract decodes", "contract rest")
_AT_ONCE = 32


class Clock:
    """Processor seconds by part, image by image."""

    def __init__(self) -> None:
        self.spent: dict[str, list[float]] = {name: [] for name in PARTS}

    def loop(self, part: str, do: Callable[[Any], Any], inputs: Sequence[Any]) -> list[Any]:
        """Do one part for some inputs."""
        results = []
        for one in inputs:
            begin = time.thread_time()
            results.append(do(one))
            self.spent[part].append(time.thread_time() - begin)
        return results


def parts_of(profile: str, files: Sequence[Path]) -> dict[str, Any]:
    """Processor milliseconds an image of every part, each averaged over all files, and every image's sum."""
    looker = open_looker(profile)
    clock = Clock()

    def detect(image: Any) -> list[Box]:
        look: Look = looker.look(image)
        found = [one.detection.box for one in look.leading() if one.confidence >= looker.min_confidence]
        return [box for box in found if box is not None]

    def scaled(one: tuple[bytes, Any, list[Box]]) -> list[Box]:
        data, image, boxes = one
        ratio = (sniff(data).width or 0) / image.shape[1]
        return [Box(b.x0 * ratio, b.y0 * ratio, b.x1 * ratio, b.y1 * ratio) for b in boxes]

    def paint(one: tuple[bytes, list[Box]]) -> Painted:
        return painting.paint(one[0], one[1])

    def hashes(one: tuple[bytes, Painted]) -> None:
        hashlib.sha256(one[0]).hexdigest()
        hashlib.sha256(one[1].data).hexdigest()

    def decodes(one: tuple[bytes, Painted]) -> None:
        if one[1].outcome in {Outcome.REDACTED, Outcome.RE_ENCODED}:
            for data in (one[0], one[1].data):
                blocks = walk(data)
                assert blocks is not None
                decode_to_check(data, blocks, lenient=True)

    def contract(one: tuple[bytes, list[Box], Painted]) -> None:
        if one[2].outcome is not Outcome.IDENTICAL:
            checks.check(one[0], one[2].data, one[1], outcome=one[2].outcome)

    for warm in files[:8]:
        detect(decode(warm.read_bytes(), sniff(warm.read_bytes()), long_side=looker.long_side))
    painted_files = 0
    for start in range(0, len(files), _AT_ONCE):
        raw = clock.loop("read", Path.read_bytes, files[start : start + _AT_ONCE])
        images = clock.loop("decode", lambda data: decode(data, sniff(data), long_side=looker.long_side), raw)
        seen = clock.loop("look", detect, images)
        boxes = [scaled(one) for one in zip(raw, images, seen, strict=True)]
        painted = clock.loop("paint", paint, list(zip(raw, boxes, strict=True)))
        clock.loop("hash", hashes, list(zip(raw, painted, strict=True)))
        clock.loop("contract decodes", decodes, list(zip(raw, painted, strict=True)))
        clock.loop("contract rest", contract, list(zip(raw, boxes, painted, strict=True)))
        painted_files += sum(p.faces_painted > 0 for p in painted)
    # the check as a whole was timed; what it does beside decoding is the rest
    whole, decoding = clock.spent["contract rest"], clock.spent["contract decodes"]
    clock.spent["contract rest"] = [all_ - only for all_, only in zip(whole, decoding, strict=True)]
    each = [sum(image) for image in zip(*(clock.spent[part] for part in PARTS), strict=True)]
    means = {part: 1e3 * sum(times) / len(files) for part, times in clock.spent.items()}
    return {"files": len(files), "painted": painted_files, "ms": means, "each": each}


if __name__ == "__main__":
    cv2.setNumThreads(1)
    chosen = sorted(path for path in Path(sys.argv[2]).rglob("*") if path.is_file())
    print(json.dumps(parts_of(sys.argv[1], chosen)))
