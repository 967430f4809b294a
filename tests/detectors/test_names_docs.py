"""The example of the page about names, run; and what the page says of kinds, detectors and bounds."""

import doctest
import re
from pathlib import Path

from overpaint.detectors import LookOptions
from overpaint.detectors._names import _search, _xml, open_names
from overpaint.formats import _texts

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "names.md"


def test_examples() -> None:
    failed, tried = doctest.testfile(str(PAGE), module_relative=False)
    assert (failed, tried > 3) == (0, True)


def test_the_page_names_every_kind_and_detector() -> None:
    rows = "\n".join(line for line in PAGE.read_text().splitlines() if line.startswith("| `name-"))
    search = open_names(LookOptions())
    assert set(re.findall(r"`(name-(?:caption|iptc|key|xmp))`", rows)) == set(search.kinds)
    assert set(re.findall(r"`(name-\w+)` \|$", rows, re.MULTILINE)) == {told.name for told in search.detectors}


def test_the_page_has_the_bounds() -> None:
    text = PAGE.read_text()
    assert f"{_xml.MOST_BYTES >> 20} MiB, {_xml._NODES:,} elements, {_xml._DEPTH} deep" in text
    assert f"{_search._MOST} names" in text
    assert f"{_texts.MOST_FIELDS} of each image, {_texts.MOST_BYTES:,} bytes of each" in text
