"""`overpaint.checks` on real photographs: no alarm on what `painting` writes, and how often faults are found."""

import collections
import sys
from functools import partial
from pathlib import Path

import pytest

from overpaint.checks import check
from overpaint.painting import paint
from overpaint.records import Box, Outcome

sys.path.append(str(Path(__file__).parents[1] / "checks"))
import painters

paint = partial(paint, look="blur")  # of the looks the one that depends most on what lies under it

pytestmark = pytest.mark.realdata

BUCKETS = (0, 12, 24, 50, 100)
# At least this share must be found, by the shorter side of the face; measured ones are in docs/reference/checks.md.
BARS = {
    "untouched": (0.95, 1.0, 1.0, 1.0, 1.0),
    "half": (0.9, 1.0, 1.0, 1.0, 1.0),
    "sigma .035": (0.95, 1.0, 1.0, 1.0, 1.0),
    "2 px": (0, 0.6, 1.0, 1.0, 1.0),
    "ellipse in box": (0.7, 0.9, 1.0, 1.0, 1.0),
    "ellipse in core": (0, 0.4, 0.9, 1.0, 1.0),
    "shifted": (0, 0, 0.7, 0.9, 0.85),
    "2021": (0.8, 0.9, 1.0, 1.0, 1.0),
}


def wider(root: Path):
    lines = iter((root / "faces_wider" / "val_bbx_gt.txt").read_text().splitlines())
    for name in lines:
        rows = [next(lines).split() for _ in range(max(1, int(next(lines))))]
        corners = [tuple(map(int, row[:4])) for row in rows]
        boxes = [Box(x, y, x + w, y + h) for x, y, w, h in corners if w > 0 and h > 0]
        path = root / "faces_wider" / "val" / name
        if path.exists():
            yield path, boxes


@pytest.mark.parametrize("look", ["blur", "mosaic", "fill"])
def test_what_painting_writes_raises_no_alarm(realdata, look):
    cores = 0
    for path, boxes in wider(realdata):
        data = path.read_bytes()
        painted = paint(data, boxes, look=look)
        found = check(data, painted.data, boxes, look=look, outcome=painted.outcome)
        cores += len(found.measures.cores)
        assert found.ok, (path.name, found.problems)
    assert cores > 1000


def test_files_without_faces_raise_no_alarm(realdata):
    for path in sorted((realdata / "imagenet_samples").glob("*.JPEG")):
        data = path.read_bytes()
        for policy in ("strip", "keep-safe", "keep"):
            painted = paint(data, [], metadata=policy)
            found = check(data, painted.data, [], metadata=policy, outcome=painted.outcome)
            assert found.ok, (path.name, policy, found.problems)


def faulty(data, boxes):
    yield "untouched", data
    yield "half", painters.honest(data, boxes, painters.half)
    yield "sigma .035", painters.honest(data, boxes, painters.gaussian(ratio=0.035))
    yield "2 px", painters.honest(data, boxes, painters.gaussian(pixels=2))
    yield "ellipse in box", painters.honest(data, boxes, mask=painters.ellipse_of("box"))
    yield "ellipse in core", painters.honest(data, boxes, mask=painters.ellipse_of("core"))
    yield "shifted", painters.honest(data, [Box(b.x0 + b.width / 5, b.y0, b.x1 + b.width / 5, b.y1) for b in boxes])
    yield "2021", painters.as_2021(data, boxes)


def test_faults_are_found(realdata):
    seen, hits = collections.Counter(), collections.Counter()
    for path, boxes in wider(realdata):
        if len(boxes) > 12:
            continue
        data = path.read_bytes()
        for fault, after in faulty(data, boxes):
            found = check(data, after, boxes, metadata="keep", outcome=Outcome.REDACTED)
            named = [p.detail for p in found.problems if p.reason in {"detail-left", "not-replaced"}]
            for box, core in zip(boxes, found.measures.cores, strict=True):
                bucket = sum(min(box.width, box.height) >= low for low in BUCKETS[1:])
                seen[fault, bucket] += 1
                hits[fault, bucket] += any(str(core.box) in detail for detail in named)
    for (fault, bucket), number in sorted(seen.items()):
        print(f"{fault}, from {BUCKETS[bucket]} px: {hits[fault, bucket]}/{number}")
    for (fault, bucket), number in seen.items():
        assert hits[fault, bucket] / number >= BARS[fault][bucket], (fault, BUCKETS[bucket])
