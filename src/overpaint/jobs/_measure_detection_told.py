"""A measurement of detection for a terminal, and what its figures do not say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from overpaint.jobs._measured import Kept
from overpaint.measures import NOT_MEASURED, Estimate, Measured

__all__ = ["DOES_NOT_SAY", "NOBODY_HELD_BACK", "detection_lines"]

DOES_NOT_SAY = (
    "How many are missed in other pictures: recall is of these, and of what somebody labelled in them.",
    "How many of the false ones are: precision is a lower bound, since nobody labels everything.",
    "What nobody knows of people: groups are as the maintainer supplied them, and nothing was inferred.",
    "Why groups differ: faces of one may be smaller, darker or more often turned away than those of another.",
)
NOBODY_HELD_BACK = (
    "Whether a picture belongs into the no-view lane: nobody looked for nudity here, as in a scan for faces alone; "
    "--run with a run over the same images leaves out what its lane holds."
)

_NAMES = {"recall": "recall", "precision": "precision", "ap": "AP", "covered": "covered"}
_COCO = {"coco_ap": "COCO's AP", "coco_ap50": "at 0.5", "coco_ap75": "at 0.75"}
_MOST_GROUPS = 60


def detection_lines(measured: Measured, kept: Kept | None) -> list[str]:
    """Tables of ways, of differences, of sizes and groups."""
    figures = measured.figures
    ways: Mapping[str, Any] = figures["ways"]
    kind, least = figures["kind"], measured.settings["least"]
    lines = [
        (
            f"{figures['images']} images, {figures['boxes']} true boxes ({kind}) at least {least:g} pixels high; "
            f"{figures['ignored']} ignored"
        )
    ]
    if measured.settings["long_side"]:
        lines.append(f"pictures longer than {measured.settings['long_side']} pixels were made smaller first")
    lines += [f"not measured: {count} ({reason})" for reason, count in figures["left_out"].items()]
    lines += ["", *_ways(ways), *_differences(figures["differences"]), *_chosen(ways)]
    attributes = list(dict.fromkeys(name for way in ways.values() for name in way["by"]))
    for attribute in attributes:
        lines += ["", *_by(attribute, ways)]
    for name, count in figures["values_not_shown"].items():
        values = "1 value is" if count == 1 else f"{count} values are"
        lines.append(f"{name}: {values} not shown, of fewer than 10 images or boxes")
    lines += ["", *_gaps(figures["groups"], ways)]
    lines += ["", *(f"does not say: {sentence}" for sentence in measured.does_not_say)]
    if kept is not None:
        lines.append(f"kept: {kept.public}" + (f" and {len(kept.plots)} plots" if kept.plots else ""))
    return lines


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _ways(ways: Mapping[str, Any]) -> list[str]:
    rows = [["", "from", *_NAMES.values(), "false an image"]]
    for name, way in ways.items():
        told = [way[figure].told() if figure in way else "no scores" for figure in _NAMES]
        rows.append([name, f"{way['threshold']:g}", *told, way["false_per_image"].told(".2f")])
    coco = [
        [name, *(way[figure].told() for figure in _COCO)] for name, way in ways.items() if all(c in way for c in _COCO)
    ]
    also = ["", *_table([["", *_COCO.values()], *coco])] if coco else []
    return [*_table(rows), *also, "covered: at least 95 % of the box lies in what would be painted at full strength"]


def _differences(differences: Mapping[str, Any]) -> list[str]:
    if not differences:
        return []
    rows = [["in pairs on the same images", *_NAMES.values()]]
    for name, row in differences.items():
        rows.append([name, *(row[figure].told("+.3f") if figure in row else "no scores" for figure in _NAMES)])
    return ["", *_table(rows)]


def _chosen(ways: Mapping[str, Any]) -> list[str]:
    lines = []
    for name, way in ways.items():
        chosen = way.get("for_recall")
        if chosen is None:
            continue
        wanted = f"{name}, for a recall of {chosen['wanted']:g}"
        if chosen["threshold"].value is None:
            highest = f"at its lowest threshold {name} finds {way['curve'][-1][1]:.3f}" if way["curve"] else "no score"
            lines.append(f"{wanted}: not reached; {highest}")
            continue
        lines += [
            (
                f"{wanted}: from {chosen['threshold'].told('.2f')}; precision {chosen['precision'].told()}, "
                f"{chosen['false_per_image'].told('.2f')} false an image, on the images it was chosen on"
            ),
            (
                f"  chosen on one half and held against the other: recall {chosen['recall_elsewhere'].told()}, "
                f"precision {chosen['precision_elsewhere'].told()}; reached in {chosen['reached']:.0%} of the halves"
            ),
        ]
    return ["", *lines] if lines else []


def _by(attribute: str, ways: Mapping[str, Any]) -> list[str]:
    rows = [[f"by {attribute}", "boxes", "images", "", "recall", "precision", "AP"]]
    for value in dict.fromkeys(value for way in ways.values() for value in way["by"].get(attribute, {})):
        for name, way in ways.items():
            row = way["by"].get(attribute, {}).get(value)
            if row is None or not row["boxes"] or len(rows) > _MOST_GROUPS:
                continue
            told = [row[figure].told() if figure in row else "no scores" for figure in ("recall", "precision", "ap")]
            rows.append([value, str(row["boxes"]), str(row["images"]), name, *told])
    return _table(rows)


def _gaps(groups: Any, ways: Mapping[str, Any]) -> list[str]:
    if groups == NOT_MEASURED:
        return [f"recall by group: {NOT_MEASURED}; --groups names them"]
    attributes = "1 attribute" if len(groups["attributes"]) == 1 else f"{len(groups['attributes'])} attributes"
    lines = [
        (
            f"recall by group: {groups['compared']} groups compared, of {attributes}; "
            "intervals hold for all their pairs at once"
        )
    ]
    for name, way in ways.items():
        if not way["gaps"] or way["gaps"] == NOT_MEASURED:
            lines.append(f"  {name}: {NOT_MEASURED}; no two groups have 10 images and boxes each")
            continue
        for gap in way["gaps"]:
            recall: Estimate = gap["recall"]
            pair = f"{gap['highest']} less {gap['lowest']}, of {gap['groups']} groups"
            lines.append(
                f"  {name}, {gap['attribute']}: gap {recall.told()} ({pair}; "
                f"chance alone makes {gap['by_chance']:.3f} in the median)"
            )
    return lines
