"""Painters for the tests of `overpaint.checks`: an honest one and one for each fault, in plain NumPy of their own.

All work on a component's own samples in floating point. A JPEG is edited in its coefficients (through jpeglib) in
delta form, so that blocks without paint keep theirs; a PNG sample by sample.
"""

from __future__ import annotations

import io
import tempfile
from dataclasses import dataclass
from pathlib import Path

import cv2
import jpeglib
import numpy as np
from PIL import Image

K = np.array([[np.sqrt((1 + (k > 0)) / 8) * np.cos((2 * n + 1) * k * np.pi / 16) for n in range(8)] for k in range(8)])
BIG = 48


@dataclass
class Face:
    """One face: its box as painted (upright frame = stored frame), core, feather, grid."""

    box: tuple[int, int, int, int]
    core: tuple[int, int, int, int]
    feather: int
    cell: float
    origin: tuple[int, int]


def geometry(boxes, width, height, cells=4, sides=(15, 30, 15, 15)) -> list[Face]:
    """The contract's geometry; ``sides``: growth in per cent at left, top, right, bottom of the stored frame."""
    faces = []
    for box in boxes:
        x0, y0 = max(0, int(np.floor(box.x0))), max(0, int(np.floor(box.y0)))
        x1, y1 = min(width, int(np.ceil(box.x1))), min(height, int(np.ceil(box.y1)))
        w, h = x1 - x0, y1 - y0
        if w <= 0 or h <= 0:
            continue
        left, top, right, bottom = (int(np.ceil(p * side / 100)) for p, side in zip(sides, (w, h, w, h), strict=True))
        core = (max(0, x0 - left), max(0, y0 - top), min(width, x1 + right), min(height, y1 + bottom))
        feather = min(BIG, max(2, int(np.ceil(12 * min(w, h) / 100))))
        faces.append(Face((x0, y0, x1, y1), core, feather, 0.0, (0, 0)))
    todo = set(range(len(faces)))
    while todo:
        group, grew = {todo.pop()}, True
        while grew:
            near = {
                i
                for i in todo
                for j in group
                if min(faces[i].core[2], faces[j].core[2]) > max(faces[i].core[0], faces[j].core[0])
                and min(faces[i].core[3], faces[j].core[3]) > max(faces[i].core[1], faces[j].core[1])
            }
            group |= near
            todo -= near
            grew = bool(near)
        largest = max(min(faces[i].box[2] - faces[i].box[0], faces[i].box[3] - faces[i].box[1]) for i in group)
        for i in group:
            faces[i].cell = max(4 * cells, largest) / cells
            faces[i].origin = (min(faces[j].core[0] for j in group), min(faces[j].core[1] for j in group))
    return faces


def averages(plane, face, step):
    """Cell averages of a whole plane, with the cell number of each row and column."""
    rows = np.floor(((np.arange(plane.shape[0]) + 0.5) * step[1] - face.origin[1]) / face.cell).astype(int)
    columns = np.floor(((np.arange(plane.shape[1]) + 0.5) * step[0] - face.origin[0]) / face.cell).astype(int)
    _, first_row, per_row = np.unique(rows, return_index=True, return_counts=True)
    _, first_column, per_column = np.unique(columns, return_index=True, return_counts=True)
    sums = np.add.reduceat(np.add.reduceat(plane, first_row, axis=0), first_column, axis=1)
    return sums / np.outer(per_row, per_column), rows, columns


def mosaic(plane, face, step):
    means, rows, columns = averages(plane, face, step)
    return means[np.ix_(rows - rows[0], columns - columns[0])]


def spline(plane, face, step):
    """A quadratic B-spline is a box convolved twice with itself: evaluate it by de Boor's recursion on the knots."""
    means, rows, columns = averages(plane, face, step)

    def along(values, index, origin, size, pixel):
        t = ((np.arange(size) + 0.5) * pixel - origin) / face.cell - index[0]
        padded = np.concatenate([values[:1], values, values[-1:]])
        k = index - index[0]
        u = (t - k)[:, None]
        a = padded[k] + (padded[k + 1] - padded[k]) * (1 + u) / 2
        b = padded[k + 1] + (padded[k + 2] - padded[k + 1]) * u / 2
        return a + (b - a) * u

    down = along(means, rows, face.origin[1], plane.shape[0], step[1])
    return along(down.T, columns, face.origin[0], plane.shape[1], step[0]).T


def fill(plane, face, step):
    return np.full_like(plane, 128.0)


def gaussian(ratio=None, pixels=None):
    """A Gaussian blur: sigma a share of the box's width, or fixed."""

    def look(plane, face, step):
        sigma = pixels or ratio * (face.box[2] - face.box[0])
        return cv2.GaussianBlur(plane, (0, 0), sigma / step[0], sigmaY=sigma / step[1], borderType=cv2.BORDER_REFLECT)

    return look


