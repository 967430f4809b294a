"""What a trial disturbs: a small dataset, the commands that treat it, and what these leave undisturbed."""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import random
import re
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from _fault_warm import NEVER, Process, Warm
from overpaint import formats
from overpaint.rundir import Run, read_table

sys.path.append(str(Path(__file__).parents[1] / "tests" / "jobs"))
container_datasets = importlib.import_module("container_datasets")

__all__ = ["CASES", "Case", "Place", "State", "Strike", "TrialError", "undisturbed"]

# Ctrl-C between forking and the lock that Python's logging lets go of then: nothing of ours runs there
_PYTHONS_OWN = re.compile(
    r"Exception ignored in: <function _releaseLock[^\n]*\nTraceback[^\n]*\n(?:  [^\n]*\n)+\w[^\n]*\n?"
)
SECONDS = 120.0  # what no command here may take


class TrialError(Exception):
    """A promise was broken; the message says which."""


@dataclass(frozen=True)
class Case:
    """A kind of source, a kind of output, and a way: ``scrub``, or ``stages`` (scan and twice decide and act)."""

    source: str
    to: str
    way: str
    overlay: bool = False

    @property
    def name(self) -> str:
        """In one word."""
        return f"{self.source}-{self.to}-{self.way}" + ("-overlay" if self.overlay else "")


KINDS = ("folder", "webdataset", "parquet")
CASES = [Case(source, to, way) for source in KINDS for to in KINDS for way in ("scrub", "stages")]
CASES.append(Case("folder", "folder", "stages", overlay=True))

_PAINTED = {
    "folder": ["train/cat/002.jpg", "train/dog/003.png", "val/dog/005.jpg"],
    "webdataset": ["train-000000.tar/00002.jpg", "train-000000.tar/00001.right.png", "train-000001.tar/00008.jpg"],
    "parquet": [
        "data/train-00000-of-00002.parquet/00000001/image",
        "data/train-00000-of-00002.parquet/00000002/views/1",
        "data/train-00001-of-00002.parquet/00000003/image",
    ],
}
_REMOVED = {
    "folder": ["train/dog/007.jpg"],
    "webdataset": ["train-000001.tar/00007.jpg"],
    "parquet": ["data/train-00001-of-00002.parquet/00000000/image"],
}


@dataclass
class Place:
    """The folder of one trial: ``source``, ``disk/out`` and its run, ``tmp`` for TMPDIR."""

    root: Path
    case: Case
    warm: Warm
    workers: int = 1
    log: list[str] = field(default_factory=list)

    @property
    def source(self) -> Path:
        return self.root / "source"

    @property
    def disk(self) -> Path:
        return self.root / "disk"

    @property
    def dest(self) -> Path:
        return self.disk / "out"

    @property
    def run(self) -> Run:
        return Run(self.disk / "out.run")

    @property
    def temporary(self) -> Path:
        return self.root / "tmp"

    def lay_out(self) -> None:
        """Make the source and the lists that the commands name."""
        for folder in (self.disk, self.temporary):
            folder.mkdir(parents=True)
        made = {"folder": "folder", "webdataset": "tars", "parquet": "parquet"}[self.case.source]
        getattr(container_datasets, made)(self.source)
        x0, y0, x1, y1 = container_datasets.BOX
        painted = _PAINTED[self.case.source]
        images = [{"id": i, "file_name": key} for i, key in enumerate(painted)]
        marks = [{"image_id": i, "bbox": [x0, y0, x1 - x0, y1 - y0]} for i in range(len(painted))]
        (self.root / "boxes.json").write_text(json.dumps({"images": images, "annotations": marks}))
        (self.root / "gone.txt").write_text("".join(f"{key}\n" for key in _REMOVED[self.case.source]))

    def commands(self) -> list[list[str]]:
        """What is run, in order; verifying is part of it."""
        run, dest, workers = str(self.run.path), str(self.dest), ["-j", str(self.workers)]
        look = ["--boxes", str(self.root / "boxes.json"), "--shard-size", "3"]
        form = ["--to", self.case.to, *(["--overlay"] if self.case.overlay else [])]
        gone = ["--remove", str(self.root / "gone.txt")]
        if self.case.way == "scrub":
            return [
                ["scrub", str(self.source), dest, *look, *form, *gone, *workers],
                ["verify", dest, *workers],
            ]
        return [
            ["scan", str(self.source), "--run", run, *look, *workers],
            ["decide", run],
            ["act", run, dest, *form, *workers],
            ["decide", run, *gone, "--look", "fill"],
            ["act", run, *workers],
            ["verify", dest, *workers],
        ]

    def start(self, command: list[str], *, step: int = NEVER) -> Process:
        """Start a command that stops at a step."""
        env = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
        env["TMPDIR"] = str(self.temporary)
        self.log.append(" ".join(command[:1]))
        number = len(self.log)
        return self.warm.start(command, root=str(self.root), log=str(self.root / f"{number}.log"), env=env, step=step)

    def said(self) -> str:
        """What the command that was started last has printed."""
        return (self.root / f"{len(self.log)}.log").read_text("utf-8", "replace")

    def finish(self, command: list[str]) -> int:
        """Run a command undisturbed; its exit code."""
        process = self.start(command)
        try:
            return self.ended(process)
        finally:
            process.close()

    def ended(self, process: Process) -> int:
        """Wait for a process, and see that it said nothing of its own inside."""
        code = process.wait(SECONDS)
        for path in self.root.glob("*.log"):
            if "Traceback" in _PYTHONS_OWN.sub("", text := path.read_text("utf-8", "replace")):
                raise TrialError(f"a traceback:\n{text}")
        return code

    def clear(self) -> None:
        """Remove everything."""
        shutil.rmtree(self.root, ignore_errors=True)


