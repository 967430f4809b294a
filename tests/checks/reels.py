"""Painters for every codec but JPEG and still PNG: honest ones and faulty ones, through Pillow, on whole frames."""

from __future__ import annotations

import io
import warnings
from fractions import Fraction

import cv2
import numpy as np
import painters
import scenes
from PIL import Image, ImageSequence

EXACT = (
    "gif",
    "apng",
    "webp-exact",
    "webp-moving-exact",
    "tiff",
    "tiff16",
    "tiff-cmyk",
    "bmp",
    "bmp-palette",
    "jxl-exact",
)
LOSSY = ("webp", "webp-moving", "avif", "avif-moving", "heic")
MOVING = ("gif", "apng", "webp-moving-exact", "webp-moving", "avif-moving")
PAGED = ("tiff", "tiff16")
FORMATS = {"gif": "GIF", "apng": "PNG", "bmp": "BMP", "heic": "HEIF", "jxl": "JXL", "tiff": "TIFF"}


def register():
    """HEIC and JPEG XL are read and written by plug-ins."""
    import pillow_heif
    import pylibjxl

    pillow_heif.register_heif_opener()
    pylibjxl.register_pillow()


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def scene_frames(codec, faces, *, width=200, height=160, seed=0, count=3):
    """A few frames of one scene with something that moves, and the boxes."""
    image, boxes = scenes.scene(faces, width, height, seed)
    many = count if codec in (*MOVING, *PAGED) else 1
    frames = []
    for index in range(many):
        array = np.asarray(image).copy()
        array[:20, 30 * index : 30 * index + 30] = (200, 40, 20 * index)
        array = np.roll(array, index, axis=1) if codec in PAGED else array
        frames.append(Image.fromarray(np.clip(array.astype(int) + 7 * index, 0, 255).astype(np.uint8)))
    return frames, boxes


def coded(codec, frames, *, quality=90, alpha=None, durations=None, loop=3, **more) -> bytes:
    """Frames (RGB, RGBA, P, CMYK images, or uint16 arrays for ``tiff16``) as a file."""
    name = codec.split("-")[0]
    if codec == "tiff16":
        return bytes(cv2.imencodemulti(".tiff", [np.ascontiguousarray(f[:, :, ::-1]) for f in frames])[1])
    if alpha is not None:
        frames = [with_alpha(f, alpha) for f in frames]
    options = dict(more)
    if codec in MOVING:
        options |= {"save_all": True, "append_images": frames[1:]}
        options |= {"duration": durations or [40 + 30 * i for i in range(len(frames))]}
        options |= {"loop": loop} if name != "avif" else {}
    if name == "tiff":
        options |= {"save_all": True, "append_images": frames[1:]}
    if codec.endswith("exact"):
        options |= {"lossless": True} | ({"exact": True} if name == "webp" else {})
    elif codec in LOSSY:
        options |= {"quality": quality} | ({"speed": 9} if name == "avif" else {})
    if name == "gif":
        options |= {"optimize": False}
    if codec.startswith("webp-moving"):
        options |= {"method": 0}
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frames[0].save(buffer, FORMATS.get(name, name.upper()), **options)
    return buffer.getvalue()


def with_alpha(image, alpha):
    image = image.convert("RGB")
    image.putalpha(Image.fromarray(alpha))
    return image


def frames_of(data, codec):
    """The frames as they are shown: arrays."""
    if codec == "tiff16":
        return [np.ascontiguousarray(m[:, :, ::-1]) for m in cv2.imdecodemulti(np.frombuffer(data, np.uint8), -1)[1]]
    with opened(data) as image:
        found = []
        for frame in ImageSequence.Iterator(image):
            mode = "RGB" if frame.mode in {"P", "RGB"} and codec != "gif" else frame.mode
            found.append(np.asarray(frame.convert("RGBA" if codec == "gif" else mode)).copy())
        return found


def durations_of(data, codec):
    with opened(data) as image:
        found = []
        for frame in ImageSequence.Iterator(image):
            frame.load()
            found.append(round(Fraction(frame.info.get("duration", 0))))
        return found


