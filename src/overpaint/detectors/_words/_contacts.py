"""Telephone numbers and names on platforms."""

from __future__ import annotations

import re
from collections.abc import Iterator

from overpaint.detectors._words._mark import Mark

__all__ = ["contacts"]

# Digits with single separators between groups; what stands beside must be no part of a longer number.
_NUMBER = re.compile(
    r"(?<![\w#$€£¥.,:/-])(\+|00(?=[1-9]))?\s?"
    r"((?:\(\+?\d{1,5}\)|\d{1,15})(?:[ ./()-]{1,3}\d{1,12}){0,6})"
    r"(?![\w%°€£$]|[.,:]\d)"
)
_NAMED = re.compile(
    r"\b(?:tel(?:efon|ephone|efono|éfono)?|phone|ph|fon|fone|call|mob(?:ile|il)?|cell|fax|whatsapp|hotline)"
    r"\b[ .:#-]{0,3}$",
    re.IGNORECASE,
)
_NANP = re.compile(r"(?:1[ .-]?)?(?:\([2-9]\d\d\)[ .-]?|[2-9]\d\d[ .-])[2-9]\d\d[ .-]\d{4}")
_VANITY = re.compile(r"(?<!\w)1?[ -]?8(?:00|33|44|55|66|77|88)[ -][A-Z0-9]{3}-?[A-Z0-9]{4,6}(?!\w)")
_DATE = re.compile(r"(?:\d{4}[ ./-]\d{1,2}[ ./-]\d{1,2}|\d{1,2}[ ./-]\d{1,2}[ ./-](?:\d{4}|\d\d))(?:\D.*)?")
_HANDLE = re.compile(r"(?<![\w.@/])@(?=[\w.]*[a-z])([\w][\w.]{1,28}[\w])(?![\w@])", re.IGNORECASE | re.ASCII)
_PLATFORM = re.compile(
    r"\b(?:facebook|fb|instagram|insta|ig|twitter|tiktok|snapchat|snap|youtube|telegram|skype|wechat|kik|tumblr|onlyfans|vk)"
    r"(?:\.com)?\s?[:/]\s?@?((?=[\w.]*[a-z])[\w][\w.]{2,28})",
    re.IGNORECASE | re.ASCII,
)
_VK = re.compile(r"(?:page|people|watch|video|photo)", re.IGNORECASE)


def contacts(text: str) -> Iterator[Mark]:
    """Telephone numbers (``text-phone``: their digits) and names on platforms (``text-handle``) in a `plain` string."""
    for found in _NUMBER.finditer(text):
        said = found[2].strip()
        if _is_phone(said, abroad=bool(found[1]), named=bool(_NAMED.search(text[: found.start()]))):
            yield Mark("text-phone", ("+" if found[1] else "") + re.sub(r"\D", "", said))
    for found in _VANITY.finditer(text):
        if re.search(r"[A-Z]", found[0]):
            yield Mark("text-phone", re.sub(r"[ -]", "", found[0]).lower())
    for found in _HANDLE.finditer(text):
        yield Mark("text-handle", found[1].lower())
    for found in _PLATFORM.finditer(text):
        if not _VK.fullmatch(found[1]):
            yield Mark("text-handle", found[1].lower().strip("."))


def _is_phone(said: str, *, abroad: bool, named: bool) -> bool:
    digits = re.sub(r"\D", "", said)
    groups = re.findall(r"\d+", said)
    if not 7 <= len(digits) <= 15 or len(set(digits)) < 3 or (_DATE.fullmatch(said) and not abroad):
        return False
    if abroad or _NANP.fullmatch(said):
        return True
    if named:
        return True
    if re.fullmatch(r"0[1-9].*|\(0[1-9]\d*\).*", said) and "/" not in said[5:]:
        # a national number with its 0: 01327 860801, (0)30 123456, 030/123456
        return 9 <= len(digits) <= 12 and max(map(len, groups)) <= 11 and (len(groups) > 1 or len(digits) in (10, 11))
    return False
