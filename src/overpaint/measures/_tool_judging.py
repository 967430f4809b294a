"""What a tool's output shows: whether a face is still there, whether something rides along, whether it is another file.

The judge decodes source and output itself and knows what was put into the source; no code of any tool takes part.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from overpaint.measures._strength_detail import Corners, Floats, face_detail, luma
from overpaint.measures._strength_files import beyond, correlation
from overpaint.measures._strength_turns import as_shown, box_as_shown
from overpaint.measures._tool_cases import Case, CaseFile

__all__ = ["LEFT", "VERDICTS", "Judged", "Picture", "judge_case", "picture_of"]

Verdict = Literal["passes", "alters", "leaks", "cannot", "not installed"]
VERDICTS: Mapping[str, str] = {
    "passes": "no face and nothing else of what was planted is left, and the file is of its kind",
    "alters": "nothing is left, but the copy is turned, of another kind or size, or has lost frames",
    "leaks": "a face or something that rode along is left",
    "cannot": "an error, or no output that can be read",
    "not installed": "the tool is not in the environment",
}
LEFT = 0.3
"""A face is left from this share of its detail on. Four values across, the most that overpaint promises to leave, give
up to .2 in the mean, according to how their grid lies to the one that is measured with."""
_ALIKE = 0.7
_MOST_PIXELS = 20_000_000
_MOST_FRAMES = 64
_MOST_INSIDE = 16
_ORDER = ("cannot", "leaks", "alters", "passes")


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded file: its frames as they are stored, its kind, and where the first is wholly transparent."""

    frames: Sequence[npt.NDArray[Any]]
    orientation: int
    kind: Mapping[str, Any]
    hidden: npt.NDArray[np.bool_] | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of one case.

    Attributes
    ----------
    verdict
        One of `VERDICTS`, the worst of the case's files.
    what
        What leaks, is altered or went wrong, in words.
    detail
        The largest share of detail left in faces of one name; None without an output.
    elsewhere
        The share of samples changed beyond the boxes grown by half their longer side, the mean over the files.
    faces
        Detail left by what the faces are called, the mean over those called alike.
    """

    verdict: Verdict
    what: Sequence[str] = ()
    detail: float | None = None
    elsewhere: float | None = None
    faces: Mapping[str, float] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        rounded = [None if v is None else round(v, 3) for v in (self.detail, self.elsewhere)]
        faces = {name: round(left, 3) for name, left in self.faces.items()}
        return {
            "verdict": self.verdict,
            "what": list(self.what),
            "detail_left": rounded[0],
            "detail_left_by_face": faces,
            "elsewhere": rounded[1],
        }


@dataclass(slots=True)
class _Found:
    leaks: list[str] = field(default_factory=list)
    alters: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    faces: dict[str, list[float]] = field(default_factory=dict)
    elsewhere: list[float] = field(default_factory=list)


def judge_case(case: Case, outputs: Mapping[str, Path], errors: Mapping[str, str], *, usual: float = 0.0) -> Judged:
    """Judge the outputs of a case's files.

    Parameters
    ----------
    outputs, errors
        By the names of the files: what came out, and what the tool said.
    usual
        What the tool leaves of a lone face. Where a case asks for something else than faces, only more than `LEFT`
        beyond that counts, so that each row of the table says something of its own.
    """
    found = _Found()
    for file in case.files:
        path = outputs.get(file.name)
        if path is None:
            found.errors.append(errors.get(file.name, "no output"))
            continue
        try:
            data = path.read_bytes()
            after = picture_of(data)
        except Exception:  # noqa: BLE001 - Pillow's plug-ins raise nearly anything on damaged files
            found.errors.append("the output cannot be decoded")
            continue
        _judge_file(file, picture_of(file.data), after, data, found)
    faces = {name: float(np.mean(left)) for name, left in found.faces.items()}
    limit = LEFT + (0.0 if case.group == "faces" else max(0.0, usual))
    found.leaks[:0] = [f"{name}: {left:.2f} of its detail left" for name, left in faces.items() if left >= limit]
    state = {"cannot": found.errors, "leaks": found.leaks, "alters": found.alters, "passes": [""]}
    # what was written and leaks is worse to know of than what was not written
    order = ("leaks", "cannot", "alters", "passes") if len(found.errors) < len(case.files) else _ORDER
    verdict = next(word for word in order if state[word])
    said = [*found.leaks, *found.alters, *found.errors]
    return Judged(
        verdict,  # type: ignore[arg-type]  # one of the four
        [f"{said.count(each)} x {each}" if said.count(each) > 1 else each for each in dict.fromkeys(said)],
        max(faces.values(), default=None),
        float(np.mean(found.elsewhere)) if found.elsewhere else None,
        faces,
    )


def _judge_file(file: CaseFile, before: Picture, after: Picture, data: bytes, found: _Found) -> None:
    for planted in file.planted:
        if any(mark in data for mark in planted.marks):
            found.leaks.append(planted.what)
    found.alters.extend(_changes(before, after))
    height, width = before.frames[0].shape[:2]
    boxes = [box_as_shown(box, width, height, before.orientation) for box in file.boxes]
    around = _around(before, boxes, luma(as_shown(before.frames[0], before.orientation)).shape)
    for number, clear in enumerate(before.frames):
        if number >= len(after.frames):
            break
        old = luma(as_shown(clear, before.orientation))
        new, turned = _way_up(old, after.frames[number], after.orientation, around)
        if turned:
            found.alters.append(turned)
        if new is None:
            continue
        low = _low_bytes(as_shown(clear, before.orientation), after.frames[number], new)
        for box, name in zip(boxes, file.called, strict=True):
            compared = face_detail(old, new, box)
            if compared is not None:
                found.faces.setdefault(name, []).append(compared[0].left)
            hidden = low and face_detail(*low, box)
            if hidden and hidden[0].left >= LEFT:
                found.leaks.append(f"{hidden[0].left:.2f} of a face's detail in the low eight bits")
        found.elsewhere.append(float((np.abs(old - new)[around] > 1e-6).mean()) if around.any() else 0.0)
    found.leaks.extend(_inside(data, before, boxes))


def _low_bytes(clear: npt.NDArray[Any], frame: npt.NDArray[Any], new: Floats) -> tuple[Floats, Floats] | None:
    """The low eight bits of two pictures of sixteen, which may show what the high ones do not."""
    if clear.dtype != np.uint16 or frame.dtype != np.uint16 or frame.shape[:2] != new.shape:
        return None
    one, two = (luma((pixels & 255).astype(np.uint8)) for pixels in (clear, frame))
    return one, two


def _way_up(
    old: Floats, frame: npt.NDArray[Any], orientation: int, around: npt.NDArray[np.bool_]
) -> tuple[Floats | None, str]:
    """The output's luma as the source is shown, and how that is not how it is shown itself."""
    plain = luma(frame)
    ways = {turn: way for turn in range(1, 9) if (way := luma_turned(plain, turn)).shape == old.shape}
    if not ways:
        return None, "another size"
    likeness = {turn: correlation(old[around], way[around]) for turn, way in ways.items()}
    best = max(likeness, key=lambda turn: (likeness[turn], turn == orientation))
    if likeness[best] < _ALIKE:
        return None, "another picture"
    return ways[best], "" if best == orientation else "shown turned"


