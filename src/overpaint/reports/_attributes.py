"""Attributes of samples that a maintainer supplies, by key: read, bounded, and never inferred."""

from __future__ import annotations

import functools
from pathlib import Path

import duckdb

from overpaint.errors import LabelsError

__all__ = ["MOST_ATTRIBUTES", "MOST_VALUES", "load_attributes"]

MOST_ATTRIBUTES = 20
MOST_VALUES = 200
_LONGEST = 64


def load_attributes(connection: duckdb.DuckDBPyConnection, path: Path, scratch: Path) -> dict[str, tuple[str, ...]]:
    """Make the table ``attributes (key, attribute, value)`` of a file, each row once; its values by attribute.

    Parameters
    ----------
    connection
        Where to make it.
    path
        CSV or Parquet. Columns ``key,attribute,value``; or ``key`` and a column for each attribute. Cells without a
        value say nothing. A sample may have several values of one attribute: several people are in it.
    scratch
        A directory for a link to the file.

    Raises
    ------
    LabelsError
        The file cannot be read, has no ``key``, or more attributes or values than an attribute can have.
    """
    if not path.is_file():
        raise LabelsError(f"--attributes {path}: there is no such file; check the path")
    # DuckDB reads `*` and `[` in a path as a pattern: a link gives any file a plain name.
    parquet = path.suffix.lower() == ".parquet"
    link = scratch / ("attributes.parquet" if parquet else "attributes.csv")
    link.symlink_to(path.resolve())
    try:
        given = connection.read_parquet(str(link)) if parquet else connection.read_csv(str(link), **_CSV)
        _make(given, path)
    except duckdb.Error as error:
        told = str(error).splitlines()[0].replace(str(link), path.name)
        raise LabelsError(f"--attributes {path}: it cannot be read as a table ({told}); save it as UTF-8 CSV") from None
    found = connection.execute("SELECT attribute, list(DISTINCT value) FROM attributes GROUP BY ALL").fetchall()
    return _bounded({name: tuple(sorted(values)) for name, values in found}, path)


_CSV = {"header": True, "all_varchar": True, "null_padding": False, "strict_mode": True}


def _make(given: duckdb.DuckDBPyRelation, path: Path) -> None:
    names = {name.strip().lower(): name for name in given.columns}
    if "key" not in names:
        raise LabelsError(f"--attributes {path}: there is no column 'key'; it names each sample as the run does")
    key = names["key"]
    if {"attribute", "value"} <= set(names):
        parts = [(duckdb.ColumnExpression(names["attribute"]), names["value"])]
    else:
        others = [name for name in given.columns if name != key]
        if not 0 < len(others) <= MOST_ATTRIBUTES:
            raise LabelsError(
                f"--attributes {path}: {len(others)} columns beside 'key'; give 1 to {MOST_ATTRIBUTES} attributes"
            )
        parts = [(duckdb.ConstantExpression(name), name) for name in others]
    long = [
        given.select(
            duckdb.ColumnExpression(key).cast("VARCHAR").alias("key"),
            duckdb.FunctionExpression("trim", name.cast("VARCHAR")).alias("attribute"),
            duckdb.FunctionExpression("trim", duckdb.ColumnExpression(value).cast("VARCHAR")).alias("value"),
        )
        for name, value in parts
    ]
    union = functools.reduce(duckdb.DuckDBPyRelation.union, long)
    told = union.filter("key IS NOT NULL AND attribute <> '' AND value <> ''")
    told.distinct().to_table("attributes")


def _bounded(values: dict[str, tuple[str, ...]], path: Path) -> dict[str, tuple[str, ...]]:
    if not values:
        raise LabelsError(f"--attributes {path}: no cell has a value; columns are key,attribute,value or key and names")
    if len(values) > MOST_ATTRIBUTES:
        raise LabelsError(f"--attributes {path}: {len(values)} attributes; give {MOST_ATTRIBUTES} at most")
    for name, own in sorted(values.items()):
        if len(own) > MOST_VALUES:
            raise LabelsError(
                f"--attributes {path}: attribute {name[:_LONGEST]!r} has {len(own):,} values; an attribute groups "
                f"samples, in {MOST_VALUES} groups at most"
            )
        if any(len(text) > _LONGEST or not text.isprintable() for text in (name, *own)):
            raise LabelsError(
                f"--attributes {path}: an attribute or a value has more than {_LONGEST} characters or lines; give words"
            )
    return dict(sorted(values.items()))
