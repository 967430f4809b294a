"""Names files as the world writes them: which class goes by which number.

Text, one class a line: ``tench``, ``n01440764``, ``n01440764 tench``, ``0 tench``, ``0: tench``, ``tench: 0``, with
spaces, tabs or commas. CSV with a head that names its columns. JSON: a list of names, of ``[wnid, name]`` or of
objects; ``{"0": "tench"}``, ``{"0": ["n01440764", "tench"]}`` (Keras), ``{"tench": 0}`` (``class_to_idx``), any of
them under ``id2label``, ``label2id``, ``names`` or ``classes``. YAML: the ``names`` of YOLO's ``data.yaml``.

What such a file says is kept as it is, duplicates and all: finding damage is another's work. Only what cannot be told
is refused: two names for one number, a file that is no text.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from overpaint.errors import LabelsError
from overpaint.labels._names_yaml import yaml_names

__all__ = ["Entry", "loads_entries", "read_entries"]

LARGEST = 32 << 20
MOST = 1_000_000
LONGEST = 1_000
LONGEST_LINE = 10_000
WNID = re.compile(r"n\d{8}")
_BEGINS = re.compile(r"(n\d{8})(?:[\s,;_:-]+(.*))?", re.DOTALL)
_NUMBER_FIRST = re.compile(r"(?P<number>\d{1,9})(?P<mark> *\t\s*|\s*[,:;=]\s*|\s+)(?P<rest>\S.*)", re.DOTALL)
_NUMBER_LAST = re.compile(r"(?P<rest>.*[^\s,:;=])(?P<mark>\s*[,:;=]\s*| *\t\s*)(?P<number>\d{1,9})", re.DOTALL)
_NUMBERS = ("index", "id", "idx", "class_id", "class_index", "label_id", "number", "class", "label")
_IDS = ("wnid", "synset", "synset_id", "wordnet_id")
_NAMES = ("name", "names", "class_name", "label_name", "words", "lemma", "label", "class", "display_name", "text")
_UNDER = ("id2label", "label2id", "class_to_idx", "names", "classes", "categories", "labels")


@dataclass(frozen=True, slots=True)
class Entry:
    """One class of a names file. ``name`` is empty where the file leaves its number out."""

    id: str | None
    name: str


Numbered = tuple[int | None, Entry]


def read_entries(path: Path) -> tuple[Entry, ...]:
    """The classes of a names file, in the order of their numbers.

    Raises
    ------
    LabelsError
        It cannot be read, or not as a names file; the message names the file and the entry.
    """
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise LabelsError(f"{path}: {error.strerror or error}") from error
    return loads_entries(data, str(path))


def loads_entries(data: bytes, name: str) -> tuple[Entry, ...]:
    """As `read_entries`, from bytes; ``name`` stands in messages, and its ending tells JSON, YAML and CSV from text."""
    if len(data) > LARGEST:
        raise LabelsError(f"{name}: more than {LARGEST >> 20} MB; a names file has one short line a class")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise LabelsError(f"{name}: byte {error.start} is not UTF-8; write the file in UTF-8") from error
    if "\0" in text:
        raise LabelsError(f"{name}: no text; give a file with one class a line")
    kind = Path(name).suffix.lower()
    if kind == ".json" or (kind not in {".csv", ".tsv", ".txt", ".yaml", ".yml"} and text.lstrip()[:1] in {"[", "{"}):
        numbered = _json(text, name)
    elif kind in {".yaml", ".yml"}:
        numbered = _of_value(yaml_names(text, name), name)
    else:
        _refuse_lines(text, name)
        numbered = _table(text, name) if kind in {".csv", ".tsv"} else _lines(text, name)
    return _placed(numbered, name)


def _refuse_lines(text: str, name: str) -> None:
    """Before anything is taken apart: a names file has few lines, and short ones."""
    if text.count("\n") > 2 * MOST:
        raise LabelsError(f"{name}: more than {MOST:,} classes")
    if max(map(len, text.split("\n"))) > LONGEST_LINE:
        raise LabelsError(
            f"{name}: a line is longer than {LONGEST_LINE:,} letters; a names file has one short line a class"
        )


def _lines(text: str, name: str) -> list[Numbered]:
    """Text, one class a line. A number counts as one where every line has it at that end, and each another."""
    lines = [stripped for line in text.split("\n") if (stripped := line.strip())]
    if len(lines) > MOST:
        raise LabelsError(f"{name}: more than {MOST:,} classes")
    for pattern in (_NUMBER_FIRST, _NUMBER_LAST):
        found = [each for line in lines if (each := pattern.fullmatch(line))]
        if len(found) == len(lines) and _numbers_them([int(each["number"]) for each in found]):
            words = {each["rest"] for each in found if each["mark"].isspace() and "\t" not in each["mark"]}
            if len(words) != 1 or len(lines) == 1:  # `1 series`, `2 series` are names
                return [(int(each["number"]), _entry(each["rest"])) for each in found]
    return [(None, _entry(line)) for line in lines]


def _numbers_them(numbers: Sequence[int]) -> bool:
    """Numbers of classes are each another, and begin at 0 or 1; `7 up` and `1900s car` are names."""
    return (
        bool(numbers)
        and len(set(numbers)) == len(numbers)
        and min(numbers) <= 1
        and max(numbers) <= 2 * len(numbers) + 100
    )


def _entry(text: str) -> Entry:
    """A class as a line or a value writes it: a wnid, a wnid and a name, or a name."""
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        text = text[1:-1].strip()
    if found := _BEGINS.fullmatch(text):
        rest = (found[2] or "").strip()
        return Entry(found[1], rest.strip('"').strip() or found[1])
    return Entry(None, text)


def _table(text: str, name: str) -> list[Numbered]:
    """CSV or TSV with a head; one without a head is read as lines."""
    first = text.split("\n", 1)[0]
    mark = max(",\t;", key=first.count)
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=mark) if any(row)]
    except csv.Error as error:
        raise LabelsError(f"{name}: {error}; write it as CSV with a head such as index,wnid,name") from error
    head = [title.strip().lower() for title in rows[0]] if rows else []
    named = next((head.index(title) for title in _NAMES if title in head), None)
    ids = next((head.index(title) for title in _IDS if title in head), None)
    if named is None and ids is None:
        return _lines("\n".join(mark.join(row) for row in rows) if mark == "\t" else text, name)
    numbers = next((at for title in _NUMBERS if title in head and (at := head.index(title)) not in {named, ids}), None)
    return [_row(row, numbers, ids, named, f"{name}: line {at}") for at, row in enumerate(rows[1:], 2)]


def _row(row: Sequence[str], numbers: int | None, ids: int | None, named: int | None, where: str) -> Numbered:
    def cell(at: int | None) -> str:
        return row[at].strip() if at is not None and at < len(row) else ""

    entry = _entry(cell(named)) if cell(named) else Entry(None, "")
    told = cell(ids)
    entry = Entry(told or entry.id, entry.name or told)
    number = cell(numbers)
    if WNID.fullmatch(number):  # a column `id` that holds wnids
        return None, Entry(number, entry.name or number)
    if number and not (number.isascii() and number.isdigit()):
        raise LabelsError(f"{where}: what stands for the class's number is none; write a number, or a wnid")
    return (int(number[:10]) if number else None), entry


def _json(text: str, name: str) -> list[Numbered]:
    try:
        value = json.loads(text, object_pairs_hook=lambda pairs: _object(pairs, name))
    except (ValueError, RecursionError) as error:
        raise LabelsError(
            f"{name}: no JSON ({error}); give a list of names, or an object from numbers to names"
        ) from error
    return _of_value(value, name)


def _of_value(value: Any, name: str) -> list[Numbered]:
    """A list or a mapping, as JSON and YAML have them."""
    if isinstance(value, list | dict) and len(value) > MOST:
        raise LabelsError(f"{name}: more than {MOST:,} classes")
    if isinstance(value, Mapping):
        under = next((key for key in _UNDER if isinstance(value.get(key), list | dict)), None)
        if under is not None:
            return _of_value(value[under], name)
        return [_pair(key, each, f"{name}: entry {at}") for at, (key, each) in enumerate(value.items())]
    if isinstance(value, list):
        return [_item(each, at, name) for at, each in enumerate(value)]
    raise LabelsError(f"{name}: holds no list of classes; give a list of names, or an object from numbers to names")


def _item(value: Any, at: int, name: str) -> Numbered:
    if isinstance(value, Mapping):
        row = {str(key).lower(): each for key, each in value.items() if isinstance(each, str | int)}
        numbers = {key: each for key, each in row.items() if type(each) is int}
        number = next((numbers[key] for key in _NUMBERS if key in numbers), None)
        texts = {key: each for key, each in row.items() if isinstance(each, str)}
        told = next((texts[key] for key in _IDS if key in texts), None)
        called = next((texts[key] for key in _NAMES if key in texts), told)
        if called is None:
            raise LabelsError(f"{name}: entry {at} has no name; give each class a name or a wnid")
        return number, Entry(told or _entry(called).id, called if told else _entry(called).name)
    return None, _item_text(value, f"{name}: entry {at}")


def _item_text(value: Any, where: str) -> Entry:
    """A name, or ``[wnid, name]``."""
    if isinstance(value, str):
        return _entry(value)
    if isinstance(value, list) and value and all(isinstance(each, str) for each in value):
        if WNID.fullmatch(value[0]):
            return Entry(value[0], ", ".join(value[1:]) or value[0])
        return Entry(None, ", ".join(value))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Entry(None, str(value))
    raise LabelsError(f"{where} is neither a name nor a wnid with a name")


def _object(pairs: Sequence[tuple[str, Any]], name: str) -> dict[str, Any]:
    """A JSON object; Python's reader would keep the last of two entries with one key and say nothing."""
    found: dict[str, Any] = {}
    for at, (key, value) in enumerate(pairs):
        if key in found:
            raise LabelsError(f"{name}: an object's entry {at} has the key of one before it; give each class its own")
        found[key] = value
    return found


