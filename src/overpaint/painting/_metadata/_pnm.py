"""A portable bitmap's parts (Netpbm's P1 to P6), and the metadata policy on them: comments, and what comes behind."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from overpaint.errors import DecodeError, Unsupported
from overpaint.painting._metadata._pictures import picture_in
from overpaint.painting._metadata._words import Stripped, checked, stripped

__all__ = ["Pnm", "is_pnm", "plain_numbers", "read_pnm", "strip_pnm"]

_START: Final = re.compile(rb"P[1-6](?:[ \t\r\n\v\f]+[#0-9]|#)")
_TOKEN: Final = re.compile(rb"(?:[ \t\r\n\v\f]|#[^\r\n]*[\r\n])+([0-9]{1,10})(?![0-9])")
_COMMENT: Final = re.compile(rb"#[^\r\n]*[\r\n]?")
_BLANK: Final = b" \t\r\n\v\f"
_HEADER: Final = 65_536
_MOST: Final = 65_535


class Pnm(NamedTuple):
    """What the header says, and where it ends.

    ``kind`` is the figure of the signature: 1 to 3 are written as text, 4 to 6 as bytes; 1 and 4 are black and white,
    2 and 5 grey, 3 and 6 in colour. ``top`` is the largest value of a sample. ``start`` is where the pixels begin.
    """

    kind: int
    width: int
    height: int
    top: int
    start: int

    @property
    def channels(self) -> int:
        return 3 if self.kind in (3, 6) else 1

    @property
    def plain(self) -> bool:
        """Whether the pixels are written as text."""
        return self.kind <= 3

    @property
    def size(self) -> int:
        """Bytes of the pixels of a file that is not plain."""
        if self.kind == 4:
            return -(-self.width // 8) * self.height
        return self.width * self.height * self.channels * (1 if self.top < 256 else 2)


def is_pnm(data: bytes) -> bool:
    """Whether the bytes start like a portable bitmap that is known here."""
    return _START.match(data) is not None


def read_pnm(data: bytes) -> Pnm:
    """Read the header.

    Raises
    ------
    DecodeError
        ``not-a-pnm``, ``damaged-header``; ``truncated``: fewer pixels follow than it announces.
    """
    if not is_pnm(data):
        raise DecodeError("not-a-pnm", "the file does not begin as a portable bitmap does")
    kind, at, values = data[1] - ord("0"), 2, list[int]()
    for _ in range(2 if kind in (1, 4) else 3):
        token = _TOKEN.match(data, at, at + _HEADER)
        if token is None:
            raise _damaged()
        values.append(int(token[1]))
        at = token.end()
    width, height, top = (*values, 1)[:3]
    # A comment right behind the last number is read in two ways.
    if not (0 < width < 2**31 and 0 < height < 2**31 and 0 < top <= _MOST) or data[at : at + 1] not in _spaces():
        raise _damaged()
    pnm = Pnm(kind, width, height, top, at + 1)
    if len(data) - pnm.start < (width * height * pnm.channels if pnm.plain else pnm.size):
        raise DecodeError("truncated", "the bitmap ends inside its pixels")
    return pnm


def _spaces() -> tuple[bytes, ...]:
    return tuple(_BLANK[at : at + 1] for at in range(len(_BLANK)))


def _damaged() -> DecodeError:
    return DecodeError("damaged-header", "the bitmap's header is not three numbers that make sense")


def plain_numbers(data: bytes, pnm: Pnm) -> tuple[list[bytes], bytes]:
    """The samples of a plain file as they are written, and the text behind them.

    Raises
    ------
    DecodeError
        ``truncated``, ``damaged-data``.
    """
    text, many = _COMMENT.sub(b"\n", data[pnm.start :]), pnm.width * pnm.height * pnm.channels
    if pnm.kind == 1:  # the figures need no space between them
        figures = bytes(text).translate(None, _BLANK)
        found, rest = [figures[at : at + 1] for at in range(min(many, len(figures)))], figures[many:]
    else:
        parts = text.split(maxsplit=many)
        found, rest = parts[:many], b"".join(parts[many:])
    if len(found) < many:
        raise DecodeError("truncated", "the bitmap ends inside its pixels")
    if not all(len(number) <= 5 and number.isdigit() and int(number) <= pnm.top for number in found):
        raise DecodeError("damaged-data", "a pixel of the bitmap is no number up to the largest one")
    return found, rest


def strip_pnm(data: bytes, *, policy: str, painted: bool) -> Stripped:
    """A portable bitmap after the metadata policy; its samples are never changed.

    Parameters
    ----------
    data
        The file.
    policy, painted
        As for `strip_jpeg`.

    Raises
    ------
    DecodeError
        As `read_pnm` and `plain_numbers`.
    Unsupported
        ``several-pictures``: more pictures follow the first.
    UsageError
        There is no such policy.
    """
    known = checked(policy)
    if known == "keep" and not painted:
        return Stripped(data, ())
    pnm = read_pnm(data)
    removed = set[str]()
    head, body = data[: pnm.start], data[pnm.start :]
    if pnm.plain:
        _, rest = plain_numbers(data, pnm)
    else:
        body, rest = body[: pnm.size], body[pnm.size :].strip(_BLANK + b"\0")
    if re.match(rb"P[1-7]\s", rest):
        raise Unsupported("several-pictures", "the file holds several pictures one behind the other; split it")
    if rest:
        removed.add("data-after-end")
        if pnm.plain:
            body = _written(plain_numbers(data, pnm)[0])
    told = head + (body if pnm.plain else b"")
    if b"#" in told and (known != "keep" or picture_in(told)):
        removed.add("comment")
        head = _header(pnm)
        body = _COMMENT.sub(b"\n", body) if pnm.plain else body
    return stripped(head + body, removed) if removed else Stripped(data, ())


def _header(pnm: Pnm) -> bytes:
    top = b"" if pnm.kind in (1, 4) else b"%d\n" % pnm.top
    return b"P%d\n%d %d\n%s" % (pnm.kind, pnm.width, pnm.height, top)


def _written(numbers: list[bytes]) -> bytes:
    """Numbers in lines of less than 70 characters, as the format asks."""
    lines = (b" ".join(numbers[at : at + 11]) for at in range(0, len(numbers), 11))
    return b"\n".join(lines) + b"\n"
