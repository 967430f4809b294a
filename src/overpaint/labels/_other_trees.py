"""Hierarchies other than WordNet: a CSV of identifiers, names and parents, or a SKOS vocabulary.

CSV: a head with ``id``, ``name`` (or ``names``) and ``parents`` (or ``parent``, ``broader``), and ``definition`` where
there is one; several names or parents in a cell are separated by ``;`` or ``|``.
SKOS (Turtle or RDF/XML): `skos:Concept`, ``prefLabel``, ``altLabel``, ``broader``, ``narrower``, ``definition``.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from overpaint.errors import LabelsError
from overpaint.labels._facts import Synset
from overpaint.labels._skos import checked_text, read_skos
from overpaint.labels._taxonomy import Taxonomy, wordnet

__all__ = ["loads_taxonomy", "read_taxonomy"]

LARGEST = 64 << 20
MOST = 1_000_000
_IDS = ("id", "wnid", "identifier", "code")
_NAMES = ("names", "name", "words", "label", "labels", "preflabel")
_PARENTS = ("parents", "parent", "broader", "parent_id")
_MEANINGS = ("definition", "gloss", "description")


def read_taxonomy(path: str | Path) -> Taxonomy:
    """A hierarchy from a file: ``.csv``, ``.tsv``, ``.ttl`` (Turtle), ``.rdf``, ``.owl`` or ``.xml`` (RDF/XML).

    Its version is the beginning of the file's SHA-256. The word ``wordnet`` is the one that comes along.

    Raises
    ------
    LabelsError
        The file cannot be read, is larger than 64 MB, holds an identifier twice, a parent that is not there, or a thing
        that is above itself; or it is SKOS and rdflib is not installed (``pip install 'overpaint[skos]'``).
    """
    if str(path) == "wordnet":
        return wordnet()
    place = Path(path)
    try:
        with place.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise LabelsError(f"{path}: {error.strerror or error}") from error
    if len(data) > LARGEST:
        raise LabelsError(f"{path}: more than {LARGEST >> 20} MB; take the part of the hierarchy that is needed")
    return loads_taxonomy(data, str(path))


@lru_cache(maxsize=1)  # one command asks several questions of it
def loads_taxonomy(data: bytes, name: str) -> Taxonomy:
    """As `read_taxonomy`, from bytes; the ending of ``name`` tells the form, and it stands in messages."""
    kind = Path(name).suffix.lower()
    if kind in {".csv", ".tsv"}:
        synsets, meanings = _csv(data, name)
    elif kind in {".ttl", ".rdf", ".owl", ".xml"}:
        synsets, meanings = read_skos(data, name)
    else:
        raise LabelsError(f"{name}: no hierarchy is known by this ending; give .csv, .tsv, .ttl, .rdf, .owl or .xml")
    if not synsets:
        raise LabelsError(f"{name}: holds nothing; a hierarchy has at least one thing")
    version = hashlib.sha256(data).hexdigest()[:12]
    return Taxonomy.of(name, version, synsets, definitions=meanings)


def _csv(data: bytes, name: str) -> tuple[list[Synset], Mapping[str, str]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise LabelsError(f"{name}: byte {error.start} is not UTF-8; write the file in UTF-8") from error
    mark = "\t" if name.lower().endswith(".tsv") else max(",;\t", key=text.split("\n", 1)[0].count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    synsets: list[Synset] = []
    meanings: dict[str, str] = {}
    try:
        head = [title.strip().lower() for title in next(rows, [])]
        columns = [
            next((head.index(title) for title in titles if title in head), None) for titles in (_IDS, _NAMES, _PARENTS)
        ]
        told = next((head.index(title) for title in _MEANINGS if title in head), None)
        if None in columns:
            raise LabelsError(f"{name}: its first line must name the columns id, name and parents")
        for row in rows:
            if not any(row):
                continue
            if len(synsets) >= MOST:
                raise LabelsError(f"{name}: more than {MOST:,} things; take the part of the hierarchy that is needed")
            synset = _synset(
                [row[at] if at is not None and at < len(row) else "" for at in columns], f"{name}: line {rows.line_num}"
            )
            synsets.append(synset)
            if told is not None and told < len(row) and row[told].strip():
                meanings[synset.id] = checked_text(row[told], f"{name}: line {rows.line_num}")
    except csv.Error as error:
        raise LabelsError(f"{name}: line {rows.line_num}: {error}") from error
    return synsets, meanings


def _synset(cells: list[str], where: str) -> Synset:
    key, called, above = (checked_text(cell, where) for cell in cells)
    if not key:
        raise LabelsError(f"{where}: has no identifier; give each thing one")
    names = tuple(dict.fromkeys(part.strip().replace("_", " ") for part in re.split(r"[;|]", called) if part.strip()))
    parents = tuple(dict.fromkeys(part.strip() for part in re.split(r"[;|]", above) if part.strip()))
    return Synset(key, names or (key,), parents)
