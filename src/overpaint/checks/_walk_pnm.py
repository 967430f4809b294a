"""Portable bitmaps by their own reading of the format (Netpbm's pbm, pgm and ppm): header, comments, samples."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from overpaint.checks._contents import Contents, Frame, Part

__all__ = ["samples_of_pnm", "walk_pnm"]

_WHITE = b" \t\n\v\f\r"


def walk_pnm(data: bytes) -> Contents:
    """Take a portable bitmap apart: numbers of the header, comments, samples, and what lies behind them."""
    kind, numbers, comments, start = _header(data)
    width, height, top = numbers
    colours, body = 3 if kind in {3, 6} else 1, data[start:]
    if kind > 3:
        row = -(-width // 8) if kind == 4 else width * colours * (2 if top > 255 else 1)
        pixels, behind = body[: row * height], body[row * height :]
        complete = len(pixels) == row * height
    else:
        remarks, words = _figures(body, one_by_one=kind == 1)
        comments += remarks
        many = width * height * colours
        pixels, behind = b" ".join(words[:many]), b"".join(words[many:])
        complete = len(words) >= many
    parts = [Part("text", "comment", comment) for comment in comments if comment.strip()]
    parts.append(Part("picture", "header", repr((kind, numbers)).encode()))
    parts.append(Part("picture", "samples", pixels))
    behind = behind.strip(_WHITE + b"\0")
    frame = Frame(width, height, depth=16 if top > 255 else 8)
    return Contents("pnm", (frame,), tuple(parts), trailing=len(behind), complete=complete)


def samples_of_pnm(data: bytes) -> tuple[NDArray[np.uint8] | NDArray[np.uint16], int]:
    """Height x width x 1 or 3, and the largest value; black and white as 0 and 255."""
    kind, (width, height, top), _, start = _header(data)
    colours = 3 if kind in {3, 6} else 1
    many = width * height * colours
    if kind == 4:
        bits = np.unpackbits(np.frombuffer(data, np.uint8, -(-width // 8) * height, start).reshape(height, -1), axis=1)
        white: NDArray[np.uint8] = (255 * (1 - bits[:, :width])).astype(np.uint8)
        return white.reshape(height, width, 1), 255
    if kind > 3:
        found = np.frombuffer(data, np.dtype(">u2" if top > 255 else "u1"), many, start)
    else:
        _, words = _figures(data[start:], one_by_one=kind == 1)
        found = np.array([int(word) for word in words[:many]])
        if kind == 1:
            found, top = 255 * (1 - found), 255
    shaped = found.reshape(height, width, colours)
    return (shaped.astype(np.uint16) if top > 255 else shaped.astype(np.uint8)), top


def _header(data: bytes) -> tuple[int, tuple[int, int, int], list[bytes], int]:
    """Kind, numbers, comments, and where the samples begin; one white byte ends the header."""
    kind, at, numbers, comments = int(data[1:2]), 2, list[int](), list[bytes]()
    while len(numbers) < (2 if kind in {1, 4} else 3):
        byte = data[at : at + 1]
        if byte == b"#":
            end = min(
                (place for place in (data.find(b"\n", at), data.find(b"\r", at)) if place >= 0), default=len(data)
            )
            comments.append(data[at + 1 : end])
            at = end
        elif byte and byte in _WHITE:
            at += 1
        else:
            end = at
            while data[end : end + 1].isdigit() and end < at + 10:
                end += 1
            numbers.append(int(data[at:end]))  # ValueError where it is none: the file is no picture
            at = end
    width, height, top = (*numbers, 1)[:3]
    if not (width and height and 0 < top < 65536):
        raise ValueError("numbers that make no picture")
    return kind, (width, height, top), comments, at + 1


def _figures(body: bytes, *, one_by_one: bool) -> tuple[list[bytes], list[bytes]]:
    """Comments and numbers of a file that is written as text."""
    remarks = re.findall(rb"#([^\r\n]*)", body)
    words = re.sub(rb"#[^\r\n]*", b" ", body).split()
    if one_by_one:
        text = b"".join(words)
        words = [text[at : at + 1] for at in range(len(text))]
    return remarks, words