@dataclass
class Strike:
    """One fault at its moment."""

    place: Place
    process: Process
    at: int  # the process that stands at the step
    rng: random.Random
    command: list[str]
    keys: list[str] = field(default_factory=list)  # of files of the source that really changed
    keep: list[tuple[Path, bytes, int]] = field(default_factory=list)  # what they were
    others: list[Process] = field(default_factory=list)
    note: str = ""


@dataclass(frozen=True)
class State:
    """What commands leave: files of the destination by hash, rows of the samples, and whether the counts reconcile."""

    tree: dict[str, str]
    rows: dict[str, dict[str, Any]]
    counts: dict[str, Any]

    @classmethod
    def of(cls, place: Place) -> State:
        """Read it from the disk."""
        tree = {
            str(path.relative_to(place.dest)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(place.dest.rglob("*"))
            if path.is_file()
        }
        rows = {}
        for ref in formats.read_shards(place.run.listing):
            for row in read_table(place.run.shard_file("samples", ref.id)).to_pylist():
                rows[row["key"]] = row
        summary = json.loads((place.run.public / "summary.json").read_bytes())
        return cls(tree, rows, summary["conservation"])

    def differences(self, other: State) -> list[str]:
        """Words on what is not the same."""
        found = [f"file {name}" for name in sorted(self.tree.keys() ^ other.tree.keys())]
        found += [
            f"bytes of {n}" for n in sorted(self.tree.keys() & other.tree.keys()) if self.tree[n] != other.tree[n]
        ]
        for key in sorted(self.rows.keys() | other.rows.keys()):
            one, two = self.rows.get(key), other.rows.get(key)
            if one != two:
                fields = [name for name in one or () if two is None or (one or {})[name] != two[name]]
                found.append(
                    f"row {key}: " + ", ".join(f"{f} {(one or {})[f]!r} / {(two or {}).get(f)!r}" for f in fields)
                )
        if self.counts != other.counts:
            found.append(f"counts {self.counts} / {other.counts}")
        return found


def undisturbed(case: Case, root: Path, warm: Warm) -> tuple[State, list[int]]:
    """What a case leaves when nothing happens, and the number of steps of each command."""
    place = Place(root, case, warm)
    place.lay_out()
    steps = []
    for command in place.commands():
        process = place.start(command)
        code = place.ended(process)
        if code != 0:
            raise TrialError(f"{case.name}: {command[0]} ends with {code} undisturbed: {place.said()}")
        steps.append(process.steps)
        process.close()
    state = State.of(place)
    place.clear()
    if not state.counts["reconciles"]:
        raise TrialError(f"{case.name}: undisturbed, and the counts do not reconcile")
    return state, steps
