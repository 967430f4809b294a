"""Pascal VOC: an XML file for each picture and person; whole pixels from 1, and the exact corners beside them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

from overpaint.records import Box
from overpaint.review._questions import boxes_of
from overpaint.review.exchange._answers import Asked, Drawn, count_of, number_of, question_of, seconds_of
from overpaint.review.exchange._frame import Frame
from overpaint.review.exchange._model import Labelled, Left
from overpaint.review.exchange._sheet import Sheet, Told
from overpaint.review.exchange._xml import XmlStream

__all__ = ["read_voc", "voc_file"]

_MOST_BYTES = 8 << 20
_MOST_CHILDREN = 20_000
_EXTENSIONS = (".jpg", ".jpeg", ".png", ".JPEG", ".JPG", "")  # of its picture, where the file does not name it
_SIDES = ("xmin", "ymin", "xmax", "ymax")


def voc_file(answers: list[Labelled]) -> bytes:
    """All that one worker said of one picture; stored frame.

    The element ``overpaint`` holds what VOC has no place for: who looked for what, when, and in each object the
    corners as they are. Other programs pass over it.
    """
    one = answers[0]
    folder, _, name = one.sample.rpartition("/")
    lines = [
        '<annotation verified="yes">',
        f"\t<folder>{_escaped(folder)}</folder>",
        f"\t<filename>{_escaped(name)}</filename>",
        "\t<source><database>overpaint</database></source>",
        f"\t<size><width>{one.width}</width><height>{one.height}</height><depth>3</depth></size>",
        "\t<segmented>0</segmented>",
    ]
    for answer in answers:
        for drawn, box in zip(answer.value["boxes"], boxes_of(answer.value), strict=True):
            lines += _object(answer.thing, box, drawn["from"])
    lines.append('\t<overpaint frame="stored">')
    for answer in answers:
        said = {"worker": answer.worker, "thing": answer.thing, "seconds": answer.seconds, "at": answer.at}
        said |= {"question": answer.question or None}
        parts = "".join(f"<{n}>{_escaped(str(value))}</{n}>" for n, value in said.items() if value is not None)
        lines.append(f"\t\t<answer>{parts}</answer>")
    lines.append("\t</overpaint>")
    return "\n".join([*lines, "</annotation>", ""]).encode()


def _object(thing: str, box: Box, came: int | None) -> list[str]:
    whole = _whole(box)
    corners = "".join(f"<{side}>{value}</{side}>" for side, value in zip(_SIDES, whole, strict=True))
    exact = (box.x0, box.y0, box.x1, box.y1)
    ours = "".join(f"<{side}>{value:.2f}</{side}>" for side, value in zip(_SIDES, exact, strict=True))
    origin = "" if came is None else f"<from>{came}</from>"
    return [
        "\t<object>",
        f"\t\t<name>{_escaped(thing)}</name>",
        "\t\t<pose>Unspecified</pose><truncated>0</truncated><difficult>0</difficult>",
        f"\t\t<bndbox>{corners}</bndbox>",
        f"\t\t<overpaint>{ours}{origin}</overpaint>",
        "\t</object>",
    ]


def _whole(box: Box) -> tuple[int, int, int, int]:
    """Corners in whole pixels counted from 1, both ends inside, outward: nothing of the box is lost."""
    x0, y0, x1, y1 = box.outward()
    return x0 + 1, y0 + 1, x1, y1


def _escaped(text: str) -> str:
    return escape(text, {"\r": "&#13;", "\n": "&#10;", "\t": "&#9;"})


# ----------------------------------------------------------------------- reading


def read_voc(path: Path, shown: str, asked: Asked, *, name: str | None, inside: str) -> Iterator[Labelled]:
    """Answers of one file; ``inside`` is its path below the directory, by which its picture may be known."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise Left("unreadable", "larger than 8 MB; no annotation of one picture is")
        with path.open("rb") as file:
            stream = XmlStream(file)
            root = Element("annotation", stream.root().attrib)
            root.extend(list(itertools.islice(stream.children(), _MOST_CHILDREN)))  # a list: it may end in Left
        for answer in _answers(root, asked, name, inside):
            if isinstance(answer, Left):
                asked.tally.leave(answer, shown, "its objects")
            else:
                yield answer
    except Left as left:
        asked.tally.leave(left, shown, "the file")


def _answers(root: Element, asked: Asked, name: str | None, inside: str) -> Iterator[Labelled | Left]:
    folder, file = ((root.findtext(one) or "").strip() for one in ("folder", "filename"))
    own = [f"{folder}/{file}" if folder else file, file] if file else []
    stem = inside.rpartition(".")[0]
    others = [*own[1:], *(f"{stem}{extension}" for extension in _EXTENSIONS)]
    picture = asked.picture(*others, key=own[0] if own else None)
    width, height = (count_of(root.findtext(f"size/{side}"), side) for side in ("width", "height"))
    sheet = Sheet(asked)
    ours = root.find("overpaint")
    told = [] if ours is None else ours.findall("answer")
    who = None
    for one in told:
        who = asked.who(one.findtext("worker"), asked.worker, name)
        seconds, at = (seconds_of(one.findtext(each), each) for each in ("seconds", "at"))
        sheet.look(who, asked.label(one.findtext("thing")), Told(seconds, at, question_of(one.findtext("question"))))
    who = who or asked.who(asked.worker, name)
    objects = root.findall("object")
    first = 0 if any("." in (each.findtext(f"bndbox/{side}") or "") for each in objects for side in _SIDES) else 1
    for each in objects:
        thing = asked.label(each.findtext("name"))
        try:
            sheet.draw(who, thing, _drawn(each, first))
        except Left as left:
            sheet.spoil(who, thing, left)
    verified = root.get("verified") == "yes" and ours is None  # labelImg's mark: a person has looked
    if asked.empties == "all" or (verified and asked.thing is not None):
        if asked.thing is None:
            raise Left("thing-not-known", "nothing says what was looked for; say thing=")
        sheet.looked_at(who, [asked.thing])
    frame: Frame | None = "stored" if ours is not None and ours.get("frame") == "stored" else asked.frame
    yield from sheet.answers(picture, (width, height) if width and height else None, said=frame)


def _drawn(each: Element, first: int) -> Drawn:
    """The exact corners, unless somebody moved the box since: then they no longer agree with the whole ones.

    ``first`` is the number of the first pixel: 1 where all are whole, as the format has it; 0 where there are
    fractions, for then the program that wrote them (datumaro, and CVAT by it) counts in corners and not in pixels.
    """
    x0, y0, x1, y1 = (number_of(each.findtext(f"bndbox/{side}"), side) for side in _SIDES)
    exact = each.find("overpaint")
    if exact is not None:
        ours = [number_of(exact.findtext(side), side) for side in _SIDES]
        box = Box(ours[0], ours[1], ours[2], ours[3])
        if _whole(box) == (x0, y0, x1, y1):
            return Drawn(box, count_of(exact.findtext("from"), "from"))
    return Drawn(Box(x0 - first, y0 - first, x1, y1))
