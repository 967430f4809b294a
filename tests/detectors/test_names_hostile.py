"""Metadata that announce, nest or repeat more than they should, and metadata that are anything at all."""

from __future__ import annotations

import struct
import tracemalloc
import zlib
from collections.abc import Callable

import fabricated_names as made
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from overpaint.detectors import LookOptions
from overpaint.detectors._file_view import FileView
from overpaint.detectors._names import open_names
from overpaint.detectors._names._carriers import carried
from overpaint.detectors._names._xml import MOST_BYTES, Unreadable, parse
from overpaint.records import Box

SEARCH = open_names(LookOptions(keep_text=True))
NAMED = made.xmp(made.regions(made.region("Jane Doe", made.area(0.5, 0.5, 0.2, 0.2))))
HEAD = b'<x:xmpmeta xmlns:x="adobe:ns:meta/">'


def read(data: bytes) -> tuple[list[str | None], list[str]]:
    file = FileView("a.jpg", None, data, 400, 300, 6)
    seen = SEARCH.read(file)
    return [one.detection.text for one in seen], [fault.sentence for fault in file.faults]


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
REFUSED: dict[str, tuple[bytes, str]] = {
    "entities": (f'<!DOCTYPE a [<!ENTITY l0 "ha">{LAUGHS}]><a>&l11;</a>'.encode(), "it has a document type"),
    "external": (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "it has a document type"),
    "external-subset": (b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a/>', "it has a document type"),
    "parameter": (b'<!DOCTYPE a [<!ENTITY % p "<!ELEMENT a ANY>">%p;]><a/>', "it has a document type"),
    "entity-of-nobody": (b"<a>&x;</a>", "it is not well-formed"),
    "deep": (b"<a>" * 200_000, "it has too many or too deep elements"),
    "many": (b"<a>" + b"<b/>" * 300_000 + b"</a>", "it has too many or too deep elements"),
    "attributes": (
        b"<a " + b" ".join(b'a%d="1"' % n for n in range(210_000)) + b"/>",
        "it has too many or too deep elements",
    ),
    "large": (b"<a>" + bytes(MOST_BYTES), "it is too large"),
    "cut": (NAMED[:900], "it is not well-formed"),
    "prefix": (b"<x:a/>", "it is not well-formed"),
    "text": (b"no XML at all", "it is not well-formed"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    text, why = REFUSED[name]
    with pytest.raises(Unreadable, match=why):
        parse(text)
    assert read(made.tiff([(700, 1, text)])) == ([], [f"could not read the file's XMP: {why}"])


def test_nothing_behind_the_end_matters() -> None:
    assert read(made.tiff([(700, 1, NAMED + b"<a>" * 1000)])) == (["Jane Doe"], [])


def _tags_of_one_place(count: int) -> bytes:
    packet = b"<a>" + b"x" * (8 << 20) + b"</a>"
    entries = struct.pack("<HHII", 700, 1, len(packet), 8) * count
    head = b"II*\0" + struct.pack("<I", 8 + len(packet)) + packet
    return head + struct.pack("<H", count) + entries + bytes(4)


def _pages_in_a_circle() -> bytes:
    data = bytearray(made.tiff([(700, 1, NAMED)]))
    data[-4:] = data[4:8]
    return bytes(data)


COSTLY: dict[str, Callable[[], bytes]] = {
    "one-text": lambda: made.tiff([(700, 1, b"<a>" + b"x&amp;" * (2 << 20) + b"</a>")]),
    "one-attribute": lambda: made.tiff([(700, 1, b'<a b="' + b"@" * (4 << 20) + b'"/>')]),
    "addresses": lambda: made.tiff([(700, 1, made.xmp(f"<dc:title>{'a@b.de ' * 200_000}</dc:title>"))]),
    "ats": lambda: made.tiff([(700, 1, made.xmp(f"<dc:title>{'@' * 900_000}</dc:title>"))]),
    "regions": lambda: made.tiff(
        [(700, 1, made.xmp(made.regions(*[made.region("J", made.area(0.5, 0.5, 0.1, 0.1))] * 3_000)))]
    ),
    "names": lambda: made.tiff([(700, 1, made.xmp(f"<dc:creator>{made.bag(*map(str, range(20_000)))}</dc:creator>"))]),
    "tags": lambda: _tags_of_one_place(40_000),
    "circle": _pages_in_a_circle,
    "segments": lambda: made.jpeg(*[made.app1(b"<a/>")] * 20_000),
    "extended": lambda: made.jpeg(
        *[made.segment(0xE1, b"http://ns.adobe.com/xmp/extension/\0" + b"%032d" % n + bytes(8)) for n in range(15_000)]
    ),
    "resources": lambda: made.jpeg(made.app13(made.resource(1, b"") * 5_000)),
    "bombs": lambda: made.png(*[made.itxt(zlib.compress(bytes(64 << 20)), packed=False)[:8] * 2] * 9_000),
    "packed": lambda: made.png(*[made.chunk(b"zTXt", b"XML:com.adobe.xmp\0\0" + zlib.compress(bytes(64 << 20)))] * 40),
    "hexadecimal": lambda: made.png(made.raw_profile(b"xmp", b"<a>" + bytes(1 << 20))),
    "datasets": lambda: made.tiff([(33723, 7, made.dataset(80, b"") * 600_000)]),
    "scan": lambda: b"<x:xmpmeta" * 400_000,
    "packets": lambda: (HEAD + b"</x:xmpmeta>") * 40_000,
}  # fmt: skip


@pytest.mark.parametrize("name", COSTLY)
def test_memory_is_bounded_and_it_ends(name: str) -> None:
    """In seconds; without the bounds some of these take hours."""
    data = COSTLY[name]()
    tracemalloc.start()
    try:
        read(data)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 200 << 20


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=300), st.sampled_from(["jpeg", "tiff", "png", "iim", "8bim", "raw"]))
def test_anything_at_all(block: bytes, where: str) -> None:
    file = {
        "jpeg": lambda: made.jpeg(made.app1(block)),
        "tiff": lambda: b"II*\0\x08\0\0\0" + block,
        "png": lambda: b"\x89PNG\r\n\x1a\n" + block,
        "iim": lambda: made.tiff([(33723, 7, b"\x1c\2" + block)]),
        "8bim": lambda: made.jpeg(made.app13(b"8BIM\4\4" + block)),
        "raw": lambda: block,
    }[where]()
    for one in SEARCH.read(FileView("k", None, file, 40, 30, 5)):
        assert one.detection.kind in SEARCH.kinds


SEEDS = [
    made.jpeg(made.app1(NAMED), size=(16, 16)), made.png(made.itxt(NAMED, packed=True)),
    made.tiff([(700, 1, NAMED), (33723, 7, made.dataset(80, b"Jane"))]), b"GIF89a" + NAMED,
    made.jpeg(made.app13(made.resource(0x0404, made.dataset(120, b"a@b.de"))), size=(16, 16)),
    made.tiff([(700, 1, NAMED)], big=True), made.tiff([(700, 1, NAMED)], big=True)[:8] + bytes(3000),
]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(SEEDS), st.data())
def test_damage_anywhere(seed: bytes, data: st.DataObject) -> None:
    raw = bytearray(seed[:3000])
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at] = data.draw(st.integers(0, 255) | st.sampled_from([0, 255, 60, 62, 38]))
    cut = bytes(raw[: data.draw(st.integers(1, len(raw)))])
    for file in (bytes(raw), cut):
        view = FileView("k", None, file, 40, 30, data.draw(st.integers(1, 8)))
        for one in SEARCH.read(view):
            box = one.detection.box
            assert box is None or (box == box.clipped(40, 30) and box.area > 0)
            assert 0 < one.confidence <= 1
        assert all(fault.detector == "names" for fault in view.faults)


