"""Where a dataset keeps its labels, as far as its first records tell."""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.types as pt

from overpaint.errors import SampleError, SourceError
from overpaint.records import Sample

from ._containers import ContainerSource
from ._label_features import class_lists
from ._label_names import placed, wnid_of
from ._label_places import LabelPlace
from ._listing import ShardRef, read_shard, read_shards
from ._parquet_columns import overpaint_of
from ._record import Field, Record
from ._source import Source

__all__ = ["LABEL_NAMES", "OBJECT_NAMES", "complete_places", "find_label_places"]

_ASKED = 100  # records of one container
_CONTAINERS = 8
_BACK = 64  # shards that are gone back to the first one of a container
_MOST = 1 << 20  # bytes of a member that is looked into
_LONGEST = 256  # characters of a text that may be a label
_MOST_PLACES = 64
LABEL_NAMES = frozenset(
    """
    category categories category_name class classes class_label class_name class_names cls label labels label_name
    label_names label_text synset synsets tag tags wnid wnids
    """.split()  # noqa: SIM905 - a list of words is read as one
)
"""Names of members and columns that hold labels, in lower case."""
OBJECT_NAMES = frozenset({"annotation", "annotations", "object", "objects"})
#: Directories that hold images of whatever class.
_NO_LABELS = frozenset({"images", "jpegimages", "data", "image", "imgs", "img", "photos", "rgb"})
_MEMBERS = frozenset({"cls", "cls.txt", "class", "class.txt", "label", "label.txt", "labels", "labels.txt"})


def find_label_places(source: Source, listing: str | os.PathLike[str]) -> tuple[LabelPlace, ...]:
    """Where labels stand, by records of some containers: by names like ``label``, ``class``, ``category``, ``tags``.

    A folder's labels are its directories, but for ones like ``images`` and ``JPEGImages``. In a tar ``.cls`` and JSON
    are looked into, in a parquet file what Hugging Face's metadata calls ClassLabel, and columns of numbers or text by
    name. Directories inside of containers count where they say what the rest says, are wnids, or are all there is.
    ``.txt`` is text and no label.

    Parameters
    ----------
    listing
        The directory of the source's finished listing.

    Raises
    ------
    SourceError
        The source cannot be read.
    """
    refs = read_shards(Path(listing))
    if not refs:
        return ()
    if not isinstance(source, ContainerSource):
        return (LabelPlace("path"),) if _any_label(Path(listing), refs) else ()
    records: list[Record] = []
    found: dict[str, tuple[str, ...] | None] = {}
    for samples in _spread(Path(listing), refs):
        try:
            records += itertools.islice(source.records(samples, packs=True), _ASKED)
            if source.kind == "parquet":
                found = {**_columns(source, source.schema(samples[0])), **found}
        except SampleError as error:
            raise SourceError(f"cannot look for labels in {samples[0].file!a}: {error.detail}") from None
    for record in records:
        for field in record.fields:
            found |= {place: found.get(place) for place in _inside(field)}
    if _says_path(records, others=bool(found)):
        if ".cls" in found:
            found[".cls"] = _classes_by_path(Path(listing), refs, records)
        found = {"path": None, **found}
    return tuple(LabelPlace(place, classes) for place, classes in itertools.islice(found.items(), _MOST_PLACES))


def complete_places(
    source: Source, listing: str | os.PathLike[str], places: Sequence[LabelPlace]
) -> tuple[LabelPlace, ...]:
    """Places that a user said, with what numbers mean there where the source says so.

    Raises
    ------
    SourceError
        The source cannot be read.
    """
    refs = read_shards(Path(listing))
    if not refs or not isinstance(source, ContainerSource) or source.kind != "parquet":
        return tuple(places)
    try:
        known = class_lists(source.schema(read_shard(Path(listing), refs[0])[0]))
    except SampleError as error:
        raise SourceError(f"cannot look for labels in the source: {error.detail}") from None
    return tuple(
        place.meaning(known[way]) if place.classes is None and (way := (place.field, *place.steps)) in known else place
        for place in places
    )


def _spread(listing: Path, refs: Sequence[ShardRef]) -> Iterator[list[Sample]]:
    """The first shards of some containers, spread over all: a split, or a class, may say less than the others."""
    told: set[str | None] = set()
    for at in dict.fromkeys(round(n * (len(refs) - 1) / (_CONTAINERS - 1)) for n in range(_CONTAINERS)):
        samples = read_shard(listing, refs[at])
        for before in range(at - 1, max(-1, at - _BACK), -1):
            earlier = read_shard(listing, refs[before])
            if earlier[0].file != samples[0].file:
                break
            samples = earlier
        if samples[0].file not in told:
            told.add(samples[0].file)
            yield samples


