"""Every frame of an animation, every page of a document, and the stills that are neither JPEG nor PNG."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from overpaint.checks._contents import Contents, exif_together
from overpaint.checks._core import judged
from overpaint.checks._decode import Picture
from overpaint.checks._geometry import Area, areas
from overpaint.checks._jxl_jpeg import Blocks, blocks_of
from overpaint.checks._lossy import beyond
from overpaint.checks._moving import Undecodable, pictures
from overpaint.checks._outside import outside
from overpaint.checks._palette import Held, held
from overpaint.checks._verdict import Core, Measures, Problem, Verdict
from overpaint.checks._vp8 import coarseness
from overpaint.records import Box

__all__ = ["Asked", "framed", "painted", "same_pixels", "where"]

_MOST_PROBLEMS = 64
_PLAYED = frozenset({"gif", "apng", "webp"})
_KIND = frozenset({"size-changed", "mode-changed", "depth-changed"})


Samples = NDArray[np.uint8] | NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class Asked:
    """What was promised: boxes, look, cells, and whether a lossy codec was coded again."""

    faces: tuple[Box, ...]
    look: str
    cells: int
    again: bool


@dataclass(frozen=True, slots=True)
class _Stood:
    """What one core showed in the frame before, in the source and in the output, where that was right."""

    source: Samples
    output: Samples
    core: Core

    def still(self, source: Samples, output: Samples) -> bool:
        """Whether nothing else is shown now, but for what was cleared."""
        return _stays(self.source, source) and _stays(self.output, output)


@dataclass(slots=True)
class _Found:
    problems: list[Problem] = field(default_factory=list)
    cores: list[Core] = field(default_factory=list)
    changed: int = 0
    held: dict[int, Held] = field(default_factory=dict)
    blocks: Blocks | None = None
    stood: dict[int, _Stood] = field(default_factory=dict)


def framed(old: Contents, new: Contents) -> Iterator[Problem]:
    """What the headers must say the same in both files."""
    before, after = old.frames, new.frames
    if len(before) != len(after):
        yield Problem("frames-changed", f"{len(before)} became {len(after)}")
        return
    if [f.duration for f in before] != [f.duration for f in after] or old.loops != new.loops:
        yield Problem("timing-changed", f"loops {old.loops} and {new.loops}, or a frame's duration")
    if [_turned(old, i) for i in range(len(before))] != [_turned(new, i) for i in range(len(after))]:
        yield Problem("orientation-changed", f"{_turned(old, 0)} became {_turned(new, 0)}")
    if [f.icc for f in before] != [f.icc for f in after]:
        yield Problem("icc-changed", "the colour profiles differ")


def where(contents: Contents, asked: Asked) -> dict[int, tuple[Area, ...]]:
    """The areas of each frame by the sizes that headers announce."""
    sizes = [(frame.width, frame.height) for frame in contents.frames]
    return {index: _areas(contents, asked, index, *size) for index, size in enumerate(sizes)}


def painted(before: bytes, after: bytes, old: Contents, new: Contents, asked: Asked) -> Verdict:
    """Compare two files frame by frame where faces were painted."""
    found = _Found(blocks=blocks_of(before, old) if old.codec == "jxl" and not asked.again else None)
    skip = _untouched(old, new, asked)
    found.problems += _reduced(old, new, asked)
    ends, which = object(), ["the source"]

    def source() -> Iterator[Picture | None]:
        for picture in pictures(before, old, skip):
            which[0] = "the output"
            yield picture
            which[0] = "the source"

    try:
        for index, (one, two) in enumerate(itertools.zip_longest(source(), pictures(after, new, skip), fillvalue=ends)):
            if one is ends or two is ends:
                found.problems.append(Problem("frames-changed", f"one file ends after {index}"))
                break
            if isinstance(one, Picture) and isinstance(two, Picture):
                _frame(found, one, two, old, new, asked, index)
            if len(found.problems) >= _MOST_PROBLEMS:
                break
    except Undecodable as error:
        found.problems.append(Problem("undecodable", f"{which[0]}: {error}"))
    return Verdict(tuple(found.problems), Measures(tuple(found.cores), found.changed, 0))


def same_pixels(before: bytes, after: bytes, old: Contents, new: Contents) -> bool:
    """Whether two files show the same frames to the pixel; False where one cannot be decoded."""
    skip, ends = _untouched(old, new, None), object()
    try:
        for one, two in itertools.zip_longest(pictures(before, old, skip), pictures(after, new, skip), fillvalue=ends):
            if one is None and two is None:
                continue
            if not isinstance(one, Picture) or not isinstance(two, Picture) or not _equal(one, two):
                return False
    except Undecodable:
        return False
    return True


def _equal(one: Picture, two: Picture) -> bool:
    return one.duration == two.duration and one.mode == two.mode and np.array_equal(one.samples, two.samples)


def _turned(contents: Contents, index: int) -> int:
    if contents.codec == "webp":
        return exif_together(contents.parts).orientation
    return contents.frames[index].orientation if index < len(contents.frames) else 1


def _areas(contents: Contents, asked: Asked, index: int, width: int, height: int) -> tuple[Area, ...]:
    # Pages are different pictures; an animation's frames show the same faces.
    faces = [box for box in asked.faces if contents.codec != "tiff" or box.page == index]
    return areas(faces, width=width, height=height, orientation=_turned(contents, index), cells=asked.cells)


def _untouched(old: Contents, new: Contents, asked: Asked | None) -> frozenset[int]:
    """Pages without faces whose coded picture is the same: they need no decoder, nor have to be decodable."""
    if len(old.frames) != len(new.frames):
        return frozenset()
    return frozenset(
        index
        for index, (one, two) in enumerate(zip(old.frames, new.frames, strict=True))
        if one.coded and one.coded == two.coded and not (asked and _areas(old, asked, index, one.width, one.height))
    )


def _reduced(old: Contents, new: Contents, asked: Asked) -> Iterator[Problem]:
    """Smaller copies of a painted page, in which nothing was painted."""
    for index, frame in enumerate(new.frames):
        if frame.reduced and not _areas(old, asked, index, frame.width, frame.height):
            yield Problem("preview-left", f"page {index} is a smaller copy of another one")


def _frame(found: _Found, one: Picture, two: Picture, old: Contents, new: Contents, asked: Asked, index: int) -> None:
    one, two = _without_opaque(one, two)
    if old.codec == "bmp" and len(one.components) == 1 and len(two.components) == 3:
        one = _in_three(one)  # the decoder's grey is a palette in the file, which may become colours
    several = f"frame {index}: " if len(old.frames) > 1 or index else ""
    problems = list(_kind(one, two))
    if not any(p.reason in _KIND for p in problems):
        here = _areas(old, asked, index, one.width, one.height)
        if found.blocks is not None:
            one, two = found.blocks.stored(one), found.blocks.stored(two)
            here = found.blocks.areas(asked.faces, one.width, one.height, asked.cells)
            two, more = found.blocks.told_from_luma(one, two, here)
            problems += more
        if asked.again:
            more, one, two = beyond(one, two, here, coarseness(new))
            problems += more
        else:
            # Decoders of the same lossy JPEG XL differ in their rounding.
            slack = 1 if old.codec == "jxl" and old.lossy else 0
            strays, changed, _ = outside(one, two, here, again=False, slack=slack)
            problems += strays
            found.changed += changed
        for number, area in enumerate(here):
            core, left = _stood_or_judged(found, one, two, area, number, new, asked, index)
            found.cores.append(core)
            problems += left
    found.problems += [Problem(p.reason, several + p.detail) for p in problems]


def _stood_or_judged(
    found: _Found, one: Picture, two: Picture, area: Area, number: int, new: Contents, asked: Asked, index: int
) -> tuple[Core, list[Problem]]:
    """One core; where an animation shows in it what it showed before, or clears some of it, that was looked at."""
    if new.codec not in _PLAYED or asked.again:
        return _core(found, one, two, area, number, new, asked, index)
    x0, y0, x1, y1 = area.core
    source, output = (picture.samples[y0:y1, x0:x1] for picture in (one, two))
    before = found.stood.pop(number, None)
    if before is not None and before.still(source, output):
        core, left = before.core, list[Problem]()
    else:
        core, left = _core(found, one, two, area, number, new, asked, index)
    if not left:
        found.stood[number] = _Stood(source.copy(), output.copy(), core)
    return core, left


def _stays(before: Samples, now: Samples) -> bool:
    if before.shape != now.shape:
        return False
    cleared = (now == 0).all(axis=2) if now.shape[2] == 4 else False  # not only its opacity: colours tell, too
    return bool(((before == now).all(axis=2) | cleared).all())


def _core(
    found: _Found, one: Picture, two: Picture, area: Area, number: int, new: Contents, asked: Asked, index: int
) -> tuple[Core, list[Problem]]:
    palette = new.frames[index].palette if index < len(new.frames) else b""
    if not palette or len([c for c in two.components if not c.alpha]) not in {1, 3}:
        return judged(one, two, area, asked.look)
    near = held(one, two, area, asked.look, palette, found.held.get(number))
    found.held[number] = near
    if near.honest:  # nothing but the replacement and what the palette does to it: there is nothing to look for
        return Core(area.core, 0.0, 0.0, 0, 1), []
    first, second = (
        replace(picture, components=tuple(replace(c, error=near.error) for c in picture.components))
        for picture in (one, two)
    )
    core, problems = judged(first, second, area, asked.look)
    if not problems:
        problems = [Problem("not-replaced", f"core {area.core}: other colours than the palette's nearest ones")]
    return core, problems


def _without_opaque(one: Picture, two: Picture) -> tuple[Picture, Picture]:
    """Both without their opacity where only one has it and all of it is full."""
    if (len(one.components) > len(two.components)) == (len(two.components) > len(one.components)):
        return one, two
    longer = max(one, two, key=lambda p: len(p.components))
    last = longer.components[-1]
    if not last.alpha or not (last.samples == np.iinfo(longer.samples.dtype).max).all():
        return one, two
    fewer = replace(longer, samples=longer.samples[:, :, :-1], components=longer.components[:-1])
    fewer = replace(fewer, mode=fewer.mode.removesuffix("A"))
    return (fewer, two) if longer is one else (one, fewer)


def _in_three(grey: Picture) -> Picture:
    (one,) = grey.components
    parts = tuple(replace(one, name=name) for name in "RGB")
    return replace(grey, mode="RGB", samples=np.repeat(grey.samples.astype(np.uint8), 3, axis=2), components=parts)


def _kind(one: Picture, two: Picture) -> Iterator[Problem]:
    if (one.width, one.height) != (two.width, two.height):
        yield Problem("size-changed", f"{one.width} x {one.height} became {two.width} x {two.height}")
    if [c.name for c in one.components] != [c.name for c in two.components]:
        yield Problem("mode-changed", f"{one.mode} became {two.mode}")
    if max(8, one.depth) != two.depth or one.samples.dtype != two.samples.dtype:
        yield Problem("depth-changed", f"{one.depth} bits became {two.depth}")
    if one.duration != two.duration:
        yield Problem("timing-changed", f"{one.duration} ms became {two.duration}")
