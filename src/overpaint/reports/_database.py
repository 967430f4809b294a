"""A run's parquet files as tables of an in-memory DuckDB, and the named queries over them."""

from __future__ import annotations

import contextlib
import functools
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from overpaint.errors import RunError
from overpaint.records import DECISIONS, FINDINGS, LANE, LISTING, OTHERS, SAMPLES
from overpaint.rundir import Run, disk_errors, read_table, rebuilding

__all__ = ["Attached", "Database", "attached", "opened", "queries", "scratch_connection"]

_MAKE = ("make_listed", "make_balance", "make_subjects", "make_images", "make_faces", "drop_keys")
_LABELS = pa.schema([pa.field("key", pa.string()), pa.field("labels", pa.list_(pa.string()))])
_MEMORY = "2GB"  # beyond it DuckDB spills to a private directory


@functools.cache
def queries() -> Mapping[str, str]:
    """The text of every query by its name, in the file's order."""
    text = (resources.files(__package__) / "queries.sql").read_text("utf-8")
    parts = re.split(r"^-- name: (\w+)\n", text, flags=re.MULTILINE)[1:]
    return {name: sql.strip() for name, sql in zip(parts[::2], parts[1::2], strict=True)}


class Database:
    """Asks named queries; the parameters of a run are bound where a query uses them."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, parameters: Mapping[str, object], shards: Sequence[str]
    ) -> None:
        self.shards = shards
        self._connection = connection
        self._parameters = parameters

    def rows(self, name: str) -> list[dict[str, Any]]:
        """All rows of a query, as dictionaries by column."""
        sql = queries()[name]
        used = {key: value for key, value in self._parameters.items() if f"${key}" in sql}
        cursor = self._connection.execute(sql, used) if used else self._connection.execute(sql)
        columns = [column[0] for column in cursor.description or ()]
        return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]

    def row(self, name: str) -> dict[str, Any]:
        """The one row of a query of sums."""
        (row,) = self.rows(name)
        return row


@contextlib.contextmanager
def opened(run: Run, *, threshold: float, detectors: Sequence[str]) -> Iterator[Database]:
    """The run's files, ready to be asked.

    Nothing is fetched from a network and no extension is loaded; one thread, so that sums come out the same each
    time. Only files of shards with a marker are read: a shard without one is half written or not begun.

    Parameters
    ----------
    run
        The run; it may be at any stage.
    threshold
        The lowest confidence at which the policy acts on a face, 0 to 1.
    detectors
        Names of the plan's detectors; findings of others are boxes made elsewhere.

    Raises
    ------
    RunError
        A file that a marker promises is missing or damaged.
    """
    with attached(run) as files:
        _small_tables(files.connection, files.shards, files.markers, detectors)
        parameters = {"threshold": threshold, "generation": files.generation}
        database = Database(files.connection, parameters, files.done)
        for name in _MAKE:
            database.rows(name)
        yield database


@dataclass(frozen=True)
class Attached:
    """A connection that has a run's files as views, and what is known of its shards.

    ``done`` are those with a marker, ``decided`` those of them for which the generation in force has decisions.
    ``scratch`` is a directory that goes when the connection does.
    """

    connection: duckdb.DuckDBPyConnection
    shards: pa.Table | None
    markers: list[dict[str, Any]]
    done: list[str]
    decided: list[str]
    generation: str | None
    scratch: Path


@contextlib.contextmanager
def attached(run: Run) -> Iterator[Attached]:
    """The run's files as views, by the names of their kinds: ``listing``, ``samples``, ``findings`` and so on.

    Raises
    ------
    RunError
        A file that a marker promises is missing or damaged.
    """
    shards = read_table(run.listing / "shards.parquet") if run.listed else None
    markers = _markers(run, shards)
    done = [marker["shard"] for marker in markers if marker["scanned"]]
    in_force = run.decisions_dir(generation) if (generation := run.generation()) else None
    decided = {shard: p for shard in done if in_force and (p := in_force / f"{shard}.parquet").exists()}
    files = {
        "listing": [run.listing / "listing.parquet"] if run.listed else [],
        "others": [path for path in [run.listing / "others.parquet"] if path.exists()],
        "samples": [run.shard_file("samples", shard) for shard in done],
        "findings": [run.shard_file("findings", shard) for shard in done],
        "decisions": list(decided.values()),
        "lane": [path for shard in done if (path := run.shard_file("lane", shard)).exists()],
        "labels": [path for shard in done if (path := run.shard_file("labels", shard)).exists()],
    }
    _present(path for paths in files.values() for path in paths)
    with disk_errors(run.path), tempfile.TemporaryDirectory(prefix="overpaint-report-") as scratch:
        connection = scratch_connection(Path(scratch))
        try:
            _tables(connection, run, files, Path(scratch))
            yield Attached(connection, shards, markers, done, list(decided), generation, Path(scratch))
        except duckdb.Error as error:
            raise _blame(files, error) from error
        finally:
            connection.close()


def _markers(run: Run, shards: pa.Table | None) -> list[dict[str, Any]]:
    markers = []
    for shard in () if shards is None else shards.column("id").to_pylist():
        marker = run.marker(shard)
        generation = marker.get("generation")
        markers.append(
            {
                "shard": shard,
                "scanned": bool(marker.get("scanned")),
                "generation": None if generation is None else str(generation),
            }
        )
    return markers


def _present(paths: Iterable[Path]) -> None:
    for path in paths:
        if not path.is_file():
            raise RunError(f"{path} is missing; {rebuilding(path)}")


def scratch_connection(scratch: Path) -> duckdb.DuckDBPyConnection:
    """A database in memory that spills to a directory, fetches nothing and sums the same each time."""
    settings = {
        "threads": 1,
        "memory_limit": _MEMORY,
        "temp_directory": str(scratch / "spill"),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "preserve_insertion_order": False,
    }
    return duckdb.connect(":memory:", config=settings)


def _tables(connection: duckdb.DuckDBPyConnection, run: Run, files: Mapping[str, list[Path]], scratch: Path) -> None:
    # DuckDB reads `*` and `[` in a path as a pattern, and takes text only: a link gives any run a plain name.
    link = scratch / "run"
    link.symlink_to(run.path.resolve(), target_is_directory=True)
    schemas = {"listing": LISTING, "others": OTHERS, "samples": SAMPLES, "findings": FINDINGS, "decisions": DECISIONS}
    schemas |= {"lane": LANE, "labels": _LABELS}
    extra = [pa.field("filename", pa.string()), pa.field("file_row_number", pa.int64())]
    for name, paths in files.items():
        if paths:
            plain = [str(link / path.relative_to(run.path)) for path in paths]
            relation = connection.read_parquet(plain, filename=True, file_row_number=True, hive_partitioning=False)
            relation.create_view(name)
        else:
            connection.register(name, pa.schema([*schemas[name], *extra]).empty_table())


def _small_tables(
    connection: duckdb.DuckDBPyConnection,
    shards: pa.Table | None,
    markers: list[dict[str, Any]],
    detectors: Sequence[str],
) -> None:
    ranges: dict[str, list[Any]] = {"shard": [], "first_row": [], "rows": []}
    first = 0
    for row in [] if shards is None else shards.sort_by("row_group").to_pylist():
        for name, value in zip(ranges, (row["id"], first, row["rows"]), strict=True):
            ranges[name].append(value)
        first += row["rows"]
    s, i, b = pa.string(), pa.int64(), pa.bool_()
    small = {
        "shards": pa.table(ranges, schema=pa.schema([("shard", s), ("first_row", i), ("rows", i)])),
        "markers": pa.Table.from_pylist(markers, schema=pa.schema([("shard", s), ("scanned", b), ("generation", s)])),
        "planned": pa.table({"detector": pa.array(detectors, s)}),
    }
    for name, table in small.items():
        connection.register(name, table)


def _blame(files: Mapping[str, list[Path]], error: duckdb.Error) -> RunError:
    """The file at fault, where it is one: DuckDB's own message shows the link's name."""
    for path in (path for paths in files.values() for path in paths):
        try:
            pq.read_table(path, use_threads=False, memory_map=False, partitioning=None)
        except (OSError, pa.ArrowException):
            return RunError(f"{path} cannot be read; {rebuilding(path)}")
    return RunError(f"the files of this run do not fit this release of overpaint ({str(error).splitlines()[0]})")
