"""Who is named in a file's metadata, where, and which addresses stand in its name and captions."""

from __future__ import annotations

import io
import struct
from typing import Any

import fabricated_names as made
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from overpaint.detectors import LookOptions, Seen
from overpaint.detectors._file_view import FileSearch, FileView
from overpaint.detectors._names import open_names
from overpaint.detectors._names._mail import addresses, addresses_in_key
from overpaint.detectors._names._place import placed
from overpaint.detectors._names._xmp import Area
from overpaint.records import Box

JANE = "Jane Doe"
HERE = made.area(0.5, 0.25, 0.1, 0.2)
BOX = (180.0, 45.0, 220.0, 105.0)


def read(data: bytes, **view: Any) -> list[Seen]:
    file = FileView(**{"key": "a.jpg", "codec": None, "data": data, "width": 400, "height": 300, **view})
    seen = list(open_names(LookOptions(keep_text=True)).read(file))
    assert file.faults == []
    return seen


def told(data: bytes, **view: Any) -> list[tuple[str, str | None]]:
    return sorted((one.detection.kind, one.detection.text) for one in read(data, **view))


def boxes(data: bytes, **view: Any) -> dict[str | None, tuple[float, ...] | None]:
    found = dict[str | None, tuple[float, ...] | None]()
    for one in read(data, **view):
        box = one.detection.box
        found[one.detection.text] = (
            None if box is None else tuple(round(v, 6) for v in (box.x0, box.y0, box.x1, box.y1))
        )
    return found


PACKET = made.xmp(made.regions(made.region(JANE, HERE)))
CARRIERS = {
    "jpeg": made.jpeg(made.app1(PACKET)),
    "jpeg-filled": made.jpeg(b"\xff\xff" + made.app1(PACKET)[1:]),
    "jpeg-photoshop": made.jpeg(made.app13(made.resource(0x0424, PACKET))),
    "png": made.png(made.itxt(PACKET)),
    "png-packed": made.png(made.itxt(PACKET, packed=True)),
    "png-raw": made.png(made.raw_profile(b"xmp", PACKET)),
    "png-raw-app1": made.png(made.raw_profile(b"APP1", b"http://ns.adobe.com/xap/1.0/\0" + PACKET)),
    "tiff": made.tiff([(700, 1, PACKET)]),
    "tiff-big-endian": made.tiff([(256, 1, b"\1"), (700, 7, PACKET)], order=">"),
    "bigtiff": made.tiff([(700, 1, PACKET)], big=True),
    "tiff-photoshop": made.tiff([(34377, 7, made.resource(1, b"?", b"odd") + made.resource(0x0424, PACKET))]),
    "webp": made.picture("WEBP", xmp=PACKET),
    "gif": b"GIF89a" + PACKET,
    "jp2": b"\0\0\0\x0cjP  \r\n\x87\n" + struct.pack(">I4s", len(PACKET) + 8, b"xml ") + PACKET,
    "old": b"GIF89a" + PACKET.replace(b"xmpmeta", b"xapmeta"),
    "bare": b"GIF89a" + PACKET[PACKET.index(b"<rdf:RDF") : PACKET.index(b"</x:")],
    "utf-16": made.jpeg(made.app1(PACKET.decode().encode("utf-16"))),
    "utf-16-be": made.jpeg(made.app1(PACKET.decode().partition("?>")[2].encode("utf-16-be"))),
    "utf-32": made.jpeg(made.app1(PACKET.decode().encode("utf-32"))),
    "padded": made.jpeg(made.app1(PACKET + bytes(99))),
    "forbidden": made.jpeg(made.app1(PACKET.replace(b'rdf:about=""', b'rdf:about="\x01&#x1;&#0;"'))),
}  # fmt: skip


@pytest.mark.parametrize("name", CARRIERS)
def test_wherever_xmp_is_carried(name: str) -> None:
    assert boxes(CARRIERS[name]) == {JANE: BOX}


