"""JSON in UTF-8 of names that may be none: names of files are bytes, and Python keeps odd ones as lone surrogates."""

from __future__ import annotations

import json

__all__ = ["json_text"]


def json_text(value: object) -> str:
    """One value on one line, letters as they are; as escapes where they hold what UTF-8 cannot say."""
    text = json.dumps(value, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value)
    return text
