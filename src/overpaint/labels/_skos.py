"""SKOS vocabularies in Turtle or RDF/XML, read by rdflib.

A file may come from anywhere: RDF/XML with a DOCTYPE is refused before rdflib sees it, because entities defined there
grow without bound or fetch files, and nothing is ever fetched from an address that a file names.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any
from xml.parsers import expat

from overpaint.errors import LabelsError
from overpaint.labels._facts import Synset

__all__ = ["checked_text", "read_skos"]

MOST = 1_000_000
LONGEST = 10_000
SKOS = "http://www.w3.org/2004/02/skos/core#"


def read_skos(data: bytes, name: str) -> tuple[list[Synset], Mapping[str, str]]:
    """The concepts of a vocabulary and their definitions, both by the concepts' addresses (URIs).

    A concept's names are its English or unmarked labels, preferred ones first; where it has none, those of every
    language; where it has none at all, the last part of its address.

    Raises
    ------
    LabelsError
        It is no Turtle or RDF/XML, has a DOCTYPE, holds no concept, or rdflib is not installed.
    """
    graph = _graph(data, name)
    from rdflib import URIRef
    from rdflib.namespace import RDF

    def skos(word: str) -> URIRef:
        return URIRef(SKOS + word)

    above: dict[str, list[str]] = {
        str(one): [] for one in graph.subjects(RDF.type, skos("Concept")) if isinstance(one, URIRef)
    }
    if not above:
        raise LabelsError(f"{name}: holds no skos:Concept")
    if len(above) > MOST:
        raise LabelsError(f"{name}: more than {MOST:,} concepts; take the part of the hierarchy that is needed")
    for wide, narrow in ((False, "broader"), (True, "narrower")):
        for one, other in graph.subject_objects(skos(narrow)):
            child, parent = (str(other), str(one)) if wide else (str(one), str(other))
            above.setdefault(child, []).append(parent)
    synsets = []
    meanings = {}
    for key in sorted(above):
        one = URIRef(key)
        names = _texts(graph, one, skos("prefLabel")) + _texts(graph, one, skos("altLabel"))
        names = tuple(dict.fromkeys(names)) or (key.rstrip("/#").rpartition("#")[2].rpartition("/")[2] or key,)
        names = tuple(checked_text(each, name) for each in names)
        checked_text(key, name)
        synsets.append(Synset(key, names, tuple(sorted(set(above[key])))))
        if told := _texts(graph, one, skos("definition")):
            meanings[key] = checked_text(told[0], name)
    return synsets, meanings


def checked_text(text: str, where: str) -> str:
    """A text of a file with single spaces, if it is one that can be printed."""
    plain = " ".join(text.split())
    if len(plain) > LONGEST or not plain.isprintable():
        raise LabelsError(f"{where}: a text is longer than {LONGEST:,} letters or holds control characters")
    return plain


def _texts(graph: Any, one: Any, word: Any) -> tuple[str, ...]:
    """A concept's texts of one kind: English or unmarked ones where there are any."""
    found = sorted(
        (str(text.language or "").lower(), str(text).strip())
        for text in graph.objects(one, word)
        if hasattr(text, "language")
    )
    ours = [text for language, text in found if text and language.partition("-")[0] in {"", "en"}]
    return tuple(ours or [text for _, text in found if text])


def _graph(data: bytes, name: str) -> Any:
    try:
        import rdflib
    except ImportError as error:
        raise LabelsError(f"{name}: SKOS is read by rdflib; pip install 'overpaint[skos]'") from error
    turtle = name.lower().endswith(".ttl")
    if not turtle:
        _refuse_doctype(data, name)
    logging.getLogger("rdflib").setLevel(logging.CRITICAL)  # it logs what it finds odd in a file, with the file's text
    graph = rdflib.Graph(bind_namespaces="none")
    before = rdflib.NORMALIZE_LITERALS
    rdflib.NORMALIZE_LITERALS = False  # it would write the decimal 1e999999999 out in full
    try:
        graph.parse(data=data, format="turtle" if turtle else "xml", publicID="urn:overpaint:vocabulary")
    except Exception as error:  # rdflib's parsers raise whatever comes up
        form = "Turtle" if turtle else "RDF/XML"
        raise LabelsError(f"{name}: no {form} that can be read ({type(error).__name__})") from error
    finally:
        rdflib.NORMALIZE_LITERALS = before
    return graph


def _refuse_doctype(data: bytes, name: str) -> None:
    def refuse(*_: object) -> None:
        raise LabelsError(
            f"{name}: has a DOCTYPE, which can define entities without bound; save it without one, or as Turtle"
        )

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(data, True)  # noqa: FBT003 - it is final; the function takes no keywords
    except expat.ExpatError as error:
        raise LabelsError(f"{name}: no XML ({expat.errors.messages[error.code]}, line {error.lineno})") from error
