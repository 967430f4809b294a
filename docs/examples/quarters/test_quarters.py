"""What overpaint asks of a detector, asked of this one."""

from quarters import quarters

from overpaint.testing import FabricatedPictures, assert_detector, installed

PICTURES = FabricatedPictures(huge=False)  # add some in which it has something to find


def test_here():
    assert_detector(quarters, pictures=PICTURES)


def test_installed_as_a_run_opens_it():
    assert_detector(installed("quarters"), pictures=PICTURES)