def _pair(key: Any, value: Any, where: str) -> Numbered:
    """``"0": "tench"``, ``"0": ["n01440764", "tench"]`` or ``"tench": 0``."""
    if type(value) is int:
        return value, _entry(str(key))
    if str(key).isascii() and str(key).isdigit():
        return int(str(key)[:10]), _item_text(value, where)
    raise LabelsError(f"{where} pairs no number with a name; write numbers and names of classes")


def _placed(numbered: Iterable[Numbered], name: str) -> tuple[Entry, ...]:
    """Entries at their numbers; numbers that the file leaves out have no name."""
    listed = list(numbered)
    if not listed:
        raise LabelsError(f"{name}: holds no classes")
    if len(listed) > MOST:
        raise LabelsError(f"{name}: more than {MOST:,} classes")
    long = next(
        (at for at, (_, entry) in enumerate(listed) if len(entry.name) > LONGEST or len(entry.id or "") > LONGEST), None
    )
    if long is not None:
        raise LabelsError(
            f"{name}: entry {long} is longer than {LONGEST} letters; a names file has one short line a class"
        )
    if any(number is None for number, _ in listed):
        if any(number is not None for number, _ in listed):
            raise LabelsError(f"{name}: some classes have a number and some have none; number all of them, or none")
        return tuple(entry for _, entry in listed)
    places: dict[int, Entry] = {}
    for number, entry in listed:
        assert number is not None
        if not 0 <= number < MOST:
            raise LabelsError(f"{name}: the number {number} of a class; numbers go from 0 to {MOST - 1:,}")
        if number in places:
            raise LabelsError(f"{name}: two classes have the number {number}; give each its own")
        places[number] = entry
    gap = Entry(None, "")
    return tuple(places.get(number, gap) for number in range(max(places) + 1))
