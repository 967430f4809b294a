"""No page, help text or report calls a way to look for faces recommended: nobody measured it on anybody's groups."""

import ast
import re

import pytest
from pages import OTHERS, PAGES, ROOT

from overpaint.detectors import PROFILES

TEXTS = sorted({*PAGES, *OTHERS, *(ROOT / "docs").rglob("*.md"), *(ROOT / "src/overpaint").rglob("*.html")})
SOURCES = sorted((ROOT / "src/overpaint").rglob("*.py"))
PRAISE = re.compile(r"\b(?:recommend\w*|advis(?:e|ed|able)|best choice|should (?:use|choose))\b", re.IGNORECASE)
WAYS = re.compile(rf"\bprofiles?\b|\bdetectors?\b|`(?:{'|'.join(PROFILES)})", re.IGNORECASE)


def praised(text: str) -> list[str]:
    """Sentences that praise a way to look."""
    sentences = re.split(r"(?<=[.:;])\s|\n\n", text)
    return [each for each in sentences if PRAISE.search(each) and WAYS.search(each)]


@pytest.mark.parametrize("page", TEXTS, ids=lambda page: page.stem)
def test_pages(page):
    assert praised(page.read_text("utf-8")) == []


def test_what_the_package_says():
    found = {}
    for path in SOURCES:
        nodes = ast.walk(ast.parse(path.read_text("utf-8")))
        texts = [n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)]
        if words := [each for text in texts for each in praised(text)]:
            found[path.relative_to(ROOT).as_posix()] = words
    assert found == {}


def test_the_guard_bites():
    assert praised("We recommend the profile `balanced`. It is fast.") == ["We recommend the profile `balanced`."]
    assert praised("The specification recommends this heuristic.") == []