def test_extended_xmp_is_put_together() -> None:
    packet = made.xmp(made.regions(*(made.region(f"Person {n}", HERE) for n in range(900))))
    packet = packet[packet.index(b"<x:") : packet.index(b"</x:xmpmeta>") + 12]
    parts = [packet[at : at + 60_000] for at in range(0, len(packet), 60_000)]
    head = b"http://ns.adobe.com/xmp/extension/\0" + b"0123456789ABCDEF" * 2
    told_ = [head + struct.pack(">II", len(packet), 60_000 * n) + part for n, part in enumerate(parts)]
    main = made.xmp("<xmp:Label>none</xmp:Label>")
    data = made.jpeg(made.app1(main), *(made.segment(0xE1, part) for part in reversed(told_)))
    file = FileView("a", "jpeg", data, 400, 300)
    assert len(open_names(LookOptions()).read(file)) == 500
    assert [str(fault) for fault in file.faults] == ["names found more than 500 names; the rest were left out"]


REGIONS = {
    "attributes": f'<rdf:li><rdf:Description mwg-rs:Name="{JANE}" mwg-rs:Type="Face">{HERE}</rdf:Description></rdf:li>',
    "all-elements": made.region(
        JANE,
        '<mwg-rs:Area rdf:parseType="Resource"><stArea:x>.5</stArea:x><stArea:y>1/4</stArea:y><stArea:w>0.1</stArea:w>'
        "<stArea:h> 2e-1 </stArea:h><stArea:unit>normalized</stArea:unit></mwg-rs:Area>",
    ),
    "no-type": made.region(JANE, HERE, None),
    "pixels": made.region(JANE, made.area(200, 75, 40, 60, "pixel")),
    "qualified": made.region(f'<rdf:Description xml:lang="en"><rdf:value>{JANE}</rdf:value></rdf:Description>', HERE),
    "languages": made.region(made.bag(JANE, kind="Alt"), HERE),
    "entities": made.region("Jane&#32;&#x44;oe", HERE),
    "cdata": made.region("<![CDATA[Jane Doe]]>", HERE),
}


@pytest.mark.parametrize("name", REGIONS)
def test_however_a_region_is_written(name: str) -> None:
    assert boxes(made.jpeg(made.app1(made.xmp(made.regions(REGIONS[name]))))) == {JANE: BOX}


def test_regions_of_no_person_and_without_a_name() -> None:
    entries = [made.region("Rex", HERE, kind) for kind in ("Pet", "Focus", "BarCode")]
    assert read(made.jpeg(made.app1(made.xmp(made.regions(*entries, made.region("", HERE)))))) == []


CIRCLE = '<mwg-rs:Area stArea:x=".5" stArea:y=".5" stArea:d=".2" stArea:unit="normalized"/>'


@pytest.mark.parametrize(
    ("where", "size", "box"),
    [
        (CIRCLE, (400, 300), (170, 120, 230, 180)),
        (made.area(0.5, 0.5, 0.1, 0.1), (800, 600), (180, 135, 220, 165)),
        (made.area(400, 300, 80, 60, "pixel"), (800, 600), (180, 135, 220, 165)),
        (made.area(0.5, 0.5, 0.1, 0.1), (401, 300), (180, 135, 220, 165)),
        (made.area(0.5, 0.5, 0.1, 0.1), None, (180, 135, 220, 165)),
        (made.area(0.5, 0.5, 0.1, 0.1), (300, 300), None),  # cropped since
        (made.area(0.0, 0.0, 0.1, 0.1), None, (0, 0, 20, 15)),
        (made.area(7, 7, 0.1, 0.1), None, None),
        (made.area(0.5, 0.5, 0, 0), None, None),
        ('<mwg-rs:Area stArea:x="nan" stArea:y="1/0" stArea:w="inf" stArea:h="1e999"/>', None, None),
    ],
)
def test_where_a_region_lies(where: str, size: tuple[int, int] | None, box: tuple[float, ...] | None) -> None:
    assert boxes(made.jpeg(made.app1(made.xmp(made.regions(made.region(JANE, where), size=size))))) == {JANE: box}


