"""Decode with Pillow (16-bit PNG: OpenCV) into one plane a component, with what the contract says about each."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from PIL import Image, JpegImagePlugin, PngImagePlugin

from overpaint.checks._apng_frames import png_of
from overpaint.checks._blocks import JPEG, PNG, Walk, walk_jpeg, walk_png

__all__ = ["MOST_PIXELS", "Component", "Picture", "decode", "walk"]

MOST_PIXELS = 200_000_000
"""Of one picture: its samples, and what is measured on them, are held in memory."""

_PROGRESSIVE = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
_NEEDED = frozenset({b"PLTE", b"tRNS", b"IDAT"})
_TRUNCATED_END = b"\xff\xd9"


@dataclass(frozen=True, slots=True)
class Component:
    """One component's samples at full resolution, as the decoder interpolated them.

    Parameters
    ----------
    name
        A letter for messages.
    samples
        Height x width, uint8 or uint16.
    step
        ``(x, y)``: pixels a coded sample spans.
    table
        8 x 8 quantisation steps, natural order; None where the codec does not quantise.
    alpha
        Whether it is an opacity, which no look changes.
    error
        Root mean square error, in levels, that the output's coding adds; 0 where it is exact or ``table`` tells.
    middle
        What ``fill`` puts in its place.
    mixing
        Pixels on each side of an edge where coding it at half the resolution mixes what lies there.
    limit
        The share of detail that may be left, before three standard errors.
    """

    name: str
    samples: NDArray[np.uint8] | NDArray[np.uint16] | NDArray[np.float32]
    step: tuple[int, int]
    table: NDArray[np.float32] | None
    alpha: bool = False
    error: float = 0.0
    middle: float = 128.0
    mixing: int = 0
    limit: float = 0.10


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded file.

    ``samples`` are height x width x components, of which each component shows its own. ``mixed`` says that the
    components shown are not those that were coded (YCCK shown as CMYK): an edited block of one is then seen in all.
    ``duration`` is told only by decoders of sequences that no walk of this room reads. ``clear`` are pixels of the one
    colour that stands for "transparent": they must keep it, and it tells no more than the opacity does.
    """

    width: int
    height: int
    mode: str
    depth: int
    sampling: tuple[tuple[int, int], ...]
    tables: tuple[tuple[int, ...], ...]
    progressive: bool
    samples: NDArray[np.uint8] | NDArray[np.uint16]
    components: tuple[Component, ...]
    mixed: bool = False
    duration: float = 0.0
    clear: NDArray[np.bool_] | None = None

    def step(self, index: int) -> tuple[int, int]:
        """Pixels that a sample of a coded component spans (rounded down where the ratio is no whole number)."""
        wide, high = max(h for h, _ in self.sampling), max(v for _, v in self.sampling)
        return wide // self.sampling[index][0], high // self.sampling[index][1]


def walk(data: bytes) -> Walk | None:
    """Take a file apart by its first bytes; None when it is neither JPEG nor PNG."""
    if data.startswith(JPEG[:2]):
        return walk_jpeg(data)
    return walk_png(data) if data.startswith(PNG) else None


