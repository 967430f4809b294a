"""The part of RDF/XML that XMP is written in (ISO 16684-1, annex C): properties, structures, and arrays of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from overpaint.detectors._names._xml import Node

__all__ = ["RDF", "fields", "first", "items", "number", "said", "words"]

RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_XML: Final = "http://www.w3.org/XML/1998/namespace"
_CONTAINERS: Final = frozenset(f"{RDF} {name}" for name in ("Bag", "Seq", "Alt"))
_DESCRIPTION: Final = f"{RDF} Description"
_VALUE: Final = f"{RDF} value"
_LONGEST: Final = 2000  # characters of a value


def fields(node: Node) -> Iterator[Node]:
    """The properties of a structure, whichever of the ways it is written in: as elements or as attributes."""
    for child in [node, *(child for child in node.children if child.name == _DESCRIPTION)]:
        for name, value in child.attributes.items():
            if not name.startswith((RDF, _XML)) and " " in name:
                yield Node(name, text=value)
        yield from (inner for inner in child.children if inner.name != _DESCRIPTION)


def first(node: Node, name: str) -> Node | None:
    """The first property of that name."""
    return next((field for field in fields(node) if field.name == name), None)


def items(node: Node) -> Iterator[Node]:
    """The entries of an array; the property itself where it is none."""
    held = [child for child in node.children if child.name in _CONTAINERS]
    if not held:
        yield node
    for container in held:
        yield from container.children


def words(node: Node | None) -> list[str]:
    """Every text of a property: of an array each entry's, of an alternative each language's."""
    if node is None:
        return []
    found = [said(item) for item in items(node)]
    return [text for text in dict.fromkeys(found) if text]


def said(node: Node) -> str:
    """The text of a simple value, qualified or not, at most 2,000 characters."""
    text = node.text.strip()
    if not text:
        value = first(node, _VALUE)
        text = value.text.strip() if value is not None else ""
    return text[:_LONGEST]


def number(text: str) -> float | None:
    """A finite number as XMP writes them, a fraction included, or None."""
    above, _, below = text.strip()[:64].partition("/")
    try:
        value = float(above) / (float(below) if below else 1.0)
    except (ValueError, ZeroDivisionError, OverflowError):
        return None
    return value if abs(value) < _FAR else None


_FAR: Final = 1e9
