"""Small faces beside large ones, and what rides along in files with metadata, for whoever can be asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from _contestants import CONTESTANTS, Contestant, compete, deface, lay_out
from _memory import portrait
from _pictures import with_riders
from _quality import hidden_pictures, left_by_size, shown_alike, small_beside_large, turned

__all__ = ["beside_large", "riding"]


def beside_large(scratch: Path, peers: Path) -> dict[str, dict[str, float]]:
    """Detail left by size of face, for everyone who can be given boxes; of deface its painting alone."""
    source = scratch / "beside"
    truth = small_beside_large(portrait(), source)
    given = {name: [[float(v) for v in box] for box in boxes] for name, boxes in truth.items()}
    pictures = lay_out("beside", source, sorted(source.iterdir()), given, scratch / "beside-set")
    found = {}
    blind = [who for who in CONTESTANTS if not who.looks]
    for number, who in enumerate([*blind, Contestant("deface's painting", "blurrer", "deface", looks=False)]):
        _, outputs = compete(who, pictures, scratch / f"beside-{number}", peers)
        found[who.name] = left_by_size(pictures.flat, outputs, truth)
    return found


def riding(data: Path, scratch: Path, peers: Path) -> dict[str, dict[str, Any]]:
    """Pictures hidden in files, and orientation, before and after."""
    source = scratch / "riders"
    with_riders(data, source)
    files = sorted(source.iterdir())
    pictures = lay_out("riders", source, files, {path.name: [] for path in files}, scratch / "riders-set")
    tagged = [path for path in files if b"Exif\0\0" in path.read_bytes()[:65536]]
    some = lay_out("tagged", source, tagged, {path.name: [] for path in files}, scratch / "tagged-set")
    found = {}
    for name, chosen in (("overpaint fast", pictures), ("deface 1.5.0", pictures), ("deface --keep-metadata", some)):
        dest = scratch / f"riders-{name.replace(' ', '-')}"
        if name == "overpaint fast":
            _, outputs = compete(CONTESTANTS[0], chosen, dest, peers)
        else:
            more = ["--keep-metadata"] if name.endswith("metadata") else []
            _, outputs = deface(chosen.flat, dest, peers, *more, log=dest.with_suffix(".log"))
        pairs = [(chosen.flat / output, path) for output, path in outputs.items()]
        askew = [pair for pair in pairs if turned(pair[0])]
        found[name] = {
            "given": chosen.count,
            "written": len(pairs),
            "hidden_before": sum(hidden_pictures(old.read_bytes()) > 0 for old, _ in pairs),
            "hidden_after": sum(hidden_pictures(new.read_bytes()) > 0 for _, new in pairs),
            "turned_before": len(askew),
            "alike_after": sum(shown_alike(*pair) for pair in askew),
        }
    return found
