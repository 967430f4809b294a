"""The examples of the two pages about exchange, run; and every word of the reference is one that the code says."""

from __future__ import annotations

import doctest
import json
import re
from pathlib import Path

import pytest

import overpaint.review.exchange
from overpaint.review.exchange import FORMATS

DOCS = Path(__file__).parents[2] / "docs"
CODE = Path(overpaint.review.exchange.__file__).parent
JOB = """<annotations><version>1.1</version><meta><job><assignee><username>carla</username></assignee><labels>
<label><name>face</name><type>rectangle</type></label></labels></job></meta>
<image id="0" name="d/1.jpg" width="640" height="480">
<box label="face" source="manual" occluded="0" xtl="100.00" ytl="120.00" xbr="180.00" ybr="220.00" z_order="0"></box>
</image>
<image id="1" name="d/2.jpg" width="480" height="640"><tag label="boxes: face: looked at" source="manual"></tag></image>
</annotations>"""


def lay_out(root: Path) -> None:
    value = {"x": 15.625, "y": 25, "width": 12.5, "height": 100 * 100 / 480, "rotation": 0, "rectanglelabels": ["face"]}
    region = {"type": "rectanglelabels", "original_width": 640, "original_height": 480, "value": value}
    data = {"image": "/data/local-files/?d=photos/d/1.jpg", "kind": "boxes", "thing": "face"}
    annotations = [{"completed_by": 3, "result": [region]}, {"completed_by": 4, "result": []}]
    other = {"data": data | {"image": "/data/local-files/?d=photos/d/2.jpg"}, "annotations": []}
    (root / "export.json").write_text(json.dumps([{"data": data, "annotations": annotations}, other]))
    (root / "jobs").mkdir()
    (root / "jobs" / "job_7.xml").write_text(JOB)


@pytest.mark.parametrize("page", ["reference/review-exchange.md", "how-to/review-in-label-studio-or-cvat.md"])
def test_examples(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay_out(tmp_path)
    monkeypatch.chdir(tmp_path)
    failed, tried = doctest.testfile(str(DOCS / page), module_relative=False)
    assert (failed, tried > 6) == (0, True)


def test_every_reason_is_explained() -> None:
    """A fixed word that is counted stands in the reference."""
    said = {word for file in CODE.glob("*.py") for word in re.findall(r'Left\(\s*"([a-z-]+)"', file.read_text())}
    said |= set(re.findall(r'skipped\["([a-z-]+)"\]', (CODE / "_write.py").read_text()))
    page = (DOCS / "reference" / "review-exchange.md").read_text()
    assert len(said) > 15
    assert not {word for word in said if f"`{word}`" not in page}
    assert all(f"| `{form}` |" in page for form in FORMATS)


def test_all_is_sorted_and_there() -> None:
    names = overpaint.review.exchange.__all__
    assert names == sorted(names, key=lambda name: (not name.isupper(), name[0].islower(), name))
    assert all(hasattr(overpaint.review.exchange, name) for name in names)
