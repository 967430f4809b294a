"""Scrub a folder, verify the copy, and say what came of every image."""

import overpaint


def show(what: str, done: int, total: int) -> None:
    """Called with what is going on, how many samples are done, and of how many; put a progress bar here."""


summary = overpaint.scrub("photos", "photos-painted", profile="fast", progress=show)
for outcome, images in summary.conservation.outcomes.items():
    print(f"{outcome}: {images}")

result = overpaint.verify("photos-painted")
print(f"{result.checked} checked, {result.failed} failed")
overpaint.report("photos-painted.run")
