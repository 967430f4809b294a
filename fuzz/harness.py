"""atheris: one harness for each entry point in Python; fuzz/README.md says how they are run.

python fuzz/harness.py TARGET [libFuzzer's options] CORPUS
python fuzz/harness.py TARGET --replay FILE ...         (without atheris: what a finding does)

A finding is a crash, an exception that is no OverpaintError, more than 10 seconds (-timeout=10) or more memory than
-rss_limit_mb. The last two bytes of an input are the harness's: what to paint, which policy. Pictures of more than
4 million pixels by their headers are passed over, to spend the time on trying many; what such headers do is tested in
tests/hostile. A PNG's checksums are made right again, or next to nothing of it would be read.
"""

# ruff: noqa: INP001, T201 - a program

from __future__ import annotations

import contextlib
import io
import os
import struct
import sys
import tempfile
import warnings
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

REPLAY = sys.argv[2:3] == ["--replay"]
if not REPLAY:
    import atheris

with (
    contextlib.nullcontext()
    if REPLAY
    else atheris.instrument_imports(include=["overpaint"], enable_loader_override=False)
):
    from overpaint import checks, painting
    from overpaint.checks._codec import contents_of
    from overpaint.checks._gif_frames import canvas_of
    from overpaint.errors import OverpaintError, SampleError
    from overpaint.formats import Gone, carry, read_boxes, read_objects, sniff
    from overpaint.formats._parquet import ParquetReader
    from overpaint.formats._tar import TarReader
    from overpaint.pipeline import check_editable, frames
    from overpaint.records import Box, Outcome, Sample

    if sys.argv[1:2] == ["names"]:  # what looks at pictures is not needed by any other
        from overpaint.detectors import FileView, LookOptions
        from overpaint.detectors._names import open_names

MOST_PIXELS = 4 << 20
PNG = b"\x89PNG\r\n\x1a\n"
POLICIES = ("strip", "keep-safe", "keep")
LOOKS = ("blur", "mosaic", "fill")


def summed(data: bytes) -> bytes:
    """A PNG with right checksums; anything else as it is."""
    if not data.startswith(PNG):
        return data
    out, at = bytearray(data), 8
    while at + 12 <= len(out):
        end = at + 8 + int.from_bytes(out[at : at + 4], "big")
        if end + 4 > len(out):
            break
        out[end : end + 4] = struct.pack(">I", zlib.crc32(out[at + 4 : end]))
        at = end + 4
    return bytes(out)


def picture(data: bytes) -> bytes | None:
    """The file to try, or None where its header announces more than is looked at here."""
    data = summed(data)
    seen = sniff(data)
    width, height = seen.width or 1, seen.height or 1
    if seen.codec == "gif":  # frames may reach beyond the canvas that the header tells
        contents = contents_of(data)
        width, height = canvas_of(contents.laid if contents else (), (width, height))
    return None if width * height * (seen.frames or 1) > MOST_PIXELS else data


