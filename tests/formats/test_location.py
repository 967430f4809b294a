"""Paths and URLs: what they show, what they open, and what keeps them apart."""

from __future__ import annotations

import doctest
import subprocess
import sys
from pathlib import Path

import fsspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overpaint.errors import EngineError, SourceError, UsageError
from overpaint.formats._location import apart, is_url, open_store, shown


def test_is_url(tmp_path: Path) -> None:
    for url in ("s3://b", "hf://datasets/a/b", "file:///x", "abfs://c@d.e/f", "simplecache::s3://b"):
        assert is_url(url)
    for path in ("", "a", "/a", "./s3:/b", "c:/x", "c://x", "a b://c", tmp_path, "://x", "1s3://x"):
        assert not is_url(path)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("s3://bucket/a b", "s3://bucket/a b"),
        ("s3://key:secret@bucket/a", "s3://bucket/a"),
        ("s3://key:se/cr@t@bucket/a", "s3://bucket/a"),
        ("sftp://me:p@host:22/a", "sftp://host:22/a"),
        ("sftp://host:22/a@b", "sftp://host:22/a@b"),
        ("sftp://me@host/a", "sftp://me@host/a"),
        ("https://token@host/a", "https://host/a"),
        ("abfs://container@account.dfs.core.windows.net/a", "abfs://container@account.dfs.core.windows.net/a"),
        ("hf://datasets/me/it@refs/pr/1/x", "hf://datasets/me/it@refs/pr/1/x"),
        ("https://h/a?X-Amz-Signature=1&X-Amz-Credential=2&part=3", "https://h/a?part=3"),
        ("https://h/a?sv=1&sig=2&se=3", "https://h/a"),
        ("gs://b/x?a", "gs://b/x?a"),
        ("plain/path:with@odd", "plain/path:with@odd"),
    ],
)
def test_shown(url: str, expected: str) -> None:
    assert shown(url) == expected


@given(
    st.text(alphabet=st.characters(exclude_characters="/@?", codec="ascii"), min_size=6).filter(
        lambda p: not p.isdigit()
    )
)
def test_a_password_is_never_shown(password: str) -> None:
    assert password not in shown(f"s3://AKIAxyz:{password}@bucket/prefix").removeprefix("s3://bucket/prefix")


def test_apart(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    here = str(tmp_path / "src")
    for source, dest in (
        ("s3://b/src", "s3://b/out"),
        ("s3://b/src", "s3://b/src2"),
        ("s3://b", "s3://b2"),
        ("s3://b/src", "gs://b/src"),
        ("s3://b/src", here),
        (here, "s3://b"),
        (here, f"file://{tmp_path}/out"),
        ("hf://datasets/a/b", "hf://datasets/a/c"),
        ("memory://a", "memory://ab"),
    ):
        apart(source, dest)
    for source, dest in (
        ("s3://b/src", "s3://b/src"),
        ("s3://b/src", "s3://b/src/"),
        ("s3://b/src", "s3://b//src/out"),
        ("s3://b/src", "s3a://b"),
        ("s3://b", "s3://k:s@b/out"),
        ("gs://b/x", "gcs://b/x/y"),
        ("memory://a", "memory:///a/b"),
        ("hf://datasets/a/b", "hf://datasets/a/b@branch/out"),
        ("sftp://me:1@h/x", "ssh://h/x/y"),
        (here, f"file://{here}"),
        (here, f"file://{here}/out"),
        (f"file://{tmp_path}", here),
    ):
        with pytest.raises(UsageError, match="choose a DEST beside SOURCE"):
            apart(source, dest)


def test_what_cannot_be_opened(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="chain"):
        open_store("zip://x::s3://b")
    with pytest.raises(UsageError, match=r"\.\."):
        open_store("s3://b/../c")
    with pytest.raises(SourceError, match="by environment") as error:
        open_store("s3://AKIA:secret@bucket/x")
    assert "secret" not in str(error.value)
    with pytest.raises(SourceError, match="fsspec knows no nope://"):
        open_store("nope://x")
    with pytest.raises(SourceError, match="is not a directory"):
        open_store(tmp_path / "not")

    def missing(_: str) -> None:
        raise ImportError("no such package")

    monkeypatch.setattr(fsspec, "get_filesystem_class", missing)
    with pytest.raises(SourceError, match=r"pip install s3fs.*overpaint\[s3\]"):
        open_store("s3://b")
    with pytest.raises(EngineError, match=r"pip install gcsfs.*overpaint\[gcs\]"):
        open_store("gs://b", create=True)
    with pytest.raises(SourceError, match=r"pip install huggingface_hub.*overpaint\[hf\]"):
        open_store("hf://datasets/a/b")
    with pytest.raises(SourceError, match=r"\(pip install adlfs\)"):
        open_store("abfs://b")


def test_urls_without_fsspec(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delitem(sys.modules, "overpaint.formats._store_fsspec", raising=False)
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(SourceError, match=r"overpaint\[remote\]"):
        open_store("s3://b")
    assert open_store(f"file://{tmp_path}").local == tmp_path


def test_the_examples_of_the_page() -> None:
    page = Path(__file__).parents[2] / "docs" / "reference" / "locations.md"
    failed, tried = doctest.testfile(str(page), module_relative=False)
    assert (failed, tried > 4) == (0, True)


def test_paths_load_nothing_for_urls(tmp_path: Path) -> None:
    code = (
        "import sys; from overpaint.formats import open_store; store = open_store(sys.argv[1]);"
        "assert list(store.files()) == []; assert not {'fsspec', 's3fs', 'aiohttp'} & {*sys.modules}"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)
