"""Paint one image in memory: no run, no files, no detector but your own eyes."""

from pathlib import Path

from overpaint import Box, Outcome, paint
from overpaint.errors import SampleError

data = Path("photos/train/portrait/2.jpg").read_bytes()

painted = paint(data, [Box(114, 104, 206, 216)], look="mosaic", cells=4)
assert painted.outcome is Outcome.REDACTED
print(painted.outcome, painted.faces_painted, painted.metadata_removed)
Path("painted.jpg").write_bytes(painted.data)

nothing = paint(data, [])
print(nothing.outcome, nothing.data == data)

try:
    paint(b"no image", [])
except SampleError as error:
    print(error.reason)
