"""Names as formats can hold them, and the line that says what such a file is."""

from __future__ import annotations

import os
import re

from ._model import Skip

__all__ = ["WARNING", "lined_name", "plain_name", "written_name"]

WARNING = "Written by overpaint. It names images that show people and says where: keep it as private as the run."
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def plain_name(key: str) -> str:
    """A key as text that every program can read; `Skip` where it is no UTF-8."""
    try:
        key.encode()
    except UnicodeEncodeError:
        raise Skip("name-not-utf8") from None
    return key


def lined_name(key: str) -> bytes:
    """A key as one line of bytes, for formats of lines; `Skip` where it breaks one or blanks would be lost."""
    if not key.strip() or any(c in key for c in "\n\r"):
        raise Skip("name-not-one-line")
    name = os.fsencode(key)
    # at the head of a file these would be taken for JSON, or for a byte-order mark
    return b"./" + name if name.lstrip()[:1] in (b"[", b"{") or name[:3] == b"\xef\xbb\xbf" else name


def written_name(key: str) -> str:
    """A key as XML 1.0 can hold it; `Skip` for control characters."""
    if _NOT_XML.search(plain_name(key)):
        raise Skip("name-not-in-xml")
    return key
