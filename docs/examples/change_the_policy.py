"""Look once, decide often: scan, decide, look at what would change, decide again, act."""

from pathlib import Path

import overpaint

STRICT = """
version = 1
title = "Faces are painted over; whole portraits leave"

[[rule]]
name = "portraits"
kind = "face"
min_confidence = 0.6
min_share = 0.3
treatment = "remove"
reason = "In these the person is the picture."

[[rule]]
name = "faces"
kind = "face"
min_confidence = 0.6
treatment = "redact"
reason = "People in the pictures were not asked."
"""

Path("strict.toml").write_text(STRICT)
overpaint.scan("photos", run="photos.run", profile="fast")
overpaint.decide("photos.run")
overpaint.act("photos.run", "photos-painted")

changes = overpaint.decide("photos.run", policy="strict.toml")
for (before, after), images in sorted(changes.counts.items()):
    print(f"{before} -> {after}: {images}")
summary = overpaint.act("photos.run")
print(summary.conservation.outcomes["removed"], "removed")
