"""COCO's JSON under a label policy: categories and their numbers, annotations, images."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from overpaint import labels
from overpaint.errors import LabelsError, SourceError
from overpaint.jobs._labels_table_out import TableFiltered, Tally, beside_files, places, staged
from overpaint.jobs._labels_table_rules import Rules
from overpaint.jobs._runs import Progress
from overpaint.labels import Fate, LabelCount, LabelPlan

__all__ = ["filter_coco"]

MOST_BYTES = 4 << 30
_NUMBER_LISTS = ("neg_category_ids", "not_exhaustive_category_ids")
"""Of an image: categories that were looked for in it (LVIS)."""
Json = dict[str, Any]


def filter_coco(
    source: Path, dest: Path, *, rules: Rules, dry_run: bool = False, progress: Progress | None = None
) -> TableFiltered:
    """Apply a label policy to a file of COCO annotations, which is held in memory.

    An annotation whose category goes is left out; an image goes as the policy says of images without labels, with all
    its annotations. Categories are numbered anew without gaps, from the first number that there was if that is 0 or 1.

    Raises
    ------
    LabelsError
        It is no such file: annotations without a category (captions, panoptic), or of none that is listed.
    SourceError
        It cannot be read.
    """
    whole = _read(source)
    names = {category["id"]: category["name"] for category in whole["categories"]}
    bearing = _bearing(whole, names, source)
    plan = _plan(names, bearing, rules)
    fates = {image: plan.fate(sorted(found)) for image, found in bearing.items()}
    if progress:
        progress("filtering images", len(fates), len(fates))
    tally = _tally(bearing, fates, plan)
    if dry_run:
        return TableFiltered(**asdict(tally), plan=plan)
    with staged(dest) as folder:
        _write(folder / "table", _kept(whole, fates, plan))
        if tally.quarantined:
            _write(folder / ".private" / "quarantined.json", _quarantined(whole, fates))
        for name, content in beside_files(plan, rules.taxonomy).items():
            (folder / name).write_bytes(content)
    return TableFiltered(**asdict(tally), plan=plan, files=places(dest))


def _read(source: Path) -> Json:
    try:
        if source.stat().st_size > MOST_BYTES:
            raise LabelsError(f"{source}: is larger than {MOST_BYTES >> 30} GB; split it by images")
        whole = json.loads(source.read_bytes())
    except OSError as wrong:
        raise SourceError(f"{source}: cannot be read ({wrong.strerror})") from None
    except (ValueError, RecursionError):
        raise SourceError(f"{source}: is no JSON") from None
    wanted = {
        "categories": (("id", int), ("name", str)),
        "images": (("id", int | str),),
        "annotations": (("image_id", int | str), ("category_id", int)),
    }
    for part, words in wanted.items():
        rows = whole.get(part) if isinstance(whole, dict) else None
        if not isinstance(rows, list) or not all(
            isinstance(row, dict) and all(isinstance(row.get(word), kind) for word, kind in words) for row in rows
        ):
            told = " and ".join(word for word, _ in words)
            raise LabelsError(f"{source}: is no COCO file of objects; each of '{part}' has to have {told}")
    return dict(whole)


def _bearing(whole: Json, names: Mapping[int, str], source: Path) -> dict[int | str, set[str]]:
    """The labels of each image."""
    found: dict[int | str, set[str]] = {image["id"]: set() for image in whole["images"]}
    if len(names) != len(whole["categories"]) or len(found) != len(whole["images"]):
        raise LabelsError(f"{source}: two categories or two images have one id; each needs its own")
    for annotation in whole["annotations"]:
        name = names.get(annotation["category_id"])
        if name is None or annotation["image_id"] not in found:
            raise LabelsError(f"{source}: an annotation is of a category or an image that is not in the file")
        found[annotation["image_id"]].add(name)
    return found


def _plan(names: Mapping[int, str], bearing: Mapping[int | str, set[str]], rules: Rules) -> LabelPlan:
    images = dict.fromkeys(names.values(), 0)
    for found in bearing.values():
        for name in found:
            images[name] += 1
    counts = [
        LabelCount(name, images[name], number, labels.resolve_label(name, taxonomy=rules.taxonomy).id)
        for number, name in names.items()
    ]
    first = min(names, default=0)
    return rules.plan(counts, order="kept", first_index=first if first in (0, 1) else 0)


def _tally(bearing: Mapping[int | str, set[str]], fates: Mapping[int | str, Fate], plan: LabelPlan) -> Tally:
    tally = Tally(rows=len(fates))
    for image, fate in fates.items():
        tally.kept += fate.treatment == "keep"
        tally.removed += fate.treatment == "remove"
        tally.quarantined += fate.treatment == "quarantine"
        tally.relabelled += fate.treatment == "keep" and any(plan.names[name] != name for name in bearing[image])
    return tally


def _kept(whole: Json, fates: Mapping[int | str, Fate], plan: LabelPlan) -> Json:
    numbers = plan.numbers
    images = []
    for image in whole["images"]:
        if fates[image["id"]].treatment == "keep":
            lists = {word: _renumbered(image[word], numbers) for word in _NUMBER_LISTS if word in image}
            images.append(image | lists)
    annotations = [
        annotation | {"category_id": numbers[annotation["category_id"]]}
        for annotation in whole["annotations"]
        if fates[annotation["image_id"]].treatment == "keep" and numbers[annotation["category_id"]] is not None
    ]
    stood = {category["name"]: category for category in whole["categories"]}
    stays = {d.to: stood[d.label] for d in plan.decisions if d.action == "rename"}
    stays |= {d.to: stood[d.label] for d in plan.decisions if d.action == "keep"}
    categories = [
        _without_what_went(stays.get(one.label, {}), plan) | {"id": one.index, "name": one.label}
        for one in plan.classes
    ]
    return whole | {"images": images, "annotations": annotations, "categories": categories}


def _without_what_went(category: Json, plan: LabelPlan) -> Json:
    """A category whose other words are no labels that went or are called otherwise now."""
    now = dict(category)
    if isinstance(wider := now.get("supercategory"), str):
        now["supercategory"] = plan.names.get(wider, wider) or ""
    if isinstance(words := now.get("synonyms"), list):  # LVIS
        now["synonyms"] = [word for word in words if not isinstance(word, str) or plan.names.get(word, word) == word]
    return now


def _renumbered(found: Any, numbers: Mapping[int, int | None]) -> list[int]:
    listed = [numbers.get(number) for number in found if isinstance(number, int)] if isinstance(found, list) else []
    return list(dict.fromkeys(number for number in listed if number is not None))


def _quarantined(whole: Json, fates: Mapping[int | str, Fate]) -> Json:
    """The images that wait for people, as they were."""
    waits = {image for image, fate in fates.items() if fate.treatment == "quarantine"}
    images = [image for image in whole["images"] if image["id"] in waits]
    annotations = [annotation for annotation in whole["annotations"] if annotation["image_id"] in waits]
    return whole | {"images": images, "annotations": annotations}


def _write(path: Path, whole: Json) -> None:
    with path.open("w", encoding="utf-8") as file:
        json.dump(whole, file, ensure_ascii=False)
