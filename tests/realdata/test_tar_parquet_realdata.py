"""Real pictures in containers: every file of a real set, broken ones among them, comes back byte for byte."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from overpaint.formats._parquet import ParquetReader
from overpaint.formats._parquet_writer import ParquetWriter, image_struct, schema_for_images
from overpaint.formats._tar import TarReader
from overpaint.formats._tar_writer import TarWriter
from overpaint.records import Sample

pytestmark = pytest.mark.realdata


@pytest.mark.parametrize("part", ["imagenette2-160", "broken"])
def test_everything_comes_back(realdata: Path, part: str) -> None:
    root = realdata / part
    files = {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}
    packed, table = io.BytesIO(), io.BytesIO()
    writer, rows = TarWriter(packed), ParquetWriter(table, schema_for_images(source="folder"))
    for name, data in files.items():
        writer.add(name, data)
        rows.add({"image": image_struct(data, name)})
    writer.close()
    rows.close()
    tar = TarReader(packed, key="0.tar", mtime_ns=1)
    found = {}
    for record in tar.records():
        found.update({sample.name: tar.read(sample) for sample in record.samples})
        found.update({record.name + ("." + one.name if one.name else ""): one.value for one in record.fields})
    assert found == files
    listed = list(tar.samples())
    assert len(listed) - sum(not isinstance(one, Sample) for one in listed) > 0.8 * len(files)
    parquet = ParquetReader(table, key="0.parquet", mtime_ns=1)
    samples = [one for one in parquet.samples() if isinstance(one, Sample)]
    assert {one.name: parquet.read(one) for one in samples} == files
