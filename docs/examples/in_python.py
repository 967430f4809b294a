from pathlib import Path

import overpaint

summary = overpaint.scrub("photos", "photos-painted", profile="fast")
print(summary.conservation.outcomes["redacted"], "of", summary.conservation.listed, "images painted")

result = overpaint.verify("photos-painted")
print(result.failed, "failed")

data = Path("photos/train/portrait/2.jpg").read_bytes()
painted = overpaint.paint(data, [overpaint.Box(114, 104, 206, 216)])
print(painted.outcome)