def luma_turned(plane: Floats, orientation: int) -> Floats:
    """One plane as its orientation asks a viewer to show it."""
    return np.asarray(as_shown(plane, orientation))


def _around(picture: Picture, boxes: Sequence[Corners], shape: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    """What is seen beyond the boxes grown by half their longer side, in the frame that is shown."""
    keep = beyond(shape, boxes)
    if picture.hidden is not None:
        keep &= ~as_shown(picture.hidden, picture.orientation)
    return keep


def _changes(before: Picture, after: Picture) -> Iterator[str]:
    words = {"colours": "stored as {}, not {}", "depth": "{} bits, not {}", "opacity": "opacity: {}, not {}"}
    for name, word in words.items():
        if before.kind[name] != after.kind[name]:
            yield word.format(after.kind[name], before.kind[name])
    if len(before.frames) != len(after.frames):
        yield f"{len(after.frames)} frames of {len(before.frames)}"


def _inside(data: bytes, before: Picture, boxes: Sequence[Corners]) -> Iterator[str]:
    """Other pictures in the file that show the clear face, wherever they come from."""
    clear = as_shown(before.frames[0], before.orientation)
    if clear.dtype != np.uint8:
        return
    at = 2
    for _ in range(_MOST_INSIDE):
        at = data.find(b"\xff\xd8\xff", at)
        if at < 0:
            return
        try:
            with Image.open(io.BytesIO(data[at:])) as image:
                small = np.asarray(image.convert("L")) if image.width * image.height <= _MOST_PIXELS else None
        except Exception:  # noqa: BLE001 - three bytes alike are no picture yet
            small = None
        at += 2
        if small is None or min(small.shape) < 16:
            continue
        height, width = small.shape
        same = luma(cv2.resize(clear[:, :, :3], (width, height), interpolation=cv2.INTER_AREA))
        by = width / clear.shape[1], height / clear.shape[0]
        for x0, y0, x1, y1 in boxes:
            compared = face_detail(same, luma(small), (x0 * by[0], y0 * by[1], x1 * by[0], y1 * by[1]))
            if compared is not None and compared[0].left >= LEFT:
                yield "a picture of the clear face inside the file"


def picture_of(data: bytes) -> Picture:
    """Decode a file, all frames of it.

    Raises
    ------
    OSError, ValueError
        It is no picture, or holds more than 20,000,000 pixels in a frame or 64 frames.
    """
    if data.startswith(b"\x89PNG\r\n\x1a\n") and data[24:25] == b"\x10":
        deep = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        if deep is None:
            raise ValueError("not decoded")
        deep = deep.reshape(*deep.shape[:2], -1)
        channels = deep.shape[2]
        kind = {"colours": "grey" if channels < 3 else "colours", "depth": 16, "opacity": channels in {2, 4}}
        return Picture([deep[:, :, 2::-1] if channels >= 3 else deep[:, :, :1]], 1, kind)
    with warnings.catch_warnings(), Image.open(io.BytesIO(data)) as image:
        warnings.simplefilter("ignore")
        if image.width * image.height > _MOST_PIXELS:
            raise ValueError("too many pixels")
        orientation = int(image.getexif().get(0x0112, 1) or 1)
        opacity = "A" in image.getbands() or "transparency" in image.info
        colours = {"1": "grey", "L": "grey", "LA": "grey", "CMYK": "four inks"}.get(image.mode, "colours")
        count = getattr(image, "n_frames", 1)
        if getattr(image, "mpinfo", None) is not None:
            count = 1  # second pictures are no frames; they are looked for as what rides along
        hidden = np.asarray(image)[:, :, -1] == 0 if image.mode in {"RGBA", "LA"} else None
        frames = []
        for number in range(min(count, _MOST_FRAMES)):
            image.seek(number)
            frames.append(_plain(image))
    kind = {"colours": colours, "depth": 8, "opacity": opacity}
    return Picture(frames, orientation if 1 <= orientation <= 8 else 1, kind, hidden)


def _plain(image: Image.Image) -> npt.NDArray[np.uint8]:
    """Colours as they are in the file, also where it is transparent."""
    if image.mode in {"RGBA", "LA"}:
        return np.asarray(image)[:, :, :-1].repeat(3 if image.mode == "LA" else 1, axis=2)
    return np.asarray(image.convert("RGB"))
