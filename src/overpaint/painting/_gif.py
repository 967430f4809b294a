"""Painting a GIF, still or animated: pixels outside the footprints keep their numbers, other frames their bytes."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from overpaint.errors import Unsupported
from overpaint.painting._coded import MAX_PIXELS, PaintedFile, checked_look, unpainted
from overpaint.painting._gif_frames import Frame, coded, decoded, read_frames
from overpaint.painting._gif_palette import counted, gained, nearest
from overpaint.painting._metadata._gif import Block, read_gif, strip_gif
from overpaint.painting._regions import regions
from overpaint.painting._stage import Canvas, Rectangle, Shown, Stage, Window, meets
from overpaint.records import Box

__all__ = ["paint_gif"]

_MOST_CANVAS = 50_000_000
"""No GIF is meant to be larger; one of a few bytes can say so, by a frame that lies far outside."""
_MOST_WORK = 10
"""All frames that are decoded may have so many times the pixels that one picture may have; one is held at a time."""
_LEAST_WORK = 1 << 16
"""A frame takes the time of so many pixels, be it never so small."""


def paint_gif(
    data: bytes,
    faces: Sequence[Box],
    *,
    look: str = "blur",
    cells: int = 4,
    metadata: str = "strip",
    max_pixels: int = MAX_PIXELS,
) -> PaintedFile:
    """Paint faces into every frame of a GIF and apply the metadata policy.

    Painted pixels take the nearest entry of their frame's palette, which gains entries where that is far and numbers
    are free. Delays, loops and disposal stay; painted frames are written without interlacing. The note
    ``resting-frames`` says that frames which could not reach all of a footprint keep an earlier painting in it.

    Parameters
    ----------
    data
        The file.
    faces
        Boxes in pixels of the canvas, for all frames.
    look
        ``blur``, ``mosaic`` or ``fill``.
    cells
        At most so many values are left across a face's shorter side.
    metadata
        ``strip``, ``keep-safe`` or ``keep``.
    max_pixels
        The largest picture that is decoded.

    Raises
    ------
    DecodeError
        The file cannot be decoded; nothing is allocated for frames that their data cannot give.
    Unsupported
        ``too-many-pixels``.
    UsageError
        ``look``, ``cells`` or ``metadata`` is none.
    """
    number = checked_look(look)
    if not faces:
        return unpainted(strip_gif(data, policy=metadata, painted=False))
    whole = strip_gif(data, policy=metadata, painted=True)
    gif = read_gif(whole.data)
    frames = read_frames(whole.data, gif)
    width = max(gif.width, *(frame.rectangle[2] for frame in frames))
    height = max(gif.height, *(frame.rectangle[3] for frame in frames))
    limit = min(max_pixels, _MOST_CANVAS)
    if width * height > limit:
        raise Unsupported("too-many-pixels", f"{width} x {height} is above the limit of {limit} pixels")
    where = regions(faces, width=width, height=height, cells=cells)
    if not where.groups:
        return unpainted(strip_gif(data, policy=metadata, painted=False))
    window = Window.of(where, number, whole=False)
    played = [frame for frame in frames if meets(frame.rectangle, window.rectangle)]
    _check_work(played, window, max_pixels)
    edits, rested = _painted_frames(whole.data, played, window)
    written = _written(whole.data, gif.table, gif.blocks, frames, edits)
    return PaintedFile(written, where.faces, whole.removed, notes=("resting-frames",) if rested else ())


def _check_work(frames: list[Frame], window: Window, max_pixels: int) -> None:
    down, across = window.shape
    work = sum(max(frame.pixels + down * across, _LEAST_WORK) for frame in frames)
    if work > _MOST_WORK * max_pixels:
        raise Unsupported("too-many-pixels", f"the frames have {work} pixels, more than {_MOST_WORK * max_pixels}")


def _painted_frames(data: bytes, frames: list[Frame], window: Window) -> tuple[dict[int, Frame], bool]:
    """The frames that change, by the number of their image's block, and whether any rested."""
    stage = Stage(window, 3)
    edits: dict[int, Frame] = {}
    rested = False
    for packed in frames:
        frame = packed.having(decoded(data, packed))
        shown = stage.show(frame.rectangle, _patch(frame, window), blend=True)
        if shown is not None:
            beyond = _on_canvas(shown.beyond(), window)
            reaching = frame.reaching(beyond, _staying(frame, shown, window)) if beyond else frame
            if reaching is None:
                shown, rested, reaching = shown.resting(), True, frame
            changed = _painted(reaching, shown, window)
            stage.becomes(changed.rectangle, _patch(changed, window), blend=True)
            edits[frame.image] = changed
        stage.dispose(frame.rectangle, frame.disposal)
    return edits, rested


def _staying(frame: Frame, shown: Shown, window: Window) -> NDArray[np.bool_]:
    """Which of 256 numbers the pixels have that will not be painted."""
    mask, place = shown.mask[shown.inside], frame.numbers[window.part_of(frame.rectangle)]
    return np.asarray(counted(frame.numbers) > counted(place[mask]))


def _on_canvas(part: Rectangle | None, window: Window) -> Rectangle | None:
    if part is None:
        return None
    left, top = window.rectangle[:2]
    return part[0] + left, part[1] + top, part[2] + left, part[3] + top


def _patch(frame: Frame, window: Window) -> Canvas:
    """Colours and alpha of what of a frame lies in the window."""
    colours = np.zeros((256, 4), dtype=np.uint8)  # numbers beyond the palette are black
    colours[: len(frame.palette), :3] = frame.palette
    colours[:, 3] = 255
    if frame.clear is not None:
        colours[frame.clear] = 0
    return np.asarray(colours[frame.numbers[window.part_of(frame.rectangle)]])


def _painted(frame: Frame, shown: Shown, window: Window) -> Frame:
    """The frame with numbers that show what is wanted in the footprints.

    What stands there already needs no number of its own where the frame can be transparent; everything else takes
    the entry nearest to what is wanted, which in the cores holds nothing of the original.
    """
    numbers = frame.numbers.copy()
    here, part = window.part_of(frame.rectangle), window.part(frame.rectangle)
    wanted, below, place = shown.wanted[part], shown.below[part], numbers[here]
    visible = shown.mask[part] & (wanted[:, :, 3] > 0)
    if frame.clear is not None:
        stands = visible & (wanted == below).all(axis=2)
        place[stands] = frame.clear
        visible &= ~stands
    colours = wanted[visible][:, :3].astype(np.uint8, copy=False)
    if len(colours):
        stay = counted(numbers) > counted(place[visible])
        palette = gained(colours, frame.palette, stay, frame.clear)
        frame = frame if palette is None else dataclasses.replace(frame, palette=palette, own_table=True)
        place[visible] = nearest(colours, frame.palette, frame.clear)
    return frame.having(numbers)


def _written(data: bytes, table: int, blocks: list[Block], frames: list[Frame], edits: dict[int, Frame]) -> bytes:
    pieces = [data[start:end] for _, start, end, _ in blocks]
    signature = data[:6]
    for frame in frames:
        edited = edits.get(frame.image)
        if edited is None:
            continue
        pieces[frame.image] = coded(edited)
        if edited.clear == frame.clear:
            continue
        if frame.control is None:
            signature = b"GIF89a"  # the version that knows of control blocks
            pieces[frame.image] = edited.controlled(b"\x21\xf9\x04\0\0\0\0\0") + pieces[frame.image]
        else:
            pieces[frame.control] = edited.controlled(pieces[frame.control])
    return b"".join([signature, data[6:table], *pieces, b"\x3b"])
