"""One thing that a string of text says."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Mark"]


@dataclass(frozen=True, slots=True)
class Mark:
    """Something in a string that can lead to a person or a site.

    Attributes
    ----------
    kind
        ``text-url``, ``text-email`` ...
    text
        In a form in which equal things are equal: a registered domain, the digits of a phone number.
    """

    kind: str
    text: str
