"""Dates, number plates and the marks of owners, by how they are written."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator, Sequence

from overpaint.detectors._words._data import words
from overpaint.detectors._words._mark import Mark
from overpaint.detectors._words._plain import folded

__all__ = ["dates", "owners", "plates"]

_Y, _YY, _M, _D = r"(?:19|20)\d\d", r"['’`]?\d\d", r"(?:0?[1-9]|1[0-2])", r"(?:0?[1-9]|[12]\d|3[01])"
_M2, _D2 = r"(?:0[1-9]|1[0-2])", r"(?:0[1-9]|[12]\d|3[01])"
_MONTH = (
    r"(?:jan(?:uary|uar)?|feb(?:ruary|ruar)?|mar(?:ch)?|m[äa]rz|apr(?:il)?|may|mai|june?|juni?|july?|juli?|aug(?:ust)?"
    r"|sept?(?:ember)?|o[ck]t(?:ober)?|nov(?:ember)?|de[cz](?:ember)?)"
)
_DATES = re.compile(
    r"(?<![\w.,/-])(?:"
    rf"{_Y}[.:/-] ?{_M}[.:/-] ?{_D}"  # 2003-12-25, as ISO and many cameras write it
    rf"|{_Y} {_M2} {_D2}"
    rf"|(?:{_D}[./-] ?{_M}|{_M}[./-] ?{_D})[./-] ?{_Y}"
    rf"|(?:{_D2}[/-]{_M2}|{_M2}[/-]{_D2})[/-]\d\d|{_D2}\.{_M2}\.\d\d"
    rf"|['`]\d\d[ .]{{1,2}}{_M}[ .]{{1,2}}{_D}"  # film cameras
    rf"|(?:{_D}[ .]{{1,2}}{_M}|{_M}[ .]{{1,2}}{_D})[ .]{{0,2}}['`]\d\d"
    rf"|{_D}(?:st|nd|rd|th|\.)?[ .-]?{_MONTH}\.?,?[ .'-]{{0,2}}(?:{_Y}|'?\d\d)"
    rf"|{_MONTH}\.?[ .-]?{_D}(?:st|nd|rd|th)?[ ,.]{{1,2}}'?(?:{_Y})"
    rf"|{_Y}年 ?{_M}月(?: ?{_D}日)?"
    r")(?![\w/-]|[.,]\d)",
    re.IGNORECASE,
)

_PLATES = re.compile(
    r"[A-Z]{1,3}[ .:-]{0,2}\d{3,4}[ .-]?[A-Z]{0,3}"  # ABC 1234, N2897, B-1234 AB
    r"|[A-Z]{1,3}[ .:-]{1,2}[A-Z]{1,2}[ .-]?\d{1,4}[EH]?"  # German: B-MA 1234
    r"|[A-Z]{2}\d{2}[ .-]?[A-Z]{3}|[A-Z]\d{1,3}[ .-]?[A-Z]{3}"  # British
    r"|\d{1,4}[ .-]?[A-Z]{2,3}[ .-]?\d{0,3}|[A-Z]{2}[ .-]?\d{3}[ .-]?[A-Z]{2}"  # 123 ABC, French and Italian AB-123-CD
    r"|\d[A-Z]{3}[ .-]?\d{3}|\d[A-Z]{2}[ .-]?\d{4}|[A-Z]{3}[ .-]?\d[A-Z]\d{2}"  # California, Czech, Mercosul
    r"|\d{2}[ .-][A-Z]{2}[ .-]\d{2}|\d{2}[ .-]\d{2}[ .-][A-Z]{2}|[A-Z]{2}[ .-]\d{2}[ .-]\d{2}"  # Dutch, Portuguese
)

_SIGN = re.compile(
    r"[©®](?=\s?[^\s\d]|\s?(?:19|20)\d\d)|\(c\)\s?(?=[^\W\d]{2}|(?:19|20)\d\d)|(?:19|20)\d\d ?©", re.IGNORECASE
)


def dates(text: str) -> Iterator[Mark]:
    """Dates as cameras and people write them (``text-date``) in a `plain` string."""
    for found in _DATES.finditer(text):
        yield Mark("text-date", re.sub(r"[^\w]+", "-", found[0].lower()).strip("-"))


def plates(text: str) -> Iterator[Mark]:
    """The whole `plain` string, if it is written like a number plate (``text-plate``)."""
    said = text.strip(" .:-*'\"|[]()")
    if not 5 <= len(said) <= 11 or not _PLATES.fullmatch(said):
        return
    bare = re.sub(r"[^A-Z0-9]", "", said)
    letters = re.split(r"\d+", bare)
    digits = re.findall(r"\d+", bare)
    if not 5 <= len(bare) <= 8 or len(set(bare)) < 3:
        return
    if letters[0] in words("plates", "products") or letters[-1] in words("plates", "units"):
        return
    if len(digits) == 1 and letters[0] and not letters[-1] and re.fullmatch(r"(?:19|20)\d\d|\d00|\d000", digits[0]):
        return  # MAY 2009, CANON 300
    yield Mark("text-plate", bare)


def owners(text: str) -> Iterator[Mark]:
    """Marks of owners and of picture agencies (``text-stock``) in a `plain` string."""
    folds = folded(text)
    ascii_folds = "".join(c for c in unicodedata.normalize("NFKD", folds) if not unicodedata.combining(c))
    tokens = [
        token.replace("foto", "photo") if len(token) < 6 else token for token in re.findall(r"[^\W_]+", ascii_folds)
    ]
    if (
        _SIGN.search(text)
        or _phrases().search(ascii_folds)
        or any(_has(tokens, one) and _has(tokens, two) for one, two in words("stock", "pairs"))
        or any(_is_agency(token) for token in tokens)
    ):
        yield Mark("text-stock", folds)


@functools.cache
def _phrases() -> re.Pattern[str]:
    return re.compile("|".join(rf"(?<![a-z]){re.escape(phrase)}(?![a-z])" for phrase in words("stock", "phrases")))


def _has(tokens: Sequence[str], word: str) -> bool:
    """Whether a word is there, perhaps with its end cut off."""
    return any(token in {word, word + "s"} or (len(token) >= 5 and word.startswith(token)) for token in tokens)


@functools.lru_cache(maxsize=4096)
def _is_agency(token: str) -> bool:
    if len(token) < 5:
        return False
    return any(token == name or (len(name) >= 6 and _close(token, name)) for name in words("stock", "names"))


def _close(token: str, name: str) -> bool:
    """Whether one letter is wrong, missing or too much, or, where five letters at either end are right, two."""
    start = next((i for i, (a, b) in enumerate(zip(token, name, strict=False)) if a != b), min(len(token), len(name)))
    one, two = token[start:], name[start:]
    if one[1:] == two[1:] or one == two[1:] or one[1:] == two:
        return True
    if len(name) < 7 or abs(len(token) - len(name)) > 2:
        return False
    if token.endswith(name[1:]):  # its logo was read as a letter or two
        return True
    return (token.endswith(name[-5:]) and len(token) <= len(name)) or token[:-2] == name[:-2] or token == name[:-2]
