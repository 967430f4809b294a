"""The counts behind a report of skew: by class, by what becomes of the images, and by supplied attributes."""

from __future__ import annotations

import contextlib
import functools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from overpaint.records import python_key, stored_key
from overpaint.reports._attributes import load_attributes
from overpaint.reports._database import Attached, attached
from overpaint.rundir import Run

__all__ = ["LabelCounts", "Pair", "Row", "counting"]


@dataclass(frozen=True, slots=True)
class Row:
    """Images that bear the same labels and share what becomes of them; with an attribute's value, those that have it.

    ``now`` is what they are labelled with under the decisions in force (None: as they were). ``fate`` is one of
    ``kept``, ``redacted``, ``removed``, ``quarantined``, ``failed``, ``held`` (in the no-view lane, labels untold) and
    ``waiting`` (nothing is decided). ``people`` images have a face or a person at the threshold, or something painted;
    ``faces`` are faces at the threshold, ``painted`` those painted over.
    """

    labels: tuple[str, ...]
    now: tuple[str, ...] | None
    fate: str
    images: int
    looked: int = 0
    people: int = 0
    with_face: int = 0
    with_person: int = 0
    faces: int = 0
    painted: int = 0
    attribute: str = ""
    value: str = ""

    def unseen(self) -> Row:
        """The same, where nobody looked for people: nothing is known of them."""
        return replace(self, looked=0, people=0, with_face=0, with_person=0, faces=0)

    @property
    def borne(self) -> tuple[str, ...]:
        """The labels that they bear under the decisions in force."""
        return self.labels if self.now is None else self.now


@dataclass(frozen=True, slots=True)
class Pair:
    """Images that have a value of each of two attributes, and those of them that are left."""

    attribute: str
    value: str
    with_attribute: str
    with_value: str
    images: int
    left_in: int


@dataclass(frozen=True)
class LabelCounts:
    """A run that can be counted by label.

    ``reached`` shards of ``shards`` were looked at, ``decided`` have decisions in force, ``acted`` carry them out.
    ``relabelled``: decisions change labels. ``strangers`` of ``rows`` lines of the attributes name no sample.
    """

    shards: int
    reached: int
    decided: int
    acted: int
    relabelled: bool
    values: Mapping[str, tuple[str, ...]]
    rows: int
    strangers: int
    _files: Attached

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """Where the table ``told`` has a row a sample, for who asks for more than counts."""
        return self._files.connection

    def classes(self) -> tuple[Row, ...]:
        """All images, by label."""
        return self._told("classes")

    def groups(self) -> tuple[Row, ...]:
        """Those with a value of an attribute, by label; one with two values counts under both."""
        return self._told("groups") if self.values else ()

    def known(self) -> tuple[Row, ...]:
        """Those for which an attribute is known, each once, by label."""
        return self._told("known") if self.values else ()

    def pairs(self, stays: Mapping[tuple[tuple[str, ...], tuple[str, ...] | None], bool]) -> tuple[Pair, ...]:
        """Those with values of two attributes; ``stays`` says of which (``labels``, ``now``) a policy leaves images."""
        if len(self.values) < 2:
            return ()
        kind = pa.list_(pa.string())
        labels = pa.array([_stored(key[0]) for key in stays], kind)
        now = pa.array([None if key[1] is None else _stored(key[1]) for key in stays], kind)
        table = pa.table([labels, now, pa.array(list(stays.values()), pa.bool_())], names=["labels", "now", "stays"])
        self._files.connection.register("outlook", table)
        return tuple(Pair(**row) for row in _ask(self._files, "pairs"))

    def _told(self, name: str) -> tuple[Row, ...]:
        rows = []
        for row in _ask(self._files, name):
            row["labels"] = _python(row["labels"])
            row["now"] = None if row["now"] is None else _python(row["now"])
            rows.append(Row(**row))
        return tuple(rows)


def _python(labels: Iterable[str]) -> tuple[str, ...]:
    return tuple(python_key(label) for label in labels)


def _stored(labels: Iterable[str]) -> list[str]:
    return [stored_key(label) for label in labels]


@contextlib.contextmanager
def counting(run: Run, *, face: float, person: float, attributes: Path | None = None) -> Iterator[LabelCounts]:
    """Open a run for counting by label; at any stage, only shards that were looked at count.

    Parameters
    ----------
    face, person
        The lowest confidence that counts as a face, and as a person.
    attributes
        Attributes that a maintainer supplies, by key.

    Raises
    ------
    RunError
        A file of the run is missing or damaged.
    LabelsError
        The attributes cannot be read.
    """
    with attached(run) as files:
        values = {} if attributes is None else load_attributes(files.connection, attributes, files.scratch)
        acted = _acted(files)
        for name, shards in (("decided", files.decided), ("acted", acted)):
            files.connection.register(name, pa.table({"shard": pa.array(shards, pa.string())}))
        relabelled = _make(files, {"face": face, "person": person}, once=not values)
        strangers = _ask(files, "strangers")[0] if values else {"rows": 0, "strangers": 0}
        yield LabelCounts(
            shards=len(files.markers),
            reached=len(files.done),
            decided=len(files.decided),
            acted=len(acted),
            relabelled=relabelled,
            values=values,
            _files=files,
            **strangers,
        )


@functools.cache
def _queries() -> Mapping[str, str]:
    text = (resources.files(__package__) / "skew.sql").read_text("utf-8")
    parts = re.split(r"^-- name: (\w+)\n", text, flags=re.MULTILINE)[1:]
    return {name: sql.strip() for name, sql in zip(parts[::2], parts[1::2], strict=True)}


def _acted(files: Attached) -> list[str]:
    """Shards whose outcomes are those of the decisions in force."""
    done = set(files.done)
    current = (m for m in files.markers if m["shard"] in done and m["generation"] is not None)
    return [marker["shard"] for marker in current if marker["generation"] == files.generation]


def _make(files: Attached, parameters: Mapping[str, float], *, once: bool) -> bool:
    """The temporary tables; whether a decision changes a label. ``once``: samples are gone through only once."""
    has_labels = "labels" in files.connection.table("decisions").columns  # runs made before there were label policies
    for name in ("make_seen", "make_decided", "make_relabelled", "make_samples"):
        sql = _queries()[name]
        if name == "make_relabelled" and not has_labels:
            sql = "CREATE TEMP TABLE relabelled (key VARCHAR, labels VARCHAR[])"
        if name == "make_samples" and once:  # as many rows as samples need not be kept
            sql = sql.replace("TEMP TABLE", "TEMP VIEW", 1)
        used = {key: value for key, value in parameters.items() if f"${key}" in sql}
        files.connection.execute(sql, used) if used else files.connection.execute(sql)
    (found,) = files.connection.execute("SELECT count(*) FROM relabelled").fetchone() or (0,)
    return bool(found)


def _ask(files: Attached, name: str) -> list[dict[str, Any]]:
    cursor = files.connection.execute(_queries()[name])
    columns = [column[0] for column in cursor.description or ()]
    return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
