"""Domains that lead to sexual content: shipped rules, and lists of the user's own."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, field
from pathlib import Path

from overpaint.detectors._words._data import words
from overpaint.detectors._words._suffixes import Host, suffixes
from overpaint.errors import UsageError

__all__ = ["ENDING", "DomainList", "Domains", "read_list"]

ENDING = ".domains"
"""The ending of the name of a list of domains."""

_MOST_BYTES = 256 << 20
_MOST_NAMED = 5
_HOSTS_FILE = re.compile(r"(?:0\.0\.0\.0|127\.0\.0\.1|::1?)\s+")
_NAME = re.compile(r"(?=.{1,253}$)[^\W_](?:[\w-]{0,61}[^\W_])?(?:\.[^\W_](?:[\w-]{0,61}[^\W_])?)*")


@dataclass(frozen=True, slots=True)
class DomainList:
    """What a file of domains says.

    Attributes
    ----------
    names
        Domains; what lies below them is meant too.
    tops
        Top-level domains, without the dot.
    tokens
        Parts of registered names.
    bad
        How many lines say none of these.
    bad_lines
        The numbers of the first of those.
    """

    names: frozenset[str]
    tops: frozenset[str]
    tokens: frozenset[str]
    bad: int = 0
    bad_lines: tuple[int, ...] = ()


@dataclass(frozen=True)
class Domains:
    """Shipped rules and the user's lists together."""

    lists: tuple[DomainList, ...] = ()
    _tops: frozenset[str] = field(init=False)
    _tokens: re.Pattern[str] = field(init=False)
    _harmless: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        own = {token for one in self.lists for token in one.tokens}
        tops = frozenset(words("adult", "tops")).union(*(one.tops for one in self.lists))
        object.__setattr__(self, "_tops", tops)
        object.__setattr__(self, "_tokens", _any_of({*words("adult", "tokens"), *own}))
        object.__setattr__(self, "_harmless", _any_of(words("adult", "harmless")))

    def adult(self, whole: str, host: Host | None) -> bool:
        """Whether a host name (lower case; `host` is what is known of it) is on a list or looks like it."""
        if host is not None and host.top in self._tops:
            return True
        labels = whole.split(".")
        ways_up = {".".join(labels[i:]) for i in range(len(labels))}
        if any(not ways_up.isdisjoint(one.names) for one in self.lists):
            return True
        name = host.name if host else whole
        return self._tokens.search(self._harmless.sub("-", name)) is not None


def _any_of(parts: set[str] | tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(sorted((re.escape(part) for part in parts), key=lambda p: (-len(p), p))))


def read_list(path: Path) -> DomainList:
    """Read a list of domains: one a line, ``#`` begins a comment.

    ``example.com`` means that domain and all below it, ``.xxx`` a top-level domain, ``*token*`` a part of a registered
    name. Lines of a hosts file (``0.0.0.0 example.com``) are taken for the domain. Lines that are none of these are
    counted and left out.

    Raises
    ------
    UsageError
        If the file cannot be read or is no text in UTF-8, or if no line of it is a domain.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(_MOST_BYTES + 1)
        text = data.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text in UTF-8"
        raise UsageError(f"list of domains {path}: {reason}; give a text file with one domain a line") from error
    if len(data) > _MOST_BYTES:
        raise UsageError(f"list of domains {path}: larger than {_MOST_BYTES >> 20} MB; split it")
    names: set[str] = set()
    tops: set[str] = set()
    tokens: set[str] = set()
    bad: list[int] = []
    for number, line in enumerate(text.splitlines(), 1):
        said = _HOSTS_FILE.sub("", line.partition("#")[0].strip().lower()).rstrip(".")
        if said in {"", "localhost", "broadcasthost"}:
            continue
        if said.startswith("*") and said.endswith("*") and re.fullmatch(r"[a-z0-9-]{3,63}", said[1:-1]):
            tokens.add(said[1:-1])
        elif said.startswith(".") and _NAME.fullmatch(said[1:]) and "." not in said[1:]:
            tops.add(said[1:])
        elif "." in said and _NAME.fullmatch(said) and _is_top(said.rpartition(".")[2]):
            names.add(said)
        else:
            bad.append(number)
    if not names and not tops and not tokens:
        raise UsageError(
            f"list of domains {path}: no line of it is a domain; give one domain a line, as in example.com"
        )
    return DomainList(frozenset(names), frozenset(tops), frozenset(tokens), len(bad), tuple(bad[:_MOST_NAMED]))


@functools.cache
def _is_top(label: str) -> bool:
    return suffixes().publicsuffix(f"any.thing.{label}") is not None