def test_microsofts_regions() -> None:
    people = made.microsoft((JANE, "0.45, 0.15, 0.1, 0.2"), ("John Roe", "0,0,1"), ("Max Poe", "0,0,-1,2"))
    assert boxes(made.jpeg(made.app1(made.xmp(people)))) == {JANE: BOX, "John Roe": None, "Max Poe": None}


def bound(**values: object) -> str:
    return "".join(f"<Iptc4xmpExt:rb{name}>{value}</Iptc4xmpExt:rb{name}>" for name, value in values.items())


CORNERS = [
    f'<rdf:li rdf:parseType="Resource">{bound(X=x, Y=y)}</rdf:li>' for x, y in ((0.45, 0.15), (0.55, 0.2), (0.5, 0.35))
]


@pytest.mark.parametrize(
    ("boundary", "box"),
    [
        (bound(Shape="rectangle", Unit="relative", X=0.45, Y=0.15, W=0.1, H=0.2), BOX),
        (bound(Unit="pixel", X=200, Y=100, Rx=20), (180, 80, 220, 120)),
        (bound(X=0.5, Y=0.5, Rx=0.05), (180, 130, 220, 170)),
        (bound(Shape="polygon", Vertices=f"<rdf:Seq>{''.join(CORNERS)}</rdf:Seq>"), BOX),
        ("", None),
    ],
)
def test_iptcs_regions(boundary: str, box: tuple[float, ...] | None) -> None:
    person = f"<Iptc4xmpExt:PersonInImage>{made.bag(JANE)}</Iptc4xmpExt:PersonInImage>"
    where = f'<Iptc4xmpExt:RegionBoundary rdf:parseType="Resource">{boundary}</Iptc4xmpExt:RegionBoundary>'
    entry = f'<rdf:li rdf:parseType="Resource">{where}{person}</rdf:li>'
    packet = made.xmp(f"<Iptc4xmpExt:ImageRegion>{made.bag_of(entry)}</Iptc4xmpExt:ImageRegion>")
    assert boxes(made.jpeg(made.app1(packet))) == {JANE: box}


def test_lists_of_people() -> None:
    details = (
        '<rdf:li rdf:parseType="Resource"><Iptc4xmpExt:PersonName><rdf:Alt><rdf:li xml:lang="en">John Roe</rdf:li>'
        "</rdf:Alt></Iptc4xmpExt:PersonName><Iptc4xmpExt:PersonId>x</Iptc4xmpExt:PersonId></rdf:li>"
    )
    tags = made.bag("People|Friends|Ann Lee", "Places|Rome", "People")
    packet = made.xmp(
        f"<Iptc4xmpExt:PersonInImage>{made.bag(JANE, '')}</Iptc4xmpExt:PersonInImage>",
        f"<Iptc4xmpExt:PersonInImageWDetails>{made.bag_of(details)}</Iptc4xmpExt:PersonInImageWDetails>",
        f"<mediapro:People>{made.bag('Max Poe')}</mediapro:People>",
        f"<lr:hierarchicalSubject>{tags}</lr:hierarchicalSubject>",
        f"<digiKam:TagsList>{made.bag('People/Bo Li', 'a')}</digiKam:TagsList>",
        f"<dc:creator>{made.bag('Ph O. Tographer', kind='Seq')}</dc:creator>",
        attributes='photoshop:CaptionWriter="Cap T. Writer"',
    )
    seen = read(made.jpeg(made.app1(packet)))
    assert {(one.detector, one.detection.kind, one.detection.text, one.confidence) for one in seen} == {
        ("name-lists", "name-iptc", JANE, 1.0),
        ("name-lists", "name-iptc", "John Roe", 1.0),
        ("name-lists", "name-xmp", "Max Poe", 1.0),
        ("name-lists", "name-xmp", "Ann Lee", 1.0),
        ("name-lists", "name-xmp", "Bo Li", 1.0),
        ("name-makers", "name-iptc", "Ph O. Tographer", 0.5),
        ("name-makers", "name-iptc", "Cap T. Writer", 0.5),
    }
    assert [one.confidence for one in seen] == sorted((one.confidence for one in seen), reverse=True)
    assert sorted({one.subject for one in seen}) == list(range(7))


