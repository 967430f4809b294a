"""A GIF file as a list of blocks, and the metadata policy on them (GIF89a specification, 1990)."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from overpaint.errors import DecodeError
from overpaint.painting._metadata._pictures import picture_in, xmp_shows_picture
from overpaint.painting._metadata._words import Stripped, checked, stripped

__all__ = ["Block", "Gif", "blocks_payload", "is_gif", "read_gif", "strip_gif"]

_SIGNATURES: Final = (b"GIF87a", b"GIF89a")
TRAILER: Final = b"\x3b"
_INTRODUCER: Final = re.compile(rb"[\x21\x2c\x3b]")
_LOOPS: Final = (b"NETSCAPE2.0", b"ANIMEXTS1.0")
_LOOP_FIELDS: Final = {1: 3, 2: 5}
"""Sub-blocks of a loop extension: how often to play, and how many bytes to buffer; with their lengths."""
_PROFILE: Final = b"ICCRGBG1012"
_MOST_PROFILE: Final = 1 << 24


class Block(NamedTuple):
    """One block: its file bytes are ``start:end``; ``closed`` is False where the file ends in it.

    ``kind`` is ``control``, ``image``, ``loop``, ``profile``, or the name under which the policy removes it.
    """

    kind: str
    start: int
    end: int
    closed: bool


class Gif(NamedTuple):
    """A GIF's logical screen and its blocks; ``end`` is where the trailer ends, or the file if it has none."""

    width: int
    height: int
    table: int
    """Where the blocks begin: the global colour table lies between byte 13 and here."""
    blocks: list[Block]
    end: int
    closed: bool


def is_gif(data: bytes) -> bool:
    """Whether the bytes start like a GIF file."""
    return data[:6] in _SIGNATURES


def read_gif(data: bytes) -> Gif:
    """Cut a GIF into its blocks.

    Raises
    ------
    DecodeError
        ``not-a-gif``; ``truncated-header``; ``no-image-data``.
    """
    if not is_gif(data):
        raise DecodeError("not-a-gif", "the file does not begin with GIF's signature")
    size, at = len(data), 13 + _table(data[10] if len(data) > 10 else 0)
    if size < at:
        raise DecodeError("truncated-header", "the GIF ends in its header")
    table, blocks, closed = at, list[Block](), False
    while at < size and not closed:
        if data[at] == TRAILER[0]:
            closed, at = True, at + 1
            continue
        found = _block(data, at)
        blocks.append(found)
        at = found.end
    if not any(block.kind == "image" for block in blocks):
        raise DecodeError("no-image-data", "the GIF has no image")
    width, height = int.from_bytes(data[6:8], "little"), int.from_bytes(data[8:10], "little")
    return Gif(width, height, table, blocks, at, closed)


def _table(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _block(data: bytes, at: int) -> Block:
    """The block that begins at ``at``; bytes that begin none are one of their own, up to the next that does."""
    if data[at] == 0x2C:
        head = at + 10 + _table(data[at + 9] if at + 9 < len(data) else 0)
        if head >= len(data):
            return Block("stray-bytes", at, len(data), closed=False)  # not one pixel can be told
        end, closed = _end_of_blocks(data, head + 1)
        return Block("image", at, end, closed)
    if data[at] == 0x21:
        end, closed = _end_of_blocks(data, at + 2)
        return Block(_extension(data, at, end) if closed else "stray-bytes", at, end, closed)
    following = _INTRODUCER.search(data, at)
    return Block("stray-bytes", at, following.start() if following else len(data), closed=True)


def _end_of_blocks(data: bytes, at: int) -> tuple[int, bool]:
    """Behind the empty sub-block that ends a run of them, and whether there is one."""
    size = len(data)
    while at < size:
        length = data[at]
        at += length + 1
        if not length:
            return at, True
    return size, False


def _extension(data: bytes, at: int, end: int) -> str:
    label, first = data[at + 1], data[at + 3 : at + 3 + data[at + 2]]
    if label == 0xF9 and len(first) == 4:
        return "control"
    if label == 0xFF and first in _LOOPS:
        return "loop"
    if label == 0xFF and first == _PROFILE and end - at <= _MOST_PROFILE:
        return "profile"
    if label == 0xFF and first == b"XMP DataXMP":
        return "xmp"
    return {0xFE: "comment", 0x01: "text"}.get(label, "vendor-extension")


def blocks_payload(data: bytes, at: int, end: int) -> bytes:
    """The bytes of a run of sub-blocks without their lengths."""
    pieces = []
    while at < end and data[at]:
        pieces.append(data[at + 1 : min(end, at + 1 + data[at])])
        at += 1 + data[at]
    return b"".join(pieces)


def strip_gif(data: bytes, *, policy: str, painted: bool) -> Stripped:
    """A GIF after the metadata policy; its images, colour tables and their control blocks are never changed.

    Parameters
    ----------
    data
        The file.
    policy, painted
        As for `strip_jpeg`.

    Raises
    ------
    DecodeError
        As `read_gif`.
    UsageError
        There is no such policy.
    """
    known = checked(policy)
    if known == "keep" and not painted:
        return Stripped(data, ())
    gif = read_gif(data)
    removed, pieces = set[str](), [data[: gif.table]]
    for block in gif.blocks:
        whole = data[block.start : block.end]
        kept = _plain(block, whole)
        if kept is None:
            names = _shows(block, whole) if known == "keep" else {block.kind}
            removed |= names
            pieces.append(b"" if names else whole)
            continue
        if kept != whole:
            removed.add("stray-bytes")
        pieces.append(kept)
    if gif.end < len(data):
        removed.add("data-after-end")
    if not removed:
        return Stripped(data, ())
    return stripped(b"".join(pieces) + TRAILER, removed)


def _plain(block: Block, whole: bytes) -> bytes | None:
    """A block that shows the picture, with the fields that the standard gives it and no other; None: it is none."""
    if block.kind in {"image", "profile"}:
        return whole
    if block.kind == "control":
        return whole[:7] + b"\0"
    if block.kind != "loop":
        return None
    pieces, at = [whole[:14]], 14
    while whole[at]:
        if whole[at] == _LOOP_FIELDS.get(whole[at + 1]):
            pieces.append(whole[at : at + 1 + whole[at]])
        at += 1 + whole[at]
    return b"".join([*pieces, b"\0"])


def _shows(block: Block, whole: bytes) -> set[str]:
    """Under which names a block goes from a painted file of which everything else shall stay."""
    if block.kind == "xmp":
        return {"xmp", "xmp-image"} if xmp_shows_picture(whole) else set()
    if block.kind in {"comment", "text"}:
        picture = picture_in(blocks_payload(whole, 2, len(whole)))
        return {block.kind, picture} if picture else set()
    return {block.kind}