def try_sniff(data: bytes, _: int, __: int) -> None:
    """Headers alone."""
    seen = sniff(data)
    assert seen.orientation in range(1, 9)
    sniff(data[: len(data) // 2])


def try_strip(data: bytes, one: int, _: int) -> None:
    """The metadata policy of every codec; a second time it finds nothing to do."""
    if (data := picture(data) or b"") == b"":
        return
    policy = POLICIES[one % 3]
    out = painting.paint(data, [], metadata=policy)
    again = painting.paint(out.data, [], metadata=policy)
    assert again.data == out.data, "a second time changes something"
    checks.check(data, out.data, [], metadata=policy, outcome=out.outcome)


def try_paint(data: bytes, one: int, two: int) -> None:
    """Painting one box, and checking what was painted."""
    if (data := picture(data) or b"") == b"":
        return
    boxes = [Box(one % 16 * 2.5, one // 16 * 2.0, one % 16 * 2.5 + 12 + two % 32, one // 16 * 2.0 + 9 + two % 32)]
    look, policy = LOOKS[two // 32 % 3], POLICIES[two // 96]
    out = painting.paint(data, boxes, look=look, metadata=policy)
    checks.check(data, out.data, boxes, look=look, metadata=policy, outcome=out.outcome)


def try_check(data: bytes, one: int, two: int) -> None:
    """A file against itself with a part changed: whatever both are, there is a verdict."""
    if (data := picture(data) or b"") == b"":
        return
    at = len(data) * one // 256
    after = summed(data[:at] + bytes([two]) + data[at + 1 :])
    outcome = (Outcome.REDACTED, Outcome.RE_ENCODED, Outcome.METADATA_ONLY, Outcome.IDENTICAL)[two % 4]
    checks.check(data, after, [Box(4, 4, 30, 28)] if two % 2 == 0 else [], outcome=outcome)


def try_frames(data: bytes, one: int, _: int) -> None:
    """Looking at every picture of a file."""
    data = summed(data)
    seen = sniff(data)
    check_editable(seen, max_pixels=MOST_PIXELS)
    for frame in frames(data, seen, long_side=(0, 16, 640)[one % 3], max_pixels=MOST_PIXELS):
        assert frame.image.ndim == 3


def _all_of(reader: TarReader | ParquetReader) -> None:
    for found in reader.samples():
        if isinstance(found, Sample):
            for step in (reader.read, reader.texts):
                with contextlib.suppress(SampleError):
                    step(found)
    for record in reader.records():
        for sample in record.samples:
            with contextlib.suppress(SampleError):
                reader.read(sample)


def try_tar(data: bytes, one: int, _: int) -> None:
    """Listing, streaming and reading a tar; its headers' checksums are made right in one input of two."""
    raw = bytearray(data)
    for at in range(0, len(raw) - 511, 512) if one % 2 else ():
        if raw[at + 257 : at + 262] == b"ustar":
            raw[at + 148 : at + 156] = b"%06o\0 " % (sum(raw[at : at + 148]) + 256 + sum(raw[at + 156 : at + 512]))
    _all_of(TarReader(io.BytesIO(bytes(raw)), key="a.tar", mtime_ns=1, max_bytes=1 << 20))


def try_parquet(data: bytes, _: int, __: int) -> None:
    """Listing, streaming and reading a parquet file."""
    _all_of(ParquetReader(io.BytesIO(data), key="a.parquet", mtime_ns=1, max_bytes=1 << 20))


def _file(data: bytes, name: str) -> str:
    path = SCRATCH / name
    path.write_bytes(data)
    return os.fspath(path)


def try_boxes(data: bytes, _: int, __: int) -> None:
    """Boxes made elsewhere."""
    given = read_boxes(_file(data, "boxes"))
    with contextlib.suppress(SampleError):
        given.lookup("a.jpg")


def try_objects(data: bytes, one: int, _: int) -> None:
    """Labelled objects: COCO, VOC, YOLO."""
    if one % 3 == 0:
        read_objects(_file(data, "objects.json")).lookup("a.jpg")
        return
    folder = SCRATCH / ("voc" if one % 3 == 1 else "yolo")
    folder.mkdir(exist_ok=True)
    (folder / ("a.xml" if one % 3 == 1 else "a.txt")).write_bytes(data)
    (folder / "classes.txt").write_bytes(b"one\ntwo\n")
    with contextlib.suppress(SampleError):
        read_objects(folder).lookup("a.jpg")


def try_names(data: bytes, one: int, _: int) -> None:
    """Names in metadata, in a key and in a caption; half of the inputs are a packet of XMP alone."""
    if one >= 128:
        data = b"II*\0" + struct.pack("<IHHHIII", 8, 1, 700, 1, len(data), 26, 0) + data
    text = data[:200].decode("utf-8", "replace")
    file = FileView(text[:40], None, summed(data), 400, 300, one % 8 + 1, {"caption": text})
    for seen in open_names(LookOptions(secret=b"key")).read(file):
        box = seen.detection.box
        assert len(seen.detection.text or "") == 32
        assert box is None or (box.area > 0 and box == box.clipped(400, 300)), "a box outside of its picture"


class Sunk(io.BytesIO):
    """An output of `carry`."""

    def commit(self) -> None:
        """Nothing appears anywhere."""


SIDE_FILES = (
    "instances.json", "a.xml", "a.txt", "metadata.csv", "metadata.jsonl", "metadata.parquet", "train.txt", "LICENSE",
    "x.csv", "labels/a.txt", "x.json", "x.jsonl", "x.parquet", "list.tsv", "data.yaml",
)  # fmt: skip


def try_sidefiles(data: bytes, one: int, two: int) -> None:
    """A file beside the images, of which one was removed."""
    gone = Gone.build([("a.jpg", None, "removed"), ("b.jpg", None, "redacted"), ("c/d.jpg", None, "identical")])
    told = list(
        carry(
            [(SIDE_FILES[one % len(SIDE_FILES)], len(data), "not-an-image")],
            open=lambda _: io.BytesIO(data),
            create=lambda _: Sunk(),
            gone=gone,
            unknown="keep",
            overrides={},
            metadata=POLICIES[two % 3],
        )
    )
    assert len(told) == 1


TARGETS: dict[str, Callable[[bytes, int, int], None]] = {
    name.removeprefix("try_"): value for name, value in sorted(globals().items()) if name.startswith("try_")
}


def run(target: str, raw: bytes) -> None:
    """One input."""
    data, one, two = (raw[:-2], raw[-2], raw[-1]) if len(raw) > 2 else (raw, 0, 0)
    with contextlib.suppress(OverpaintError):
        TARGETS[target](data, one, two)


def replayed(target: str, files: list[str]) -> Iterator[str]:
    """What each file does."""
    for name in files:
        run(target, Path(name).read_bytes())
        yield name


def main() -> None:
    """Fuzz, or replay."""
    warnings.simplefilter("ignore")
    if sys.argv[1:2] == [] or sys.argv[1] not in TARGETS:
        sys.exit(f"usage: harness.py TARGET ...; targets: {', '.join(TARGETS)}")
    target = sys.argv.pop(1)
    if REPLAY:
        for name in replayed(target, sys.argv[2:]):
            print("fine:", name)
        return
    atheris.Setup(sys.argv, lambda raw: run(target, raw))
    atheris.Fuzz()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="overpaint-fuzz-") as scratch:
        SCRATCH = Path(scratch)
        main()
