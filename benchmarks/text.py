"""How much text is found, what of it is told, and what the gate saves; on the real data, in one run.

    python benchmarks/text.py --data DIR [--json]

Times are of the processor, on one thread, so that what else the machine does counts little. Of each picture the
whole reading (without the gate) comes after the gated one, with nothing kept between the two.
"""

from __future__ import annotations

import argparse
import csv
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from _icdar import bootstrap, covered, scenes
from overpaint.detectors import Detection, Detector, Image
from overpaint.detectors._ocr import Ocr, first_look
from overpaint.detectors._text_gate import TextGate
from overpaint.detectors._text_search import TextSearch
from overpaint.detectors._view import View
from overpaint.detectors._words import Domains
from overpaint.records import Box

BY_EYE = Path(__file__).parents[1] / "tests" / "realdata" / "text_by_eye.csv"


class Timed:
    """A detector, and the seconds of processor it took last."""

    def __init__(self, inner: Detector | None, name: str = "open") -> None:
        self.inner = inner
        self.name = inner.name if inner else name
        self.version, self.weights, self.kinds, self.long_side = "", "", ("text-other",), 1600
        self.seconds = 0.0

    def detect(self, image: Image) -> Sequence[Detection]:
        if self.inner is None:
            return [Detection("text-other", 1.0, None)]
        began = time.thread_time()
        found = self.inner.detect(image)
        self.seconds = time.thread_time() - began
        return found


@dataclass(frozen=True)
class Both:
    """One picture, looked at with and without the gate."""

    gated: Sequence[Detection]
    whole: Sequence[Detection]
    gate_seconds: float
    ocr_seconds: float
    whole_seconds: float


class Looks:
    """The search as it is, and the same without its gate."""

    def __init__(self) -> None:
        glance, other = first_look(threads=1), first_look(threads=1)
        gate = TextGate(glance)
        self.gate, self.ocr = Timed(gate), Timed(Ocr(glance=glance, gate=gate))
        self.all = Timed(Ocr(glance=other))
        self.gated = TextSearch(gate=self.gate, ocr=self.ocr, domains=Domains(), secret=None)
        self.whole = TextSearch(gate=Timed(None), ocr=self.all, domains=Domains(), secret=None)

    def at(self, path: Path) -> Both:
        stored = cv2.imread(str(path))
        if stored is None:
            raise SystemExit(f"{path} cannot be read")
        image = np.ascontiguousarray(stored[..., ::-1])
        self.ocr.seconds = 0.0
        views = View(image), View(image)
        gated, whole = (
            [s.detection for s in search.look(view, ())]
            for search, view in zip((self.gated, self.whole), views, strict=True)
        )
        faults = [str(fault) for view in views for fault in view.faults if "raised" in str(fault)]
        if faults:
            raise SystemExit(f"the measurement is void: {faults[0]}")
        return Both(gated, whole, self.gate.seconds, self.ocr.seconds, self.all.seconds)


def again(one: Detection, among: Sequence[Detection]) -> bool:
    """Whether a finding has its like: of its kind (any, for other text), with half of the smaller box shared."""
    box = one.box
    return box is not None and any(
        other.box is not None
        and one.kind in {other.kind, "text-other"}
        and box.intersection(other.box) >= 0.5 * min(box.area, other.box.area)
        for other in among
    )


def kept(pictures: Sequence[Both], *, telling: bool) -> tuple[float, float, float, int]:
    """Share of the findings of the whole reading that the gated one has too, its interval, and their number.

    `telling`: those of kinds that lead to somebody; else words of three characters and more that are read with 0.8.
    """
    parts = []
    for picture in pictures:
        wanted = [
            one
            for one in picture.whole
            if (one.kind != "text-other") == telling and (telling or (len(one.text or "") >= 3 and one.score >= 0.8))
        ]
        parts.append((sum(again(one, picture.gated) for one in wanted), len(wanted)))
    return *bootstrap(parts), int(sum(n for _, n in parts))


