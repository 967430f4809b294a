"""Samples that can be balanced, as cells of attributes within pools; and which of a cell's samples go."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from overpaint.errors import LabelsError
from overpaint.reports._attributes import load_attributes
from overpaint.reports._database import scratch_connection
from overpaint.reports._skew_count import Row, counting
from overpaint.rundir import Run

__all__ = ["BalancePool", "balance_pool"]

_Cell = tuple[str, ...]


@dataclass(frozen=True)
class BalancePool:
    """Samples with their labels and attributes.

    ``values`` are those of every attribute that was supplied; ``rows`` the labels that samples bear together, with how
    many bear them.
    """

    values: Mapping[str, tuple[str, ...]]
    rows: tuple[Row, ...]
    _connection: duckdb.DuckDBPyConnection

    def cells(self, pools: Mapping[tuple[str, ...], str], attributes: Sequence[str]) -> dict[_Cell, int]:
        """How many samples are in each cell: the pool, then a value of each attribute (empty: not known, or several).

        Parameters
        ----------
        pools
            The pool of the samples with these labels; others are in none.
        attributes
            One or two.
        """
        labels = pa.array([list(key) for key in pools], pa.list_(pa.string()))
        table = pa.table([labels, pa.array(list(pools.values()), pa.string())], names=["labels", "pool"])
        self._connection.register("pools", table)
        for place, name in enumerate((*attributes, *[""] * (2 - len(attributes)))):
            self._connection.execute(_ONE.format(place=place), {"name": name})
        self._connection.execute(_CELLS)
        rows = self._connection.execute("SELECT pool, one, other, count(*) FROM placed GROUP BY ALL ORDER BY ALL")
        return {(pool, one, other)[: 1 + len(attributes)]: n for pool, one, other, n in rows.fetchall()}

    def chosen(self, stay: Mapping[_Cell, int], *, seed: int, stays: bool) -> Iterator[list[str]]:
        """The keys that go (or, ``stays``: all that stay), sorted, as a run's tables hold them; call `cells` before.

        Of a cell, those stay whose SHA-256 of the seed and the key comes first: the same seed chooses the same on every
        machine, and who else is in the cell changes a sample's fate only by how many stay.

        Parameters
        ----------
        stay
            How many stay of each cell; of others, all do.
        """
        columns: dict[str, list[Any]] = {"pool": [], "one": [], "other": [], "stay": []}
        for cell, number in stay.items():
            for name, value in zip(columns, (*cell, *[""] * (3 - len(cell)), number), strict=True):
                columns[name].append(value)
        types = [pa.string(), pa.string(), pa.string(), pa.int64()]
        arrays = [pa.array(column, kind) for column, kind in zip(columns.values(), types, strict=True)]
        self._connection.register("quotas", pa.table(arrays, names=list(columns)))
        self._connection.execute(_GOING, {"seed": f"{seed} "})
        found = self._connection.execute(_STAY if stays else "SELECT key FROM going ORDER BY key")
        while rows := found.fetchmany(_CHUNK):
            yield [key for (key,) in rows]


# `placed` has each sample of a pool once; a sample with several values of an attribute has none for balancing.
_ONE = """
CREATE OR REPLACE TEMP TABLE value{place} AS
SELECT key, min(value) AS value FROM attributes WHERE attribute = $name GROUP BY key HAVING count(*) = 1
"""
_CELLS = """
CREATE OR REPLACE TEMP TABLE placed AS
SELECT a.key, p.pool, coalesce(v0.value, '') AS one, coalesce(v1.value, '') AS other
FROM available a JOIN pools p ON p.labels = a.labels LEFT JOIN value0 v0 ON v0.key = a.key
     LEFT JOIN value1 v1 ON v1.key = a.key
"""
_GOING = """
CREATE OR REPLACE TEMP TABLE going AS
SELECT key FROM (
  SELECT placed.key, q.stay, row_number() OVER (PARTITION BY placed.pool, placed.one, placed.other
                                                ORDER BY sha256($seed || placed.key), placed.key) AS place
  FROM placed JOIN quotas q ON q.pool = placed.pool AND q.one = placed.one AND q.other = placed.other
) WHERE place > stay
"""
_STAY = "SELECT key FROM available ANTI JOIN going USING (key) ORDER BY key"
_CHUNK = 65_536


@contextlib.contextmanager
def balance_pool(source: Path, attributes: Path) -> Iterator[BalancePool]:
    """Open a run, or a table of keys and labels.

    Of a run, what the decisions in force leave in the dataset is available (all but what failed and the no-view lane
    where nothing is decided), under the labels that it bears then.

    Parameters
    ----------
    source
        A run directory; or CSV or Parquet with columns ``key`` and ``label``.
    attributes
        Attributes by key.

    Raises
    ------
    LabelsError
        The table or the attributes cannot be read.
    RunError
        The run's files are damaged.
    """
    if source.is_dir():
        with counting(Run.open(source), face=0.0, person=0.0, attributes=attributes) as counts:
            connection = counts.connection
            connection.execute(_OF_RUN)
            yield BalancePool(counts.values, _rows(connection), connection)
        return
    with tempfile.TemporaryDirectory(prefix="overpaint-balance-") as scratch:
        connection = scratch_connection(Path(scratch))
        try:
            values = load_attributes(connection, attributes, Path(scratch))
            _of_table(connection, source, Path(scratch))
            yield BalancePool(values, _rows(connection), connection)
        finally:
            connection.close()


_OF_RUN = """
CREATE TEMP TABLE available AS SELECT key, coalesce(now, labels) AS labels FROM told
WHERE fate IN ('kept', 'redacted', 'waiting')
"""


def _rows(connection: duckdb.DuckDBPyConnection) -> tuple[Row, ...]:
    found = connection.execute("SELECT labels, count(*) FROM available GROUP BY ALL ORDER BY ALL").fetchall()
    return tuple(Row(tuple(labels), None, "kept", images) for labels, images in found)


def _of_table(connection: duckdb.DuckDBPyConnection, path: Path, scratch: Path) -> None:
    if not path.is_file():
        raise LabelsError(f"{path}: neither a run directory nor a table; check the path")
    parquet = path.suffix.lower() == ".parquet"
    link = scratch / ("table.parquet" if parquet else "table.csv")
    link.symlink_to(path.resolve())
    try:
        given = connection.read_parquet(str(link)) if parquet else connection.read_csv(
            str(link), header=True, all_varchar=True, strict_mode=True
        )  # fmt: skip
        names = {name.strip().lower(): name for name in given.columns}
        if missing := [name for name in ("key", "label") if name not in names]:
            raise LabelsError(f"{path}: there is no column {missing[0]!r}; a table has key and label")
        key, label = (duckdb.ColumnExpression(names[name]).cast("VARCHAR") for name in ("key", "label"))
        told = given.select(key.alias("key"), duckdb.FunctionExpression("list_value", label).alias("labels"))
        told.filter("key IS NOT NULL AND labels[1] IS NOT NULL").to_table("available")
    except duckdb.Error as error:
        line = str(error).splitlines()[0].replace(str(link), path.name)
        raise LabelsError(f"{path}: it cannot be read as a table ({line}); save it as UTF-8 CSV") from None
    (several,) = connection.execute("SELECT count(*) - count(DISTINCT key) FROM available").fetchone() or (0,)
    if several:
        raise LabelsError(f"{path}: {several:,} keys stand there more than once; a sample has one line")