def decode(data: bytes, blocks: Walk, *, lenient: bool) -> Picture | None:
    """Decode to components; None where the decoder cannot, or a header announces more than `MOST_PIXELS`.

    Parameters
    ----------
    lenient
        Whether a file that ends too early is decoded as far as it goes (a source, never what was written).
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if data.startswith(PNG):
                return _png(data, blocks)
            try:
                return _jpeg(data, blocks)
            except (OSError, SyntaxError):
                return _jpeg(data + _TRUNCATED_END, blocks) if lenient else None
    except Exception:  # noqa: BLE001 - as above
        return None


def _bounded(size: tuple[int, int]) -> None:
    if size[0] * size[1] > MOST_PIXELS:
        raise ValueError("too many pixels")


def _jpeg(data: bytes, blocks: Walk) -> Picture:
    image = JpegImagePlugin.JpegImageFile(io.BytesIO(data))
    _bounded(image.size)
    mode = image.mode
    layers = sorted(image.layer, key=image.layer.index)
    wide, high = max(h for _, h, _, _ in layers), max(v for _, _, v, _ in layers)
    exact = not any(wide % h or high % v for _, h, v, _ in layers)
    tables = tuple(tuple(image.quantization[t]) for _, _, _, t in layers)
    names = {"L": "Y", "CMYK": "CMYK"}.get(mode, "RGB")
    if mode == "RGB" and image.info.get("adobe_transform") != 0:
        names = "YCC"
    samples = _pixels(image, ycc=names == "YCC")
    if samples is None:  # the file's own components are red, green and blue
        names, samples = "RGB", np.asarray(JpegImagePlugin.JpegImageFile(io.BytesIO(data)))
    samples = samples.reshape(*samples.shape[:2], -1)
    mixed = mode == "CMYK" and image.info.get("adobe_transform") == 2
    coarse = np.array(tables, np.float32).max(axis=0).reshape(8, 8)
    components = tuple(
        Component(
            name=f"{name}{index}" if names == "YCC" and index else name,
            samples=samples[:, :, index],
            step=(wide // h, high // v) if exact and not mixed else (1, 1),
            table=coarse if mixed or not exact else np.array(tables[index], np.float32).reshape(8, 8),
        )
        for index, (name, (_, h, v, _)) in enumerate(zip(names, layers, strict=True))
    )
    height, width = samples.shape[:2]
    marker = blocks.frame.name if isinstance(blocks.frame.name, int) else 0
    return Picture(
        width=width,
        height=height,
        mode=mode,
        depth=8,
        sampling=tuple((h, v) for _, h, v, _ in layers),
        tables=tables,
        progressive=marker in _PROGRESSIVE,
        samples=samples,
        components=components,
        mixed=mixed or not exact,
    )


def _pixels(image: JpegImagePlugin.JpegImageFile, *, ycc: bool) -> NDArray[np.uint8] | None:
    if not ycc:
        return np.asarray(image)
    image.draft("YCbCr", image.size)
    try:
        return _shared(image)
    except OSError as error:
        # libjpeg has no way from RGB components to YCbCr; a file that ends too early says "truncated".
        if "truncated" in str(error):
            raise
        return None


def _shared(image: JpegImagePlugin.JpegImageFile) -> NDArray[np.uint8]:
    """Pillow's own memory, height x width x 4 (the last is padding): copying a large picture costs half of decoding it.

    Pillow hands it out by the Arrow interface where it lies in one block, as it does while this allocator is chosen.
    """
    core: Any = vars(Image)["core"]
    core.set_use_block_allocator(1)
    try:
        image.load()
    finally:
        core.set_use_block_allocator(0)
    flat = pa.array(image).flatten().to_numpy(zero_copy_only=True)
    return np.asarray(flat.reshape(image.height, image.width, 4), np.uint8)


def _eight_bits(data: bytes, blocks: Walk) -> Image.Image:
    """A PNG loaded by Pillow; where it gives up on what is no picture, such as texts, by the picture's chunks alone."""
    try:
        image: Image.Image = PngImagePlugin.PngImageFile(io.BytesIO(data))
        _bounded(image.size)
        image.load()
    except (OSError, SyntaxError, ValueError):
        needed = [(b"IHDR", blocks.frame.payload)]
        needed += [(s.name, s.payload) for s in blocks.picture if s.name in _NEEDED and isinstance(s.name, bytes)]
        image = PngImagePlugin.PngImageFile(io.BytesIO(png_of([*needed, (b"IEND", b"")])))
        image.load()
    return image


def _png(data: bytes, blocks: Walk) -> Picture:
    header = blocks.frame.payload
    depth, kind, key, mask = header[8], header[9], False, None
    _bounded(blocks.size)
    if depth == 16:
        if not blocks.complete:  # OpenCV allocates what the header of a chunk announces, before it reads
            raise ValueError("a chunk does not fit")
        samples: NDArray[np.uint8] | None = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        if samples is None:
            raise ValueError("OpenCV cannot decode it")
        mode, names = f"16-bit kind {kind}", "BGRA" if kind in {2, 6} else "YA"
        mask = _keyed(samples, blocks)
    else:
        image = _eight_bits(data, blocks)
        mode = image.mode
        key = mode in {"1", "L", "RGB"} and "transparency" in image.info
        clear = "transparency" in image.info or mode in {"LA", "RGBA"}
        wanted = ("LA" if clear else "L") if mode in {"1", "L", "LA"} else ("RGBA" if clear else "RGB")
        samples = np.asarray(image.convert(wanted))
        names = wanted.replace("L", "Y")
    samples = samples.reshape(*samples.shape[:2], -1)
    height, width = samples.shape[:2]
    return Picture(
        width=width,
        height=height,
        mode=mode,
        depth=depth,
        sampling=(),
        tables=(),
        progressive=bool(header[12]),
        samples=samples,
        clear=samples[:, :, -1] == 0 if key else mask,
        components=tuple(
            Component(
                names[i],
                samples[:, :, i],
                (1, 1),
                None,
                alpha=names[i] == "A",
                middle=32768.0 if depth == 16 else 128.0,
            )
            for i in range(samples.shape[2])
        ),
    )


def _keyed(samples: NDArray[np.uint8], blocks: Walk) -> NDArray[np.bool_] | None:
    """Pixels of a 16-bit PNG that have the one colour that stands for "transparent"."""
    key = next((s.payload for s in blocks.picture if s.name == b"tRNS"), b"")
    colour = np.frombuffer(key[: len(key) // 2 * 2], ">u2")[::-1]  # OpenCV's order is blue, green, red
    if len(colour) not in {1, 3}:
        return None
    planes = samples.reshape(*samples.shape[:2], -1)[:, :, : len(colour)]
    return np.asarray((planes == colour).all(axis=2), np.bool_)