@given(st.text(max_size=60).filter(lambda name: name.strip()))
def test_names_come_back_as_they_were_written(name: str) -> None:
    """Whatever a name is made of, but for what XML cannot hold and runs of blanks."""
    escaped = name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    packet = made.xmp(
        made.regions(made.region(escaped.encode("utf-8", "replace").decode(), made.area(0.5, 0.5, 0.2, 0.2)))
    )
    texts, faults = read(made.jpeg(made.app1(packet)))
    assert faults == []
    told = "".join(c if c in "\t\n\r" or (c >= " " and c not in "\ufffe\uffff") else " " for c in name)
    told = " ".join(told.encode("utf-8", "replace").decode().split())
    assert [t for t in texts if "@" not in (t or "")] in ([told], [])


def test_what_lies_behind_any_end() -> None:
    for far in (1 << 40, (1 << 64) - 1):
        assert read(b"II+\0\x08\0\0\0" + struct.pack("<Q", far)) == ([], [])
        entry = struct.pack("<HHQQ", 700, 1, far, far)
        assert read(b"II+\0\x08\0\0\0" + struct.pack("<QQ", 16, 1) + entry + struct.pack("<Q", far)) == ([], [])


def test_a_walk_takes_nothing_of_the_picture() -> None:
    """What stands in the coded picture or behind it is none of the metadata."""
    inside = made.jpeg()[:-2] + made.app1(NAMED) + b"\xff\xd9" + made.app1(NAMED)
    assert carried(inside).xmp == {}
    assert Box(0, 0, 1, 1).area == 1