RECORDS = (
    made.dataset(90, b"\x1b%G", record=1) + made.dataset(80, "Zoë By".encode()) + made.dataset(122, b"Wri Ter")
    + made.dataset(110, b"Agency") + made.dataset(120, b"ask jane@example.org") + made.dataset(118, b"by@example.com")
)  # fmt: skip


@pytest.mark.parametrize(
    "data",
    [
        made.jpeg(made.app13(made.resource(0x0404, RECORDS, b"name"))),
        made.jpeg(*(made.segment(0xED, b"Photoshop 3.0\0" + part) for part in
                    (made.resource(0x0404, RECORDS)[:60], made.resource(0x0404, RECORDS)[60:]))),
        made.png(made.raw_profile(b"iptc", RECORDS)),
        made.png(made.raw_profile(b"8bim", made.resource(0x0404, RECORDS))),
        made.tiff([(33723, 7, RECORDS)]),
        made.tiff([(33723, 7, RECORDS), (34377, 7, made.resource(0x0404, RECORDS))]),
    ],
)  # fmt: skip
def test_iptcs_records(data: bytes) -> None:
    assert told(data) == [
        ("name-caption", "jane@example.org"),
        ("name-iptc", "Wri Ter"),
        ("name-iptc", "Zoë By"),
        ("name-iptc", "by@example.com"),
        ("name-iptc", "by@example.com"),
    ]


def test_records_in_latin_letters_and_with_long_lengths() -> None:
    long = struct.pack(">BBBHI", 0x1C, 2, 80, 0x8004, 6) + "Zoë By".encode("cp1252")
    assert told(made.tiff([(33723, 7, long)])) == [("name-iptc", "Zoë By")]
    endless = struct.pack(">BBBH", 0x1C, 2, 80, 0x8009) + b"x"
    assert told(made.tiff([(33723, 7, endless)])) == []


def test_addresses_in_metadata() -> None:
    packet = made.xmp(
        f"<dc:description>{made.bag('from jane@example.org', kind='Alt')}</dc:description>",
        '<Iptc4xmpCore:CreatorContactInfo Iptc4xmpCore:CiEmailWork="ph@example.com"/>',
        "<xmp:Label>me@example.net</xmp:Label>",
    )
    assert told(made.jpeg(made.app1(packet), made.segment(0xFE, b"x@example.org"))) == [
        ("name-caption", "jane@example.org"),
        ("name-caption", "x@example.org"),
        ("name-iptc", "ph@example.com"),
        ("name-xmp", "me@example.net"),
    ]
    text = made.chunk(b"tEXt", b"Comment\0by y@example.org")
    assert told(made.png(text)) == [("name-caption", "y@example.org")]


def test_addresses_in_keys_and_captions() -> None:
    view = {"key": "jane%40example.org/img.jpg", "texts": {"txt": "Max (max@example.co.uk), 2 @ home", "json": "{}"}}
    assert told(b"", **view) == [("name-caption", "max@example.co.uk"), ("name-key", "jane@example.org")]


@pytest.mark.parametrize(
    ("key", "found"),
    [
        ("logo@2x.png", []),
        ("a/logo@1.5x.png", []),
        ("jane@example.org.jpg", ["jane@example.org"]),
        ("jane.doe+x@mail.example.org/1.tar.gz", ["jane.doe+x@mail.example.org"]),
        ("x@a.json.txt", []),
        ("@example.org", []),
        ("jane@example", []),
        ("_-@example.org", []),
        ("jürgen@bücher.example", ["jürgen@bücher.example"]),
        ("a@b.de,c@d.fr", ["a@b.de", "c@d.fr"]),
        ("a@@b.de", []),
        ("me@example.org@example.com", ["me@example.org", "example.org@example.com"]),
    ],
)
def test_addresses_in_names_of_files(key: str, found: list[str]) -> None:
    assert list(addresses_in_key(key)) == found