def _any_label(listing: Path, refs: Sequence[ShardRef]) -> bool:
    samples = itertools.chain.from_iterable(read_shard(listing, ref) for ref in refs)
    return any(sample.label is not None and sample.label.lower() not in _NO_LABELS for sample in samples)


def _columns(source: ContainerSource, schema: Any) -> dict[str, tuple[str, ...] | None]:
    """Columns of labels, with the class lists that the metadata holds."""
    if overpaint_of(schema).get("source") == "webdataset":
        return {}  # its rows come as members
    found: dict[str, tuple[str, ...] | None] = {}
    for path, classes in class_lists(schema).items():
        if path[0] not in source.about.added:
            found[f"column:{_pointer(path)}"] = classes
    for field in schema:
        if field.name in source.about.added:
            continue
        for path in _named(field, ()):
            found.setdefault(f"column:{_pointer(path)}", None)
    return found


def _named(field: pa.Field, before: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Paths to values of a column that are called as labels are and can be some."""
    kind, path = _plain(field.type), (*before, field.name)
    if field.name.lower() in LABEL_NAMES and (pt.is_integer(kind) or pt.is_string(kind) or pt.is_large_string(kind)):
        yield path
    if not before and field.name.lower() in OBJECT_NAMES and pt.is_struct(kind):
        for at in range(kind.num_fields):
            yield from _named(kind.field(at), path)


def _plain(kind: pa.DataType) -> pa.DataType:
    if pt.is_list(kind) or pt.is_large_list(kind) or pt.is_fixed_size_list(kind):
        kind = kind.value_type
    return kind.value_type if pt.is_dictionary(kind) else kind


def _inside(field: Field) -> Iterator[str]:
    """Places in one field: a member that is a label, labels in JSON."""
    data: Any = field.value
    if isinstance(data, pa.StringScalar | pa.LargeStringScalar) and data.is_valid and field.name == "json":
        data = bytes(data.as_buffer())
    if not isinstance(data, bytes) or len(data) > _MOST:
        return
    if field.name.lower() in _MEMBERS:
        if _is_label(_text(data).strip() or None):
            yield f".{field.name}"
    elif field.name.rpartition(".")[2] == "json":
        try:
            yield from (f".{field.name}:{pointer}" for pointer in _pointers(json.loads(data)))
        except (ValueError, RecursionError):
            return


def _pointers(value: Any) -> Iterator[str]:
    if not isinstance(value, dict):
        return
    for name, one in value.items():
        if name.lower() in LABEL_NAMES and _are_labels(one):
            yield _pointer((name,))
        elif name.lower() in OBJECT_NAMES:
            for entry in one[:1] if isinstance(one, list) else [one]:
                yield from (
                    _pointer((name, inner))
                    for inner, deep in (entry.items() if isinstance(entry, dict) else ())
                    if inner.lower() in LABEL_NAMES and _are_labels(deep)
                )


def _pointer(path: Sequence[str]) -> str:
    if all(name and not set(name) & set(".[]/\0") for name in path):
        return ".".join(path)
    return "/" + "/".join(name.replace("~", "~0").replace("/", "~1") for name in path)


def _are_labels(value: Any) -> bool:
    return bool(value) and all(map(_is_label, value)) if isinstance(value, list) else _is_label(value)


def _is_label(value: Any) -> bool:
    if isinstance(value, str):
        return 0 < len(value) <= _LONGEST and "\0" not in value
    return isinstance(value, int) and not isinstance(value, bool)


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return ""


def _classes_by_path(listing: Path, refs: Sequence[ShardRef], records: Sequence[Record]) -> tuple[str, ...] | None:
    """What numbers mean that stand beside directories: these in their order, if the first records all say so."""
    told = [
        (at.label, _text(field.value).strip())
        for record in records
        for field in record.fields
        for sample in record.samples[:1]
        if field.name == "cls" and (at := placed(sample)) is not None
    ]
    if not told or not all(number.isdecimal() for _, number in told):
        return None
    labels = {at.label for ref in refs for sample in read_shard(listing, ref) if (at := placed(sample)) is not None}
    numbers = {label: number for number, label in enumerate(sorted(labels))}
    return tuple(numbers) if all(numbers.get(label) == int(number) for label, number in told) else None


def _says_path(records: Sequence[Record], *, others: bool) -> bool:
    """Whether the directories of a container's images are labels."""
    told = [(at.label, sample.label) for record in records for sample in record.samples if (at := placed(sample))]
    if not told:
        return False
    return not others or all(own == label or wnid_of(own) == own for own, label in told)
