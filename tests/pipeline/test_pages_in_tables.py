"""A box's page and a finding's frame survive the tables of a run, and being given again to another run."""

import pyarrow.parquet as pq

from overpaint.formats import Sniffed, read_boxes
from overpaint.pipeline._given import _SCHEMA, GivenShard, _row
from overpaint.pipeline._rows import findings_by_key, findings_table
from overpaint.records import Box, Finding, Sample


def finding(subject: int, box: Box | None, frame: int | None = None) -> Finding:
    return Finding("a.tif", "face", 0.5, box, "yunet", "1", "w", subject, 0.5, None, frame)


FINDINGS = [
    finding(0, Box(1, 2, 30, 40)),
    finding(1, Box(1, 2, 30, 40, 2)),
    finding(2, Box(1, 2, 30, 40), 0),
    finding(2, Box(50, 2, 80, 40), 7),
]


def test_findings_come_back_as_they_were():
    table = findings_table([*FINDINGS, finding(3, None)])
    table.validate(full=True)
    assert findings_by_key(table) == {"a.tif": [*FINDINGS, finding(3, None)]}
    assert table["page"].to_pylist() == [None, 2, None, None, None]


def test_findings_of_an_earlier_run_keep_pages_and_every_frame(tmp_path):
    table = findings_table(FINDINGS)
    pq.write_table(table, tmp_path / "f.parquet")
    boxes = read_boxes(tmp_path / "f.parquet").lookup("a.tif")
    assert boxes is not None
    assert sorted((b.box.x0, b.box.page) for b in boxes) == [(1, 0), (1, 0), (1, 2), (50, 0)]
    pq.write_table(table.drop_columns(["page", "frame"]), tmp_path / "old.parquet")
    old = read_boxes(tmp_path / "old.parquet").lookup("a.tif")
    assert old is not None and {b.box.page for b in old} == {0}


def test_given_boxes_keep_their_page_on_the_way_to_a_worker(tmp_path, monkeypatch):
    pq.write_table(findings_table(FINDINGS[1:2]), tmp_path / "f.parquet")
    (given,) = read_boxes(tmp_path / "f.parquet").lookup("a.tif") or ()
    pq.write_table(_table([_row("a.tif", given)]), tmp_path / "cut.parquet")

    class Files:
        def shard_file(self, folder, shard):
            return tmp_path / "cut.parquet"

    (found,) = GivenShard.open(Files(), "x").findings(Sample("a.tif", 1, 1), Sniffed("tiff", 100, 90, 6)) or ()
    assert found.box == Box(1, 2, 30, 40, 2)


def _table(rows):
    import pyarrow as pa

    return pa.Table.from_pylist(rows, schema=_SCHEMA)
