"""The public half holds aggregates only: nothing that names a sample, a text or a person, in any spelling."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote

import pytest
from fabricated_run import POLICY, Fake, fabricate, shard_ids, write_verification

from overpaint.reports import lines, summarise, write
from overpaint.reports._page import FEWER_ROWS, MOST_ROWS
from overpaint.rundir import Run

CANARY = "zebra-canary"
SECRET_POLICY = f"""
{POLICY}
classes = ["{CANARY}-in-a-rule"]

[[rule]]
name = "others"
kind = "face"
treatment = "keep"
reason = "Small ones stay."

[[allow]]
reason = "{CANARY}-allowed"
sample = "train/cat/{CANARY}-key-1.jpg"
box = [0, 0, 5, 5]

[[consent]]
person = "{CANARY}-person"
sample = "train/cat/{CANARY}-key-1.jpg"
purpose = "image classification research"
evidence = "{CANARY}-evidence"

[[remove]]
reason = "{CANARY}-asked"
keys = ["train/cat/{CANARY}-key-2.jpg"]
"""


@pytest.fixture
def secretive(tmp_path: Path) -> tuple[Run, list[str]]:
    samples = [
        Fake(
            f"train/cat/{CANARY}-key-{n}.jpg", "cat", "train", faces=[(0, 0, 20, 20, 0.9, f"{CANARY}-detector")],
            outcome="failed", stage="decode", reason=f"{CANARY} reason", detail=f"{CANARY}-detail",
            note=f"{CANARY}-note", text=f"{CANARY}-text", codec=f"{CANARY} codec",
            metadata_removed=[f"{CANARY}-metadata"],
            decisions=[("keep", "face", "consent", f"Consent of {CANARY}-person"),
                       ("remove", "sample", "remove:1", f"{CANARY}-list.txt")],
        )
        for n in range(12)
    ]  # fmt: skip
    samples += [Fake(f"train/{CANARY}-name/{n}.jpg", f"{CANARY}-name", "train") for n in range(9)]
    samples += [Fake(f"{CANARY}-split/cat/1.jpg", "cat", f"{CANARY}-split")]
    where = tmp_path / f"{CANARY}-place"
    others = [(f"{CANARY}-other.txt", 1, "not-an-image"), ("x", 1, f"{CANARY} words")]
    run = fabricate(where / "run", samples, others=others, policy=SECRET_POLICY, boxes=f"{CANARY}-boxes.json")
    write_verification(run, checked=2, passed=1, failed=1, by_reason={f"{CANARY} word": 1}, keys=[f"{CANARY}-failed"])
    secrets = [CANARY, str(tmp_path), *shard_ids(run)]
    secrets += [sample.key for sample in samples] + [sample.digest for sample in samples]
    secrets += [hashlib.sha256(sample.digest.encode()).hexdigest() for sample in samples]
    return run, secrets


def spellings(secret: str) -> set[str]:
    """A secret as it may hide: in base64 at any offset, percent-encoded, as hex, escaped, cut to 12 characters."""
    data = secret.encode("utf-8", "surrogateescape")
    found = {secret, quote(secret), quote(secret, safe=""), html.escape(secret), data.hex(), json.dumps(secret)[1:-1]}
    for offset in range(3):
        coded = base64.b64encode(b"\0" * offset + data).decode()
        whole = coded[4 if offset else 0 : -4]  # what no neighbour changes
        found |= {whole, whole.replace("+", "-").replace("/", "_")}
    if re.fullmatch(r"[0-9a-f]{32,}", secret):
        found |= {secret[:12], base64.b64encode(bytes.fromhex(secret)).decode().rstrip("=")}
    return {spelling.lower() for spelling in found if len(spelling) >= 8}


def test_nothing_private_is_in_public(secretive: tuple[Run, list[str]]) -> None:
    run, secrets = secretive
    write(run)
    files = [path for path in run.public.rglob("*") if path.is_file()]
    assert {path.name for path in files} == {"summary.json", "report.html"}
    for path in files:
        text = path.read_text("utf-8").lower()
        for secret in secrets:
            for spelling in spellings(secret):
                assert spelling not in text, (path.name, secret, spelling)
    assert not any(CANARY in line for line in lines(summarise(run)))


def test_the_walk_would_see_a_canary(tmp_path: Path) -> None:
    samples = [Fake(f"{n}.jpg", f"{CANARY} class") for n in range(10)]  # ten images: a class that may be named
    written = write(fabricate(tmp_path / "run", samples))
    for path in (written.summary, written.report):
        assert any(spelling in path.read_text("utf-8").lower() for spelling in spellings(f"{CANARY} class"))


def test_small_classes_are_summed(secretive: tuple[Run, list[str]]) -> None:
    got = summarise(secretive[0])
    assert [(part.name, part.listed) for part in got.classes] == [("cat", 13), ("classes with fewer than 10 images", 9)]
    assert [(part.name, part.listed) for part in got.splits] == [("train", 21), ("splits with fewer than 10 images", 1)]


def test_consents_are_counted(secretive: tuple[Run, list[str]]) -> None:
    got = summarise(secretive[0]).policy
    assert (got.consents["counts"], got.allows, got.keys_to_remove) == (1, 1, 1)
    assert got.rules[0].conditions == "confidence at least 0.6; in the classes of 1 name or patterns"


def test_same_run_same_bytes(secretive: tuple[Run, list[str]]) -> None:
    run, _ = secretive
    first = write(run)
    before = first.summary.read_bytes(), first.report.read_bytes()
    second = write(run)
    assert (second.summary.read_bytes(), second.report.read_bytes()) == before
    value = json.loads(before[0])
    assert list(value) == sorted(value)


class Page(HTMLParser):
    """What matters of the page: tags with attributes, visible text, ids and links."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self._inside: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag in {"script", "style", "pre"}:
            self._inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._inside and self._inside[-1] == tag:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        if not self._inside:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]


