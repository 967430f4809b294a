"""Addresses of sites and of mail in a string that a recogniser read, with the slips that recognisers make."""

from __future__ import annotations

import re
from collections.abc import Iterator

from overpaint.detectors._words._data import slips, words
from overpaint.detectors._words._lists import Domains
from overpaint.detectors._words._mark import Mark
from overpaint.detectors._words._suffixes import Host, host_of

__all__ = ["addresses", "unfinished"]

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_SCHEME = re.compile(
    r"(?<![a-z0-9])h\s?t\s?t\s?p\s?s?\s?"
    r"(?:[:;.,]\s?(?:[/\\|]{1,3}|[li1][/\\|]{1,2}|[li1]{2}(?=www)|(?=[a-z0-9]))|[/\\|]{1,3})\s?",
    re.IGNORECASE,
)
_WWW = re.compile(
    r"(?<![a-z0-9@])(?:(?:w|vv){3}(?:\s?[.,:;_-]+\s?|\s)|(?:w|vv){2}[.,]\s?)(?=[^\W_])",
    re.IGNORECASE,
)
_DOTS = re.compile(
    r"(?<=[a-z0-9])(?: ?\.+ ?|,)(?=(?:com|c0m)\b)|(?<=[a-z0-9])(?:\.\.+|,)(?=(?:net|org)\b)| \. (?=[a-z0-9])",
    re.IGNORECASE,
)
_ENDS = re.compile(r"\.(" + "|".join(map(re.escape, slips())) + r")(?![a-z0-9-])", re.IGNORECASE)
_GLUED = re.compile(r"(?<=[a-z0-9]{3})(com|net|org)$")
_AT = re.compile(r"(?<=[\w.+-]) ?(?:@|\(at\)|\[at\]) ?(?=[a-z0-9])", re.IGNORECASE)

_MAIL = re.compile(
    rf"(?<![\w.+-])([\w+-](?:[\w.+-]{{0,62}}[\w+-])?)@({_LABEL}(?:\.{_LABEL}){{1,9}})", re.IGNORECASE | re.ASCII
)
_MARKED = re.compile(r"(?:http://(?:www\.)?|(?<![a-z0-9@])www\.)([\w-]+(?:\.[\w-]+){0,10})", re.IGNORECASE)
_BARE = re.compile(
    rf"(?<![\w.@-])({_LABEL}(?:\.{_LABEL}){{1,9}})(?![@\w-])(/[\w~%./?=&#-]*)?", re.IGNORECASE | re.ASCII
)
_UNFINISHED = re.compile(r"(?:(?:https?:/{0,2}|www\.)[\w.-]*|[\w-]+[.@])$", re.IGNORECASE | re.ASCII)


def addresses(text: str, domains: Domains) -> Iterator[Mark]:
    """Sites (``text-url``; those on the lists ``text-adult``) and mail addresses in a `plain` string.

    A site's text is its registered domain, or what is left of the host where its end cannot be known.
    """
    text = repaired(text)
    for mail in _MAIL.finditer(text):
        host = host_of(mail[2].lower())
        if host is not None:
            yield Mark("text-email", mail[0].lower())
            yield from (Mark("text-adult", host.domain) for _ in range(domains.adult(mail[2].lower(), host)))
    rest = _MAIL.sub(" ", text)
    seen: set[str] = set()
    for whole, host in _hosts(rest):
        told = host.domain if host else whole
        if told not in seen:
            seen.add(told)
            yield Mark("text-adult" if domains.adult(whole, host) else "text-url", told)


def repaired(text: str) -> str:
    """A string with what recognisers do to addresses undone: ``www,site . c0m`` becomes ``www.site.com``."""
    text = _SCHEME.sub("http://", text)
    text = _WWW.sub("www.", text)
    text = _AT.sub("@", text)
    text = _DOTS.sub(".", text)
    return _ENDS.sub(lambda m: "." + slips()[m[1].lower()], text)


def unfinished(text: str) -> bool:
    """Whether an address breaks off at the end of a `plain` string: the next string on the line belongs to it."""
    last = _UNFINISHED.search(repaired(text))
    return last is not None and (last[0][-1] in ".@/" or host_of(re.sub(r".*(?:www\.|/)", "", last[0].lower())) is None)


def _hosts(text: str) -> Iterator[tuple[str, Host | None]]:
    spans = []
    for found in _MARKED.finditer(text):
        spans.append(found.span())
        whole = found[1].lower().strip(".-_").replace("_", "-")
        yield from _longest(whole)
    for found in _BARE.finditer(text):
        if any(start < found.end(1) and found.start(1) < stop for start, stop in spans):
            continue
        host = host_of(_bare(found[1]))
        if host is not None and _believed(found[1], host, alone=found[0] == text, path=bool(found[2])):
            yield found[1].lower(), host


def _longest(whole: str) -> Iterator[tuple[str, Host | None]]:
    """What follows www: the host in it, where some has run into the text behind it the part that is one."""
    if len(whole.replace(".", "")) < 2 or not re.search(r"[^\W\d_]", whole):
        return
    ascii_part = re.match(r"[a-z0-9.-]*[a-z0-9]", whole)
    for candidate in filter(None, (whole, ascii_part and ascii_part[0], _GLUED.sub(r".\1", whole))):
        host = host_of(candidate)
        if host is not None:
            yield candidate, host
            return
    yield whole, None


def _bare(text: str) -> str:
    """Lower case, without the scheme and a www that has lost its dot."""
    text = re.sub(r"^(?:https?:/{0,2})?(?:www\.?(?=[\w-]+\.))?", "", text.lower())
    return text.strip(".-")


def _believed(written: str, host: Host, *, alone: bool, path: bool) -> bool:
    """Whether a name with neither www nor http before it is a site, and not a file, a word or an abbreviation."""
    if not re.search(r"[a-z]", host.name) or len(host.name) < 2:
        return False
    if host.suffix in words("urls", "sure") or host.top in words("adult", "tops"):
        return len(host.name) > 2 or alone or path
    tail = written[-len(host.suffix) :]
    if tail != tail.lower() and not (written == written.upper() and alone):
        return False  # Day.So, Dr.No
    if host.top in words("urls", "unsure"):
        return path and len(host.name) > 2
    return (alone or path) and len(host.name) > 2 and written in (written.lower(), written.upper())
