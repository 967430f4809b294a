"""People in XMP: regions with names, lists of persons, who made the picture, and every text in which an address may be.

Regions are those of the Metadata Working Group (Guidelines for Handling Image Metadata 2.0, 5.9), of Microsoft's people
tagging (Windows Imaging Component) and of the IPTC (Photo Metadata Standard 2019.1 and later).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from overpaint.detectors._names._rdf import RDF, fields, first, items, number, said, words
from overpaint.detectors._names._xml import Node

__all__ = ["Area", "Person", "people", "texts"]

_MWG: Final = "http://www.metadataworkinggroup.com/schemas/regions/"
_AREA: Final = "http://ns.adobe.com/xmp/sType/Area#"
_DIM: Final = "http://ns.adobe.com/xap/1.0/sType/Dimensions#"
_MP: Final = "http://ns.microsoft.com/photo/1.2/"
_MPRI: Final = "http://ns.microsoft.com/photo/1.2/t/RegionInfo#"
_MPREG: Final = "http://ns.microsoft.com/photo/1.2/t/Region#"
_EXT: Final = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
_CORE: Final = "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/"
_DC: Final = "http://purl.org/dc/elements/1.1/"
_PHOTOSHOP: Final = "http://ns.adobe.com/photoshop/1.0/"
_MEDIAPRO: Final = "http://ns.iview-multimedia.com/mediapro/1.0/"
_TAGS: Final = {
    "http://ns.adobe.com/lightroom/1.0/ hierarchicalSubject": "|",
    "http://www.digikam.org/ns/1.0/ TagsList": "/",
}
_PEOPLE: Final = frozenset({"people", "persons"})
_NO_PERSON: Final = frozenset({"pet", "focus", "barcode"})
_CAPTIONS: Final = frozenset(
    {f"{_DC} {name}" for name in ("description", "title", "subject")}
    | {f"{_PHOTOSHOP} {name}" for name in ("Headline", "Instructions")}
    | {"http://ns.adobe.com/exif/1.0/ UserComment", "http://ns.adobe.com/tiff/1.0/ ImageDescription"}
)
_ENTRIES: Final = 2000
"""Of one list; what follows is not read."""

Kind = Literal["name-xmp", "name-iptc", "name-caption"]


@dataclass(frozen=True, slots=True)
class Area:
    """Where, in the picture that the numbers were made for.

    ``left, top, right, bottom`` are shares of its sides (``pixels`` False) or pixels. ``of`` is the size in pixels of
    that picture, where it is told. A circle is a point and a ``radius``: pixels, or a share of the picture's width, or
    of its shorter side (``of_shorter``).
    """

    left: float
    top: float
    right: float
    bottom: float
    pixels: bool = False
    of: tuple[float, float] | None = None
    radius: float = 0.0
    of_shorter: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """A name; ``maker`` says that it is of one who made the picture, and not of one in it."""

    kind: Kind
    name: str
    area: Area | None = None
    maker: bool = False


def people(root: Node) -> Iterator[Person]:
    """Everyone whom a packet names, in its order; the same person may come several times."""
    for field in _properties(root):
        read = _READERS.get(field.name)
        if read is not None:
            yield from read(field)


def texts(root: Node) -> Iterator[tuple[Kind, str]]:
    """Every text with an ``@`` in it, and the kind that an address in it has."""
    for field in _properties(root):
        kind: Kind = "name-caption" if field.name in _CAPTIONS else "name-xmp"
        kind = "name-iptc" if field.name.startswith((_CORE, _EXT)) else kind
        for node in field.walk():
            for text in (node.text, *node.attributes.values()):
                if "@" in text:
                    yield kind, text


def _properties(root: Node) -> Iterator[Node]:
    """What the packet says of the file."""
    packet = next((node for node in root.walk() if node.name == f"{RDF} RDF"), None)
    for described in packet.children if packet is not None else ():
        yield from fields(described)


def _working_group(info: Node) -> Iterator[Person]:
    """``mwg-rs:Regions``: a list of areas around a centre, each with a name and a type."""
    size = None
    if (dimensions := first(info, f"{_MWG} AppliedToDimensions")) is not None:
        wide, tall = (_number(dimensions, f"{_DIM} {side}") for side in ("w", "h"))
        size = (wide, tall) if wide and tall and wide > 0 and tall > 0 else None
    for region in _entries(first(info, f"{_MWG} RegionList")):
        kind = first(region, f"{_MWG} Type")
        if kind is not None and said(kind).lower() in _NO_PERSON:
            continue
        area = first(region, f"{_MWG} Area")
        where = _around(area, size) if area is not None else None
        yield from (Person("name-xmp", name, where) for name in words(first(region, f"{_MWG} Name")))


def _around(area: Node, size: tuple[float, float] | None) -> Area | None:
    """A rectangle by its centre, or a circle."""
    x, y, wide, tall, across = (_number(area, f"{_AREA} {name}") for name in ("x", "y", "w", "h", "d"))
    if x is None or y is None:
        return None
    unit = first(area, f"{_AREA} unit")
    pixels = unit is not None and said(unit).lower() == "pixel"
    if across and across > 0:
        return Area(x, y, x, y, pixels, size, across / 2, of_shorter=True)
    if not wide or not tall or wide < 0 or tall < 0:
        return None
    return Area(x - wide / 2, y - tall / 2, x + wide / 2, y + tall / 2, pixels, size)


def _microsoft(info: Node) -> Iterator[Person]:
    """``MP:RegionInfo``: rectangles as left, top, width, height in shares of the sides."""
    for region in _entries(first(info, f"{_MPRI} Regions")):
        where = None
        if (told := first(region, f"{_MPREG} Rectangle")) is not None:
            sides = [number(side) for side in said(told).split(",")[:5]]
            if len(sides) == 4 and None not in sides:
                x, y, wide, tall = (side or 0.0 for side in sides)
                where = Area(x, y, x + wide, y + tall) if wide > 0 and tall > 0 else None
        yield from (Person("name-xmp", name, where) for name in words(first(region, f"{_MPREG} PersonDisplayName")))


def _iptc_regions(info: Node) -> Iterator[Person]:
    """``Iptc4xmpExt:ImageRegion``: persons with the boundary of the region that shows them."""
    for region in _entries(info):
        boundary = first(region, f"{_EXT} RegionBoundary")
        where = _boundary(boundary) if boundary is not None else None
        for name in ("PersonInImage", "PersonInImageWDetails"):
            for person in _persons(first(region, f"{_EXT} {name}")):
                yield Person("name-xmp", person.name, where)


def _boundary(node: Node) -> Area | None:
    """The rectangle, the circle, or the rectangle around the polygon."""
    unit = first(node, f"{_EXT} rbUnit")
    pixels = unit is not None and said(unit).lower() == "pixel"
    x, y, wide, tall, radius = (_number(node, f"{_EXT} rb{name}") for name in ("X", "Y", "W", "H", "Rx"))
    corners = [
        (_number(corner, f"{_EXT} rbX"), _number(corner, f"{_EXT} rbY"))
        for corner in _entries(first(node, f"{_EXT} rbVertices"))
    ]
    whole = [(a, b) for a, b in corners if a is not None and b is not None]
    if len(whole) > 2:
        across, down = [a for a, _ in whole], [b for _, b in whole]
        return Area(min(across), min(down), max(across), max(down), pixels)
    if x is None or y is None:
        return None
    if radius and radius > 0:
        return Area(x, y, x, y, pixels, radius=radius)
    return Area(x, y, x + wide, y + tall, pixels) if wide and tall and wide > 0 and tall > 0 else None


def _persons(node: Node | None) -> Iterator[Person]:
    """``PersonInImage``: names; ``PersonInImageWDetails``: structures that hold them."""
    for entry in _entries(node):
        names = words(first(entry, f"{_EXT} PersonName")) or [said(entry)]
        yield from (Person("name-iptc", name) for name in names if name)


def _listed(node: Node) -> Iterator[Person]:
    yield from (Person("name-xmp", name) for name in words(node)[:_ENTRIES])


def _tagged(node: Node) -> Iterator[Person]:
    """Keywords below "People" in a tree of them."""
    between = _TAGS[node.name]
    for path in words(node)[:_ENTRIES]:
        top, *below = path.split(between)
        if below and below[-1].strip() and top.strip().lower() in _PEOPLE:
            yield Person("name-xmp", below[-1].strip())


def _makers(node: Node) -> Iterator[Person]:
    yield from (Person("name-iptc", name, maker=True) for name in words(node)[:_ENTRIES])


_READERS: Final[dict[str, Callable[[Node], Iterator[Person]]]] = {
    f"{_MWG} Regions": _working_group,
    f"{_MP} RegionInfo": _microsoft,
    f"{_EXT} ImageRegion": _iptc_regions,
    f"{_EXT} PersonInImage": _persons,
    f"{_EXT} PersonInImageWDetails": _persons,
    f"{_MEDIAPRO} People": _listed,
    **dict.fromkeys(_TAGS, _tagged),
    f"{_DC} creator": _makers,
    f"{_PHOTOSHOP} CaptionWriter": _makers,
}


def _entries(node: Node | None) -> list[Node]:
    if node is None:
        return []
    return [item for item, _ in zip(items(node), range(_ENTRIES), strict=False)]


def _number(node: Node, name: str) -> float | None:
    field = first(node, name)
    return number(said(field)) if field is not None else None