def painted_array(array, boxes, look="blur", mask=painters.hard, cells=4):
    """One frame painted: alpha stays."""
    planes = [array[:, :, i].astype(float) for i in range(array.shape[2])]
    clear = array.shape[2] == 4 and array.dtype == np.uint8
    faces = painters.geometry(boxes, array.shape[1], array.shape[0], cells)
    colours = planes[:3] if clear else planes
    replacement = painters.LOOKS.get(look, look)
    if look == "fill" and array.dtype == np.uint16:
        replacement = lambda plane, face, step: np.full_like(plane, 32768.0)  # noqa: E731
    done = painters.painted(colours, [(1, 1)] * len(colours), faces, replacement, mask)
    whole = np.clip(np.round(np.stack(done, axis=-1)), 0, np.iinfo(array.dtype).max).astype(array.dtype)
    return np.concatenate([whole, array[:, :, 3:]], axis=-1) if clear else whole


def painted_cmyk(array, boxes, look="blur"):
    planes = [array[:, :, i].astype(float) for i in range(4)]
    faces = painters.geometry(boxes, array.shape[1], array.shape[0])
    done = painters.painted(planes, [(1, 1)] * 4, faces, painters.LOOKS.get(look, look))
    return np.clip(np.round(np.stack(done, axis=-1)), 0, 255).astype(np.uint8)


def nearest(array, image):
    """Colours put into an image's palette, without dither."""
    entries = np.array(image.getpalette("RGB"), float).reshape(-1, 3)
    unique, back = np.unique(array[:, :, :3].reshape(-1, 3), axis=0, return_inverse=True)
    distance = (entries**2).sum(axis=1) - 2 * unique.astype(float) @ entries.T
    out = Image.fromarray(distance.argmin(axis=1)[back].reshape(array.shape[:2]).astype(np.uint8), "P")
    out.putpalette(image.getpalette("RGB"))
    return out


def painted(codec, frames, boxes, look="blur", *, pages=None, **more):
    """The frames painted, as they would be coded."""
    done = []
    for index, frame in enumerate(frames):
        here = boxes if pages is None or index in pages else []
        if codec == "tiff16":
            done.append(painted_array(frame, here, look, **more))
        elif frame.mode == "CMYK":
            done.append(Image.fromarray(painted_cmyk(np.asarray(frame), here, look), "CMYK"))
        elif frame.mode == "P":
            array = np.asarray(frame.convert("RGB"))
            new = nearest(painted_array(array, here, look, **more), frame)
            numbers, old = np.asarray(new).copy(), np.asarray(frame)
            faces = painters.geometry(here, frame.width, frame.height)
            inside = np.zeros(old.shape, bool)
            for face in faces:
                x0, y0, x1, y1 = face.core
                f = face.feather
                inside[max(0, y0 - f) : y1 + f, max(0, x0 - f) : x1 + f] = True
            image = Image.fromarray(np.where(inside, numbers, old), "P")
            image.putpalette(frame.getpalette("RGB"))
            done.append(image)
        else:
            done.append(Image.fromarray(painted_array(np.asarray(frame), here, look, **more)))
    return done


def decoded(data, codec):
    """What a painter starts from: the frames as images (or uint16 arrays), of the modes that are coded."""
    if codec == "tiff16":
        return frames_of(data, codec)
    if codec in {"gif", "bmp-palette"}:
        raise ValueError("palettes are painted as they were made")
    return [Image.fromarray(a, "CMYK" if codec == "tiff-cmyk" else None) for a in frames_of(data, codec)]


def source(codec, faces, *, seed=0, quality=90, **more):
    """A file with faces: its bytes, the boxes, and the frames a painter starts from."""
    frames, boxes = scene_frames(codec, faces, seed=seed, **more)
    if codec == "gif":
        frames = [f.quantize(64, dither=Image.Dither.NONE) for f in frames]
    elif codec == "bmp-palette":
        frames = [f.quantize(256) for f in frames]
    elif codec == "tiff-cmyk":
        frames = [f.convert("CMYK") for f in frames]
    elif codec == "tiff16":
        frames = [np.asarray(f).astype(np.uint16) * 257 for f in frames]
    data = coded(codec, frames, quality=quality)
    if codec in LOSSY:
        frames = decoded(data, codec)
    return data, boxes, frames
