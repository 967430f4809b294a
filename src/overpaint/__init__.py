"""overpaint: find, review and paint over what should not be in an image dataset."""

from overpaint._version import __version__

__all__ = ["__version__"]