def box_filter(size):
    """A box filter of fixed size in pixels (supervision)."""

    def look(plane, face, step):
        return cv2.blur(plane, (max(1, size // step[0]), max(1, size // step[1])), borderType=cv2.BORDER_REFLECT)

    return look


def half(plane, face, step):
    return (plane + spline(plane, face, step)) / 2


LOOKS = {"blur": spline, "mosaic": mosaic, "fill": fill}


def _ramp(size, pixel, low, high, feather):
    """1 from ``low`` to ``high``, falling to 0 over the feather; samples that touch count as inside."""
    start, stop = np.arange(size) * pixel, (np.arange(size) + 1) * pixel
    gap = np.maximum(0, np.maximum(low - stop + 1, start - high + 1))
    return np.clip(1 - gap / (feather + 1), 0, 1) * (stop > low - feather) * (start < high + feather)


def hard(plane, face, step):
    x0, y0, x1, y1 = face.core
    return np.outer(
        _ramp(plane.shape[0], step[1], y0, y1, face.feather), _ramp(plane.shape[1], step[0], x0, x1, face.feather)
    )


def ellipse_of(attribute):
    def mask(plane, face, step):
        x0, y0, x1, y1 = getattr(face, attribute)
        y = ((np.arange(plane.shape[0]) + 0.5) * step[1] - (y0 + y1) / 2) / ((y1 - y0) / 2)
        x = ((np.arange(plane.shape[1]) + 0.5) * step[0] - (x0 + x1) / 2) / ((x1 - x0) / 2)
        return (y[:, None] ** 2 + x[None, :] ** 2 <= 1).astype(float)

    return mask


def flawed(plane, face, step, sigma):
    """The mask of 2021: the box grown by a tenth, feathered with the sigma of the image's largest face."""
    x0, y0, x1, y1 = face.box
    d = 0.1 * max(x1 - x0, y1 - y0)
    mask = np.zeros_like(plane)
    x0, x1 = (round(v / step[0]) for v in (max(0, x0 - d), x1 + d))
    y0, y1 = (round(v / step[1]) for v in (max(0, y0 - d), y1 + d))
    mask[y0:y1, x0:x1] = 1
    return cv2.GaussianBlur(mask, (0, 0), sigma / step[0], sigmaY=sigma / step[1], borderType=cv2.BORDER_CONSTANT)


def painted(planes, steps, faces, look, mask=hard):
    """Every plane with every face painted over."""
    done = []
    for plane, step in zip(planes, steps, strict=True):
        masks = [mask(plane, face, step) for face in faces]
        out = plane.copy()
        for face, m in zip(faces, masks, strict=True):
            others = [o for o, g in zip(masks, faces, strict=True) if g is not face and g.origin != face.origin]
            m = m * np.all([o < 1 for o in others], axis=0) if others else m
            out = out + m * (look(plane, face, step) - out)
        done.append(out)
    return done


def paint_2021(planes, steps, faces):
    """The formula of Yang et al. 2022 (arXiv 2103.06191), one sigma for the image, on planes."""
    sigma = 0.1 * max(max(f.box[2] - f.box[0], f.box[3] - f.box[1]) for f in faces)
    return painted(planes, steps, faces, gaussian(pixels=sigma), lambda p, f, s: flawed(p, f, s, sigma))


def on_jpeg(data: bytes, paint) -> bytes:
    """Edit a JPEG's coefficients: ``paint(planes, steps, width, height)`` gives the new planes."""
    with tempfile.TemporaryDirectory() as place:
        name = Path(place) / "x.jpg"
        name.write_bytes(data)
        image = jpeglib.read_dct(str(name))
        arrays = [image.Y] if image.Cb is None else [image.Y, image.Cb, image.Cr]
        tables = [image.qt[n].astype(float) for n in image.quant_tbl_no[: len(arrays)]]
        with Image.open(io.BytesIO(data)) as opened:
            width, height = opened.size
            factors = [(h, v) for _, h, v, _ in opened.layer]
        wide, high = max(h for h, _ in factors), max(v for _, v in factors)
        steps = [(wide // h, high // v) for h, v in factors]
        planes = []
        for coefficients, table, step in zip(arrays, tables, steps, strict=True):
            blocks = K.T @ (coefficients * table) @ K
            plane = blocks.transpose(0, 2, 1, 3).reshape(blocks.shape[0] * 8, -1) + 128
            planes.append(plane[: -(-height // step[1]), : -(-width // step[0])])
        for coefficients, table, old, new in zip(
            arrays, tables, planes, paint(planes, steps, width, height), strict=True
        ):
            delta = np.zeros((coefficients.shape[0] * 8, coefficients.shape[1] * 8))
            delta[: old.shape[0], : old.shape[1]] = new - old
            blocks = delta.reshape(coefficients.shape[0], 8, -1, 8).transpose(0, 2, 1, 3)
            changed = np.abs(blocks).max(axis=(2, 3), keepdims=True) > 0
            meant = np.round((coefficients * table + K @ blocks @ K.T) / table)
            coefficients[:] = np.where(changed, np.clip(meant, -1023, 1023), coefficients)
        image.write_dct(str(name))
        return name.read_bytes()


def on_png(data: bytes, paint) -> bytes:
    with Image.open(io.BytesIO(data)) as image:
        mode, array = image.mode, np.asarray(image).astype(float)
    planes = [array] if array.ndim == 2 else [array[:, :, i] for i in range(array.shape[2])]
    done = paint(planes, [(1, 1)] * len(planes), array.shape[1], array.shape[0])
    whole = np.clip(np.round(np.stack(done, axis=-1)), 0, 255).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(whole if array.ndim == 3 else whole[:, :, 0], mode=None).save(buffer, "PNG")
    assert Image.open(buffer).mode == mode
    return buffer.getvalue()


def honest(data: bytes, boxes, look="blur", cells=4, sides=(15, 30, 15, 15), mask=hard) -> bytes:
    """What the contract asks for."""
    paint_file = on_png if data.startswith(b"\x89PNG") else on_jpeg
    replacement = LOOKS.get(look, look)

    def paint(planes, steps, width, height):
        return painted(planes, steps, geometry(boxes, width, height, cells, sides), replacement, mask)

    return paint_file(data, paint)


def as_2021(data: bytes, boxes) -> bytes:
    paint_file = on_png if data.startswith(b"\x89PNG") else on_jpeg
    return paint_file(data, lambda p, s, w, h: paint_2021(p, s, geometry(boxes, w, h)))
