"""overpaint beside its peers: the same real pictures, one run, one contestant after another.

    python benchmarks/peers.py --data DIR [--work DIR] [--json] [--only NAME ...] [--count N]
    python benchmarks/peers.py --memory [--work DIR] [--json]
    python benchmarks/peers.py --leaks [--work DIR] [--json]

DIR has the layout of the project's real data (benchmarks/_pictures.py says what is used). Everything made lies in a
scratch directory that is removed at the end, the peers' environment too; with --work that environment is kept there.
The peers come by pip. What is measured, and what not: docs/reference/benchmarks.md.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cv2

from _bars import Bar, bars, flat
from _contestants import CONTESTANTS, Contestant, Set, compete, find_boxes, lay_out
from _memory import grow
from _pictures import bases, imagenet_like, mosaics, screened
from _quality import outside
from _riding import beside_large, riding
from _tables import memory_table, quality_table, speed_table
from _watch import clean_environment, steady
from overpaint.engines._local import _ENVIRONMENT as WORKERS
from overpaint.jobs import measure_tools
from overpaint.measures._tool_running import install_peers

SKIP = 200
PHOTOS, PHOTOS_SKIP = 24, 4
_COMPARED = 150  # pictures whose pixels are compared


def measured(who: Contestant, short: Set, whole: Set, scratch: Path, peers: Path, shard_size: int) -> dict[str, Any]:
    """One contestant on one set: a run over its first pictures, then over all."""
    say(f"{whole.name}: {who.name}")
    first, outputs = compete(who, short, scratch / "first", peers, shard_size=shard_size)
    if len(outputs) != short.count:
        raise SystemExit(f"{who.name} wrote {len(outputs)} of {short.count} pictures:\n{first.log}")
    remove(scratch, "first")
    cost, outputs = compete(who, whole, scratch / "all", peers, shard_size=shard_size)
    if len(outputs) != whole.count:
        raise SystemExit(f"{who.name} wrote {len(outputs)} of {whole.count} pictures:\n{cost.log}")
    boxes = json.loads(whole.boxes.read_text())
    chosen = sorted(outputs)[:: max(1, len(outputs) // _COMPARED)]
    elsewhere = outside([(whole.flat / name, outputs[name], boxes[name]) for name in chosen])
    row: dict[str, Any] = {
        "rate": steady(outputs.values(), skip=short.count),
        "rate_whole": whole.count / cost.seconds,
        "cpu_ms": 1e3 * (cost.cpu - first.cpu) / (whole.count - short.count),
        "cpu_ms_whole": 1e3 * cost.cpu / whole.count,
        "peak": max(cost.peak_root, cost.peak_child),
        "peak_sum": cost.peak_sum,
        "outside": asdict(elsewhere),
        "load_before": os.getloadavg()[0],
    }
    remove(scratch, "all")
    say(f"    {row['rate']:.1f} images/s, {row['cpu_ms']:.1f} ms of CPU an image, {row['peak'] / 1e6:.0f} MB")
    return row


def remove(scratch: Path, name: str) -> None:
    for path in scratch.glob(f"{name}*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


def sets(found: Sequence[Any], scratch: Path, *, count: int) -> tuple[tuple[Set, Set], tuple[Set, Set], dict[str, Any]]:
    """The small pictures and the photographs, each with its first ones as a set of their own."""
    imagenet_like(found, scratch / "made", count=count)
    mosaics(found, scratch / "photos", count=PHOTOS)
    made: list[tuple[Set, Set]] = []
    facts: dict[str, Any] = {}
    for name, source, skip in (("500 px", scratch / "made", SKIP), ("12 MP", scratch / "photos", PHOTOS_SKIP)):
        files = sorted(path for path in source.rglob("*") if path.is_file())
        boxes = find_boxes(source)
        stem = name.replace(" ", "")
        made.append(
            (
                lay_out(f"{name}, first", source, mixed(files)[:skip], boxes, scratch / stem / "first"),
                lay_out(name, source, files, boxes, scratch / stem / "whole"),
            )
        )
        faces = [len(of) for of in boxes.values() if of]
        facts[name] = {
            "pictures": len(files),
            "bytes": sum(path.stat().st_size for path in files) / len(files),
            "with_face": len(faces) / len(files),
            "faces_each": sum(faces) / max(1, len(faces)),
        }
    return made[0], made[1], facts


def mixed(files: Sequence[Path]) -> list[Path]:
    """By name alone: names are hashes, so that folders and kinds mix."""
    return sorted(files, key=lambda path: path.name)


def parts(profile: str, tree: Path) -> dict[str, Any]:
    """The parts of the pipeline alone, in a process like a worker."""
    say(f"parts of {profile}")
    here = Path(__file__).parent
    environment = clean_environment(PYTHONPATH=str(here.parent / "src"), **WORKERS)
    done = subprocess.run(
        [sys.executable, str(here / "_parts.py"), profile, str(tree)],
        env=environment, check=True, capture_output=True, text=True,
    )  # fmt: skip
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def compare(data: Path, scratch: Path, kept: Path, *, count: int, only: Sequence[str]) -> dict[str, Any]:
    """Everything but memory."""
    peers = install_peers(kept / "peers")
    say("making pictures")
    found = screened(bases(data))
    small, large, facts = sets(found, scratch, count=count)
    load = os.getloadavg()[0]
    rows = {}
    for who in CONTESTANTS:
        if only and not any(name in who.name for name in only):
            continue
        rows[f"500 px: {who.name}"] = measured(who, *small, scratch, peers, 256)
        if who.looks:
            # one photograph a shard, or a shard would be more than there is
            rows[f"12 MP: {who.name}"] = measured(who, *large, scratch, peers, 1)
    alone = {name: parts(name, small[1].tree) for name in ("fast", "balanced") if f"500 px: overpaint {name}" in rows}
    return {
        "when": datetime.now(UTC).isoformat(timespec="minutes"),
        "machine": ", ".join((cpu_name(), f"{os.cpu_count()} cores", platform.platform(terse=True))),
        "load_before": load,
        "pictures": facts | {"bases": len(found)},
        "rows": rows,
        "parts": {name: {k: v for k, v in part.items() if k != "each"} for name, part in alone.items()},
        "beside_large": beside_large(scratch, peers),
        "riding": riding(data, scratch, peers),
        "tools": leaks(kept / "peers"),
        "bars": [asdict(bar) for bar in bars(rows, alone, cores=len(os.sched_getaffinity(0)))],
    }


def leaks(peers: Path) -> dict[str, Any]:
    """Who leaks what, on made files: `overpaint measure tools`."""
    say("who leaks what")
    found = measure_tools(peers=peers, plots=False)
    return found.to_dict() | {"lines": found.lines()}


def cpu_name() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.processor())


def report(found: dict[str, Any]) -> str:
    """What was found, as Markdown."""
    small, large = found["pictures"]["500 px"], found["pictures"]["12 MP"]
    made = (
        f"500 px: {small['pictures']} pictures of {small['bytes'] / 1e3:.0f} kB from {found['pictures']['bases']} real "
        f"ones, {small['with_face']:.1%} with a face, {small['faces_each']:.1f} faces each. 12 MP: {large['pictures']} "
        f"mosaics of {large['bytes'] / 1e6:.1f} MB, {large['faces_each']:.1f} faces each."
    )
    lines = [
        f"{found['when']}; {found['machine']}; load {found['load_before']:.2f} before.",
        made,
        "",
        speed_table(found["rows"]),
        "",
        *(
            f"Parts of `{name}` alone, ms of CPU an image: "
            + ", ".join(f"{part} {ms:.2f}" for part, ms in alone["ms"].items())
            for name, alone in found["parts"].items()
        ),
        "",
        quality_table(found),
        "",
    ]
    lines += [
        "Who leaks what, on made files (docs/reference/tools.md):",
        "",
        "```",
        *found["tools"]["lines"],
        "```",
        "",
    ]
    lines.append(verdicts([Bar(**bar) for bar in found["bars"]]))
    return "\n".join(lines)


def verdicts(reached: Sequence[Bar]) -> str:
    """A line a bar."""
    words = {None: "not measured", True: "pass", False: "FAIL"}
    return "\n".join(f"- {words[bar.passed]}: {bar.what} {bar.needed}: {bar.got or '-'}" for bar in reached)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="directory of real data")
    parser.add_argument("--work", type=Path, help="where to work, and to keep the peers' environment")
    parser.add_argument("--json", action="store_true", help="print JSON instead of Markdown")
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="contestants whose name has one of these")
    parser.add_argument("--count", type=int, default=2560, help="small pictures; at least 2,000 for a figure to quote")
    parser.add_argument("--memory", action="store_true", help="measure memory against the number of samples instead")
    parser.add_argument("--leaks", action="store_true", help="only who leaks what, on made files")
    asked = parser.parse_args()
    if not (asked.memory or asked.leaks) and asked.data is None:
        parser.error("--data is needed: a directory of real pictures")
    cv2.setNumThreads(1)
    if asked.work is not None:
        asked.work.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=asked.work) as name:
        scratch = Path(name)
        if asked.memory:
            costs = {count: asdict(cost) for count, cost in grow(scratch, (1_000, 10_000, 100_000)).items()}
            reached = flat({count: cost["peak_child"] for count, cost in costs.items()})
            print(json.dumps(costs, indent=1) if asked.json else f"{memory_table(costs)}\n\n{verdicts(reached)}")
            return 0 if all(bar.passed for bar in reached) else 2
        if asked.leaks:
            where = (asked.work or scratch) / "peers"
            install_peers(where)
            told = leaks(where)
            print(json.dumps(told, indent=1) if asked.json else "\n".join(told["lines"]))
            return 0
        found = compare(asked.data, scratch, asked.work or scratch, count=asked.count, only=asked.only)
        print(json.dumps(found, indent=1) if asked.json else report(found))
        return 0 if all(bar["passed"] is not False for bar in found["bars"]) else 2


if __name__ == "__main__":
    raise SystemExit(main())
