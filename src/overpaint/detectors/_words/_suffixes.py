"""Which part of a host name is somebody's, by the public suffix list (publicsuffix.org, in `publicsuffixlist`)."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import Any

from overpaint.errors import UsageError

__all__ = ["Host", "host_of", "suffixes"]

_LABEL = re.compile(r"(?!-)[^\W_](?:[\w-]{0,61}[^\W_])?")
_MOST_LABELS = 12


@dataclass(frozen=True, slots=True)
class Host:
    """A host name whose end is a public suffix.

    Attributes
    ----------
    domain
        The suffix and one label before it: what one person or company registers (``example.co.uk``).
    name
        That label (``example``).
    suffix
        The public suffix (``co.uk``).
    """

    domain: str
    name: str
    suffix: str

    @property
    def top(self) -> str:
        """The top-level domain (``uk``)."""
        return self.suffix.rpartition(".")[2]


@functools.cache
def suffixes() -> Any:
    """The list, read once (some 50 ms).

    Raises
    ------
    UsageError
        If the package that carries it is not installed.
    """
    try:
        from publicsuffixlist import PublicSuffixList
    except ImportError as error:
        raise UsageError(
            "text: the public suffix list is missing; run `pip install 'overpaint[text]'`, "
            "or leave text out of --detectors"
        ) from error
    return PublicSuffixList(accept_unknown=False)


@functools.lru_cache(maxsize=4096)
def host_of(text: str) -> Host | None:
    """The host in lower-case `text`, or None if it is no name below a public suffix."""
    labels = text.split(".")
    if len(text) > 253 or not 2 <= len(labels) <= _MOST_LABELS or not all(_LABEL.fullmatch(one) for one in labels):
        return None
    domain = suffixes().privatesuffix(text)
    if domain is None:
        return None
    name, _, suffix = domain.partition(".")
    return Host(domain, name, suffix)