@given(st.text(st.sampled_from("ab.@-_%+ é1"), max_size=80))
def test_addresses_stand_in_the_text_and_say_what_they_are(text: str) -> None:
    for found in addresses(text):
        assert found in text
        local, _, domain = found.partition("@")
        assert local
        assert "." in domain
        assert domain.rpartition(".")[2].isalpha()


def test_one_person_told_twice_is_one_subject() -> None:
    packet = made.xmp(
        made.regions(made.region(JANE, HERE), made.region("JOHN ROE", made.area(0.1, 0.1, 0.1, 0.1))),
        made.microsoft((f" {JANE.upper()} ", "0.45, 0.15, 0.1, 0.21"), ("John Roe", "0.8, 0.8, 0.1, 0.1")),
        f"<mediapro:People>{made.bag(JANE)}</mediapro:People>",
    )
    seen = read(made.jpeg(made.app1(packet)))
    jane = {one.subject for one in seen if (one.detection.text or "").casefold() == JANE.casefold()}
    assert len(jane) == 1
    assert len(seen) == 5
    assert len({one.subject for one in seen}) == 3  # and two called John Roe


def test_a_name_is_kept_as_its_keyed_hash() -> None:
    view = FileView("a", "jpeg", made.jpeg(made.app1(PACKET)), 400, 300)
    twice = FileView("b", "jpeg", made.jpeg(made.app1(PACKET.replace(b"Jane Doe", b"  jane\n DOE"))), 400, 300)
    one, other = open_names(LookOptions(secret=b"1")), open_names(LookOptions(secret=b"2"))
    (first,), (second,), (third,) = one.read(view), one.read(twice), other.read(view)
    hashed = first.detection.text or ""
    assert len(hashed) == 32
    assert int(hashed, 16) >= 0
    assert second.detection.text == hashed != third.detection.text
    assert "Jane" not in repr(first)
    assert "Jane" not in repr(view)


def test_the_search_is_one() -> None:
    search = open_names(LookOptions())
    assert isinstance(search, FileSearch)
    assert search.name == "names"
    assert set(search.kinds) == {"name-caption", "name-iptc", "name-key", "name-xmp"}
    assert len({told_.name for told_ in search.detectors}) == 4
    assert all(told_.version and told_.weights == "" for told_ in search.detectors)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("turned", [False, True])
def test_boxes_are_of_the_stored_picture(orientation: int, turned: bool) -> None:
    """Against Pillow's way to turn pictures: what is marked upright is where the box lies in the stored one."""
    stored = np.zeros((60, 100), np.uint8)
    stored[10:20, 60:90] = 255
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(stored).save(out, "PNG", exif=exif)
    shown = stored
    if turned and orientation > 4:
        with Image.open(out) as image:
            shown = np.asarray(ImageOps.exif_transpose(image))
    y, x = np.nonzero(shown)
    tall, wide = shown.shape
    area = Area(x.min() / wide, y.min() / tall, (x.max() + 1) / wide, (y.max() + 1) / tall, of=(wide * 3, tall * 3))
    box = placed(area, width=100, height=60, orientation=orientation)
    assert box is not None
    assert [round(v, 6) for v in (box.x0, box.y0, box.x1, box.y1)] == [60, 10, 90, 20]


def test_other_pages_have_no_boxes() -> None:
    other = made.xmp(made.regions(made.region("John Roe", HERE)))
    assert boxes(made.tiff([(700, 1, PACKET)], [(700, 1, other)])) == {JANE: BOX, "John Roe": None}
    assert boxes(CARRIERS["jpeg"], width=None, height=None) == {JANE: None}


def test_nothing_is_nothing() -> None:
    for form in ("JPEG", "PNG", "TIFF", "WEBP", "GIF", "JPEG2000", "BMP"):
        assert read(made.picture(form)) == []
    assert read(made.jpeg(made.app1(b'<?xpacket begin="" id=""?>' + b" " * 99 + b'<?xpacket end="w"?>'))) == []
    assert isinstance(Box(0, 0, 1, 1), Box)
