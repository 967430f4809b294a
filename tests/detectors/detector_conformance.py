"""What every detector has to hold, whoever wrote it: the kit that ships for authors, asked of one that is open."""

from overpaint.testing import assert_detector


def check_detector(detector, images):
    """Assert that a detector keeps to all that is relied on, on these pictures."""
    assert_detector(
        lambda *, threads: detector,
        pictures={f"{number}: {image.shape[1]} x {image.shape[0]}": image for number, image in enumerate(images)},
    )
