"""The two pages name every file, column and field there is."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fabricated_run import Fake, fabricate, write_verification

from overpaint.formats import FolderSource
from overpaint.jobs._finish import CARRIED
from overpaint.pipeline import _given
from overpaint.records import DECISIONS, FINDINGS, LANE, LISTING, OTHERS, PRINTS, SAMPLES, Outcome
from overpaint.reports._facts import Conservation, Faces, Summary
from overpaint.reports._words import FEWEST

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
RUN = (REFERENCE / "run-directory.md").read_text("utf-8")
REPORT = (REFERENCE / "report.md").read_text("utf-8")
TYPES = {
    "string": "string",
    "int64": "int64",
    "int32": "int32",
    "float": "float32",
    "double": "float64",
    "bool": "bool",
}


def rows(heading: str) -> dict[str, str]:
    """Columns and types of the table below a heading."""
    section = RUN.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    found: dict[str, str] = {}
    for names, kind in re.findall(r"^\| (`[^|]*`) \| ([^|]*) \|", section, re.MULTILINE):
        found |= dict.fromkeys(re.findall(r"`(\w+)`", names), kind)
    return found


def written(field: pa.Field) -> str:
    kind = "list of strings" if pa.types.is_list(field.type) else TYPES[str(field.type)]
    return kind + " or null" * field.nullable


@pytest.mark.parametrize(
    ("heading", "schema"),
    [
        ("listing/listing.parquet", LISTING),
        ("listing/others.parquet", OTHERS),
        ("samples/SHARD.parquet", SAMPLES),
        ("findings/SHARD.parquet", FINDINGS),
        ("decisions/GENERATION/SHARD.parquet", DECISIONS),
        ("lane/SHARD.parquet", LANE),
        ("lane/SHARD.prints.parquet", PRINTS),
        ("carried.parquet", CARRIED),
    ],
)
def test_every_column_is_documented_with_its_type(heading: str, schema: pa.Schema) -> None:
    assert rows(heading) == {field.name: written(field) for field in schema}


def test_files_without_a_schema_in_records(tmp_path: Path) -> None:
    assert set(rows("boxes/SHARD.parquet")) == set(_given._SCHEMA.names)
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.jpg").touch()
    FolderSource(tmp_path / "photos").write_listing(tmp_path / "listing")  # a fabricated run has fewer columns
    assert set(rows("listing/shards.parquet")) == set(pq.read_schema(tmp_path / "listing" / "shards.parquet").names)


def test_every_file_of_a_run_is_documented(tmp_path: Path) -> None:
    run = fabricate(tmp_path / "run", [Fake("a.jpg")])
    write_verification(run)
    tree = RUN.split("```")[1]
    for path in run.path.rglob("*"):
        if path.is_file():
            name = re.sub(r"[0-9a-f]{32,}", "SHARD", str(path.relative_to(run.path)))
            folder, _, last = name.rpartition("/")
            assert name in tree or (folder.replace("0001", "GENERATION") in tree and last in tree), name


def test_outcomes_are_documented() -> None:
    assert all(f"`{outcome.value}`" in RUN for outcome in Outcome)


def test_every_field_of_the_summary_is_documented() -> None:
    table = REPORT.split("## summary.json")[1]
    named = set(re.findall(r"`(\w+)`", table))
    assert {field.name for field in dataclasses.fields(Summary)} <= named
    assert {field.name for field in dataclasses.fields(Faces)} <= named
    assert {"listed", "outcomes", "waiting", "not_reached", "unknown", "reconciles"} <= named
    assert {"listed", "reconciles"} <= {field.name for field in dataclasses.fields(Conservation)}
    assert f"fewer than {FEWEST} images" in REPORT
