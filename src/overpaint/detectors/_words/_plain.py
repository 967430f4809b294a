"""What was read, brought into a form in which equal things are equal."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["MOST_CHARACTERS", "folded", "plain"]

MOST_CHARACTERS = 2000
"""Of one string that is looked at: no line of a picture is as long."""

_ROUNDS = 4
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})  # controls, marks of direction, half characters, nothing at all
_BLANKS = re.compile(r"\s+")
_LOOKALIKES = str.maketrans(
    {**dict.fromkeys("。．｡·•∙", "."), **dict.fromkeys("，‚、", ","), **dict.fromkeys("–—−‐‑", "-")}
    | {**dict.fromkeys("‘’´`", "'"), **dict.fromkeys("“”″", '"')}
)
# Cyrillic and Greek letters that look like Latin ones, where a recogniser mixes scripts within a word
_LATIN = str.maketrans("аеоорсухівкмнтАВЕКМНОРСТХІοανρΑΒΕΗΙΚΜΝΟΡΤΥΧ", "aeoopcyxibkmhtABEKMHOPCTXIoavpABEHIKMNOPTYX")
_MIXED = re.compile(r"[A-Za-z0-9./@-]*[A-Za-z][\w./@-]*")


def plain(text: str) -> str:
    """One line in compatibility form (NFKC), without invisible characters, blanks single, dots and dashes plain."""
    text = text[:MOST_CHARACTERS]
    for _ in range(_ROUNDS):  # what was taken out may bring together what combines
        before, text = text, _once(text)
        if text == before:
            break
    return text


def _once(text: str) -> str:
    spaced = _BLANKS.sub(" ", text)
    seen = "".join(c for c in spaced if unicodedata.category(c) not in _INVISIBLE)
    normal = unicodedata.normalize("NFKC", seen)[:MOST_CHARACTERS].translate(_LOOKALIKES)
    return _BLANKS.sub(" ", _MIXED.sub(lambda m: m[0].translate(_LATIN), normal)).strip()


def folded(text: str) -> str:
    """`plain` without regard to capitals: what is hashed of a text that has no form of its own."""
    return plain(plain(text).casefold())
