"""A slow, obvious writer, reader and player of animated PNGs, after the specification; around `naive_png`."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import naive_png
import numpy as np
from fabricated_metadata import png_chunk, png_chunks


@dataclass(frozen=True)
class Part:
    """A frame: samples as they are stored, its place, and how it comes and goes."""

    samples: np.ndarray
    x: int = 0
    y: int = 0
    disposal: int = 0
    blend: int = 0
    delay: bytes = b"\0\3\0\7"
    packed: bytes = b""


def write(
    width: int,
    height: int,
    colour: int,
    depth: int,
    *parts: Part,
    chunks: tuple[bytes, ...] = (),
    still: np.ndarray | None = None,
    interlaced: bool = False,
) -> bytes:
    """A file; with ``still`` the default image is no frame of the animation."""

    def packed(samples: np.ndarray) -> list[bytes]:
        png = naive_png.write(samples, colour, depth, interlaced=interlaced)
        return [payload for kind, payload in png_chunks(png) if kind == b"IDAT"]

    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, int(interlaced))
    out = [png_chunk(b"IHDR", head), png_chunk(b"acTL", struct.pack(">II", len(parts), 3)), *chunks]
    if still is not None:
        out += [png_chunk(b"IDAT", payload) for payload in packed(still)]
    number = 0
    for part in parts:
        h, w = part.samples.shape[:2]
        place = struct.pack(">5I", number, w, h, part.x, part.y)
        out.append(png_chunk(b"fcTL", place + part.delay + bytes((part.disposal, part.blend))))
        number += 1
        for payload in packed(part.samples):
            if part is parts[0] and still is None:
                out.append(png_chunk(b"IDAT", payload))
            else:
                out.append(png_chunk(b"fdAT", struct.pack(">I", number) + payload))
                number += 1
    return b"\x89PNG\r\n\x1a\n" + b"".join(out) + png_chunk(b"IEND", b"")


def read(data: bytes) -> tuple[np.ndarray, int, int, dict[bytes, bytes], list[Part]]:
    """The default image, colour type, depth, other chunks and the frames; all in their order, numbers checked."""
    still, colour, depth, others = naive_png.read(data)
    parts: list[tuple[bytes, bytes]] = []
    number = 0
    for kind, payload in png_chunks(data):
        if kind in (b"fcTL", b"fdAT"):
            assert int.from_bytes(payload[:4], "big") == number
            number += 1
        if kind == b"fcTL":
            parts.append((payload, b""))
        elif kind == b"fdAT":
            parts[-1] = (parts[-1][0], parts[-1][1] + payload[4:])
        elif kind == b"IDAT" and parts:
            parts[-1] = (parts[-1][0], parts[-1][1] + payload)
    frames = []
    for told, packed in parts:
        _, w, h, x, y = struct.unpack(">5I", told[:20])
        head = struct.pack(">IIBBBBB", w, h, depth, colour, 0, 0, 0)
        alone = [png_chunk(b"IHDR", head), png_chunk(b"IDAT", packed), png_chunk(b"IEND", b"")]
        samples = naive_png.read(b"\x89PNG\r\n\x1a\n" + b"".join(alone))[0]
        frames.append(Part(samples, x, y, told[24], told[25], told[20:24], packed))
    return still, colour, depth, others, frames


def rgba(samples: np.ndarray, colour: int, depth: int, chunks: dict[bytes, bytes]) -> np.ndarray:
    """Colours and alpha at 8 or 16 bits, as whole numbers; grey as one channel."""
    clear = chunks.get(b"tRNS", b"")
    top = 65535 if depth == 16 else 255
    if colour == 3:
        table = np.frombuffer(chunks[b"PLTE"], np.uint8).reshape(-1, 3)
        alpha = np.array([*clear, *[255] * (len(table) - len(clear))])
        return np.dstack([table[samples[..., 0]], alpha[samples[..., 0]]]).astype(int)
    values = samples.astype(int)
    if colour in (4, 6):
        return values
    alpha = np.full(samples.shape[:2], top)
    if clear:
        key = [int.from_bytes(clear[i : i + 2], "big") for i in range(0, len(clear), 2)]
        alpha[(values == key).all(axis=2)] = 0
    return np.dstack([values * (255 // ((1 << depth) - 1) if depth < 8 else 1), alpha])


def over(below: np.ndarray, new: np.ndarray, top: int) -> np.ndarray:
    """One pixel over another, in fractions rounded at the end."""
    a, b = int(new[-1]), int(below[-1])
    if a == 0:
        return below
    if a == top or b == 0:
        return new
    u, v = a * top, (top - a) * b
    colours = [(int(n) * u + int(o) * v + (u + v) // 2) // (u + v) for n, o in zip(new[:-1], below[:-1], strict=True)]
    return np.array([*colours, (u + v + top // 2) // top])


def play(
    width: int, height: int, parts: list[Part], colour: int, depth: int, chunks: dict[bytes, bytes]
) -> list[tuple[np.ndarray, np.ndarray]]:
    """For each frame the canvas before it, and what a viewer shows."""
    top = 65535 if depth == 16 else 255
    canvas = np.zeros((height, width, 2 if colour in (0, 4) else 4), int)
    out = []
    for number, part in enumerate(parts):
        before = canvas.copy()
        new = rgba(part.samples, colour, depth, chunks)
        h, w = new.shape[:2]
        for y, x in np.ndindex(h, w):
            old = canvas[part.y + y, part.x + x]
            canvas[part.y + y, part.x + x] = over(old, new[y, x], top) if part.blend else new[y, x]
        out.append((before, canvas.copy()))
        if part.disposal == 2 and number:
            canvas = before
        elif part.disposal:
            canvas[part.y : part.y + h, part.x : part.x + w] = 0
    return out