def everything(tmp_path: Path) -> str:
    samples = [
        Fake(
            f"{n}.jpg", "cat", "train" if n % 2 else "val", faces=[(0, 0, n + 5, n + 5, n / 40)] if n % 3 else (),
            outcome=["identical", "redacted", "removed", "quarantined", "re-encoded", "metadata-only", "failed"][n % 7],
            faces_painted=1, stage="check", reason="detail-left", metadata_removed=["gps"],
            note="no-boxes-given detector-error:yunet",
        )
        for n in range(40)
    ]  # fmt: skip
    for sample in samples:
        if sample.outcome != "failed":
            sample.stage = sample.reason = None
    run = fabricate(tmp_path / "all", samples, others=[("t", 1, "not-an-image")], boxes="x", boxes_sha256="ef" * 32)
    write_verification(
        run,
        checked=9,
        passed=8,
        failed=1,
        by_reason={"detail-left": 1},
        mode="detector",
        detector="centerface",
        generation="0",
    )
    return write(run).report.read_text("utf-8")


def test_no_word_claims_too_much(tmp_path: Path) -> None:
    pages = [everything(tmp_path), write(fabricate(tmp_path / "none", [])).report.read_text("utf-8")]
    pages.append(write(fabricate(tmp_path / "scan", [Fake("a", outcome=None)], acted=False)).report.read_text("utf-8"))
    for page in pages:
        assert not re.search(r"anonymi[sz]|\bsafe|\bclean|complian", Page(page).text, re.IGNORECASE)
        assert "does not mean that nobody is in it" in Page(page).text


def test_nothing_is_asked_of_a_network(tmp_path: Path) -> None:
    page = Page(everything(tmp_path))
    assert {tag for tag, _ in page.tags}.isdisjoint(
        {"img", "link", "iframe", "object", "embed", "video", "base", "image"}
    )
    for _, attrs in page.tags:
        for name in ("src", "srcset", "data", "action", "poster"):
            assert name not in attrs
        assert (attrs.get("href") or "#").startswith("#")
        assert not [name for name in attrs if name.startswith("on")]


def test_the_script_is_the_one_that_the_policy_allows(tmp_path: Path) -> None:
    text = everything(tmp_path)
    (script,) = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    (csp,) = (
        attrs["content"]
        for attrs in Page(text).of("meta")
        if "content-security-policy" in str(attrs.get("http-equiv")).lower()
    )
    assert csp is not None
    assert csp.startswith(f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'")


def test_tables_and_plots_can_be_read_by_a_machine(tmp_path: Path) -> None:
    text = everything(tmp_path)
    page = Page(text)
    tables = re.findall(r"<table.*?</table>", text, re.DOTALL)
    assert len(tables) >= 10
    for table in tables:
        assert "<caption" in table
        for head in re.findall(r"<th[ >].*?>", table):
            assert "scope=" in head, head
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    for _, attrs in page.tags:
        for name in str(attrs.get("aria-labelledby") or "").split():
            assert name in ids
        if (attrs.get("href") or "").startswith("#"):
            assert attrs["href"][1:] in ids  # type: ignore[index]
    svgs = re.findall(r"<svg.*?</svg>", text, re.DOTALL)
    assert len(svgs) == 4
    assert all('role="img"' in svg and "<title" in svg and "<desc" in svg for svg in svgs)


HOSTILE = ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7*7 }}", "a\nb\u202ec", "&amp;", "\udcff"]


def test_hostile_class_names_are_text(tmp_path: Path) -> None:
    samples = [Fake(f"{c}/{n}.jpg", name) for c, name in enumerate(HOSTILE) for n in range(10)]
    text = write(fabricate(tmp_path / "run", samples)).report.read_text("utf-8")
    page = Page(text)
    assert len(page.of("script")) == 1
    assert not page.of("img")
    assert "<script>alert(1)</script>" in page.text
    assert "{{ 7*7 }}" in page.text
    assert "\u202e" not in text


@pytest.mark.parametrize(("count", "shown"), [(MOST_ROWS, MOST_ROWS), (MOST_ROWS + 1, FEWER_ROWS)])
def test_many_classes_are_cut_to_those_with_most_faces(tmp_path: Path, count: int, shown: int) -> None:
    samples = [Fake(f"{c:05d}/{n}.jpg", f"class-{c:05d}") for c in range(count) for n in range(10)]
    samples[-1].faces = [(0, 0, 9, 9, 0.9)]
    written = write(fabricate(tmp_path / "run", samples, shard_size=10_000))
    text = written.report.read_text("utf-8")
    rows = set(re.findall(r"class-\d{5}", text))
    assert len(rows) == shown
    assert f"class-{count - 1:05d}" in rows
    assert ("summary.json</code> beside this page, under" in text) == (shown < count)
    assert len(json.loads(written.summary.read_bytes())["classes"]) == count