def gate_row(name: str, pictures: Sequence[Both]) -> dict[str, Any]:
    spent = [(p.gate_seconds + p.ocr_seconds, p.whole_seconds) for p in pictures]
    share, low, high = bootstrap(spent)
    count = len(pictures)
    return {
        "set": name,
        "images": count,
        "gate_ms": sum(p.gate_seconds for p in pictures) / count * 1e3,
        "ocr_ms": sum(p.ocr_seconds for p in pictures) / count * 1e3,
        "whole_ms": sum(p.whole_seconds for p in pictures) / count * 1e3,
        "asked": sum(p.ocr_seconds > 0 for p in pictures) / count,
        "saved": (1 - share, 1 - high, 1 - low),
        "telling": kept(pictures, telling=True),
        "words": kept(pictures, telling=False),
    }


def coverage(data: Path, looks: Looks) -> tuple[dict[str, Any], list[Both]]:
    rows: dict[str, list[tuple[float, float]]] = {"gated": [], "whole": []}
    pictures = []
    for path, words in scenes(data / "text_icdar2015"):
        both = looks.at(path)
        pictures.append(both)
        for mode, found in (("gated", both.gated), ("whole", both.whole)):
            boxes: list[Box] = [one.box for one in found if one.box is not None]
            hits = covered(words, boxes, width=1280, height=720)
            rows[mode].append((sum(hits), len(hits)))
    return {mode: (*bootstrap(parts), int(sum(n for _, n in parts))) for mode, parts in rows.items()}, pictures


def by_eye(found: dict[str, Both]) -> dict[str, bool]:
    """Of each thing a person can read: whether it is told."""
    lines = [line for line in BY_EYE.read_text("utf-8").splitlines() if not line.startswith("#")]
    return {
        f"{row['key']} {row['kind']}": any(one.kind == row["kind"] for one in found[row["key"]].gated)
        for row in csv.DictReader(lines)
    }


def brands(data: Path, looks: Looks) -> tuple[dict[str, tuple[int, int]], list[Both]]:
    """Pictures with a mark of an owner or a site: of the watermarked ones, and of those it was taken from."""
    counts = {"watermarked": [0, 0], "cleaned": [0, 0]}
    pictures = []
    for path in sorted((data / "watermark_fotolia").glob("*.jpg")):
        both = looks.at(path)
        pictures.append(both)
        count = counts["watermarked" if path.name.startswith("fotolia") else "cleaned"]
        count[0] += any(one.kind in {"text-stock", "text-url"} for one in both.gated)
        count[1] += 1
    return {name: (hit, of) for name, (hit, of) in counts.items()}, pictures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the directory of real data")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    looks = Looks()
    samples = {path.name: looks.at(path) for path in sorted((given.data / "imagenet_samples").glob("*.JPEG"))}
    words, scenes_looked = coverage(given.data, looks)
    marks, marked = brands(given.data, looks)
    result: dict[str, Any] = {
        "covered": words,
        "by_eye": by_eye(samples),
        "brands": marks,
        "gate": [
            gate_row("imagenet_samples", list(samples.values())),
            gate_row("text_icdar2015", scenes_looked),
            gate_row("watermark_fotolia", marked),
        ],
    }
    if given.json:
        print(json.dumps(result, indent=1))
        return
    for mode, (share, low, high, count) in words.items():
        print(f"legible words of text_icdar2015 covered, {mode}: {share:.3f} ({low:.3f}-{high:.3f}) of {count}")
    print(
        "read by eye:", *(f"{name} {'told' if hit else 'MISSED'}" for name, hit in result["by_eye"].items()), sep="\n  "
    )
    print("brands:", *(f"{name} {hit} of {of}" for name, (hit, of) in marks.items()))
    for row in result["gate"]:
        print(
            f"{row['set']} ({row['images']}): gate {row['gate_ms']:.0f} ms, then {row['ocr_ms']:.0f} ms; "
            f"without it {row['whole_ms']:.0f} ms; asked {row['asked']:.2f}"
        )
        for name in ("saved", "telling", "words"):
            share, low, high = row[name][:3]
            print(
                f"  {name}: {share:.3f} ({low:.3f}-{high:.3f})" + (f" of {row[name][3]}" if len(row[name]) > 3 else "")
            )


if __name__ == "__main__":
    main()
