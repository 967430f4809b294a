"""The program on folders, tars and parquet files of hostile samples beside good ones, as a user runs it."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tarfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hostile_sets as sets
import pyarrow.parquet as pq
import pytest

PROFILE = ("--profile", "fast", "-j", "1")


@dataclass(frozen=True)
class Ran:
    """One run of the program over one set."""

    root: Path
    code: int
    out: bytes
    err: bytes
    counts: dict[str, int]

    @property
    def dest(self) -> Path:
        return self.root / "out"

    def rows(self, what: str) -> list[dict[str, Any]]:
        files = sorted((self.root / "out.run/private" / what).glob("*.parquet"))
        return [row for file in files for row in pq.read_table(file).to_pylist()]

    def reasons(self) -> Counter[str]:
        return Counter(row["reason"] for row in self.rows("samples") if row["outcome"] == "failed")


def program(*arguments: object) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "overpaint", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, timeout=300, check=False)


def ran(root: Path, counts: dict[str, int]) -> Ran:
    done = program("scrub", root / "in", root / "out", *PROFILE)
    return Ran(root, done.returncode, done.stdout, done.stderr, counts)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    root = tmp_path_factory.mktemp("folder")
    return ran(root, sets.folder(root / "in"))


@pytest.fixture(scope="module")
def tars(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    root = tmp_path_factory.mktemp("tars")
    return ran(root, sets.tars(root / "in"))


@pytest.fixture(scope="module")
def parquets(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    root = tmp_path_factory.mktemp("parquets")
    return ran(root, sets.parquets(root / "in"))


@pytest.mark.parametrize("kind", ["folder", "tars", "parquets"])
def test_failed_samples_are_counted_and_the_program_says_so(kind: str, request: pytest.FixtureRequest) -> None:
    run: Ran = request.getfixturevalue(kind)
    assert (run.code, run.err) == (2, b"")
    said = run.out.decode()
    assert "the counts reconcile" in said
    samples = run.rows("samples")
    assert said.startswith(f"{len(samples)} images in = ")
    outcomes = Counter(row["outcome"] for row in samples)
    assert set(outcomes) == {"identical", "failed"}
    assert f"{outcomes['identical']} identical + {outcomes['failed']} failed" in said
    assert all(row["reason"] and row["detail"] for row in samples if row["outcome"] == "failed")
    assert "internal-error" not in run.reasons()


@pytest.mark.parametrize("kind", ["folder", "tars", "parquets"])
def test_nothing_a_name_or_a_codec_says_reaches_the_terminal(kind: str, request: pytest.FixtureRequest) -> None:
    run: Ran = request.getfixturevalue(kind)
    assert run.err == b""  # libtiff, libpng and OpenCV have much to say of these files
    assert run.out.decode().replace("\n", "").isprintable()


def test_a_folder(folder: Ran) -> None:
    listed = {row["key"] for row in folder.rows("samples")}
    assert len(listed) == folder.counts["samples"] + 1  # and the link to a file elsewhere, which is no image
    written = {os.fsencode(p.relative_to(folder.dest)) for p in folder.dest.rglob("*") if p.is_file()}
    wanted = {os.fsencode("sub/" + name) for name in sets.NAMES} | {b"good%d.jpg" % n for n in range(sets.GOOD)}
    assert written == wanted | {b"classes.json"}
    for name in wanted:
        there, here = (Path(os.fsdecode(bytes(folder.root) + part + name)).read_bytes() for part in (b"/out/", b"/in/"))
        assert there == here
    assert not any(p.is_symlink() for p in folder.dest.rglob("*"))
    others = pq.read_table(folder.root / "out.run/private/listing/others.parquet").to_pylist()
    reasons = {row["key"]: row["reason"] for row in others}
    assert reasons["pipe.jpg"] == "not-a-regular-file"
    assert {reasons[name] for name in ("a", "b", "loop")} == {"symlink-loop"}
    assert reasons["sub/up/out.run"] == "overpaint-run"
    assert folder.reasons() == {
        "undecodable": 5, "too-many-pixels": 3, "empty": 1, "not-an-image": 1, "too-many-frames": 1,
        "truncated-header": 1,
    }  # fmt: skip


def test_a_tar(tars: Ran) -> None:
    with tarfile.open(tars.dest / "train-000000.tar", encoding="utf-8", errors="surrogateescape") as tar:
        names = [member.name for member in tar]
        assert all(member.isreg() for member in tar)
    assert len(names) == len(set(names)) == tars.counts["good"] + tars.counts["names"] + 2  # and two very long ones
    assert not any(name.startswith("/") or ".." in name.split("/") for name in names)
    assert set(sets.DRIVES) <= set(names)
    reasons = Counter(
        row["reason"] for row in pq.read_table(tars.root / "out.run/private/listing/others.parquet").to_pylist()
    )
    assert reasons == {
        "refused-name": len(sets.CLIMBING), "not-a-regular-file": 4, "sparse": 1, "duplicate-name": 2,
        "header-too-large": 2, "compressed-tar": 1, "not-a-tar": 2, "no-image-inside": 1,
    }  # fmt: skip


def test_a_parquet_file(parquets: Ran) -> None:
    table = pq.read_table(parquets.dest / "train-00000.parquet").to_pylist()
    assert sum(row["image"] is not None for row in table) == parquets.counts["good"]
    assert parquets.reasons().total() == parquets.counts["bad"] + 1  # and a row that names a file elsewhere
    assert parquets.reasons()["no-bytes"] == 1


def test_a_tar_into_a_folder_stays_in_it(tars: Ran, tmp_path: Path) -> None:
    done = program("scrub", tars.root / "in", tmp_path / "deep/er/out", "--to", "folder", *PROFILE)
    said = (done.stdout + done.stderr).decode()
    assert said.replace("\n", "").isprintable()
    assert done.returncode in {1, 2}
    around = {p.name for p in tmp_path.rglob("*") if p.is_file() and not p.is_relative_to(tmp_path / "deep/er")}
    assert around == set()
    assert not Path("/tmp/overpaint-out.jpg").exists()  # the name that the tar asks for
    assert not any(p.is_symlink() for p in (tmp_path / "deep").rglob("*"))


def test_verify_says_the_same(folder: Ran) -> None:
    done = program("verify", folder.dest, "-j", "1", "--json")
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["failed"] == 0


def test_the_source_is_as_it_was(folder: Ran, tmp_path: Path) -> None:
    sets.folder(tmp_path / "again")
    assert _hashes(folder.root / "in") == _hashes(tmp_path / "again")


def _hashes(root: Path) -> dict[bytes, str]:
    return {
        os.fsencode(p.relative_to(root)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in root.iterdir()
        if p.is_file() and not p.is_symlink()
    }
