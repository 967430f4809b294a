"""What a label policy makes of the samples of one shard: rows beside the other decisions, and labels written anew.

Labels are a dataset's own words and belong to no picture, so that nothing is looked at here. What is in the no-view
lane is held whatever it is called, and gets no row.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from overpaint.errors import LabelsError, RunError
from overpaint.formats import LabelPlace, Relabelling, ShardRef
from overpaint.labels import Fate, LabelPlan
from overpaint.records import DECISIONS, Sample, Treatment, python_key, stored_key
from overpaint.rundir import Run, read_table, write_bytes, write_table

__all__ = [
    "LABELS",
    "LABEL_KIND",
    "Labelling",
    "as_listed",
    "labelled_generations",
    "labels_of",
    "write_label_plan",
    "write_labels",
]

LABEL_KIND = "label"
LABELS = pa.schema([pa.field("key", pa.string(), nullable=False), pa.field("labels", pa.list_(pa.string()))])
_PLAN = "labels.json"
_PLACES = "label-places.json"
_BESIDE = "labels-beside.json"


@dataclass(frozen=True)
class Labelling:
    """The label plan of one generation of decisions, and where the labels are that it speaks of.

    ``beside`` is what the same policy makes of labels that only files beside the images name (COCO, VOC, YOLO): they
    are exchanged there, and decide of no image.
    """

    plan: LabelPlan
    places: tuple[LabelPlace, ...]
    beside: LabelPlan | None = None

    @classmethod
    def of(cls, run: Run, generation: str) -> Labelling | None:
        """What a generation says of labels; None where it leaves them as they are.

        Raises
        ------
        RunError
            It is damaged.
        """
        place = run.decisions_dir(generation)
        plan = _read_plan(place / _PLAN, run)
        return None if plan is None else cls(plan, _read_places(place / _PLACES), _read_plan(place / _BESIDE, run))

    @cached_property
    def relabelling(self) -> Relabelling:
        """The same for whoever writes the output."""
        return Relabelling(
            names={**({} if self.beside is None else self.beside.names), **self.plan.names},
            numbers=self.plan.numbers,
            places=self.places,
            classes=self.plan.after,
        )

    def decide(self, samples: pa.Table, decisions: pa.Table, labels: Sequence[tuple[str, ...]]) -> pa.Table:
        """Decisions with rows for the samples whose labels change.

        Parameters
        ----------
        samples
            Columns ``key`` and ``lane`` of the shard, in its order.
        decisions
            `overpaint.records.DECISIONS` of the same samples.
        labels
            What each sample is labelled with.
        """
        keys = samples.column("key").to_pylist()
        lane = samples.column("lane").to_pylist() if "lane" in samples.column_names else [None] * len(keys)
        known: dict[tuple[str, ...], dict[str, Any] | None] = {}
        rows: list[dict[str, Any]] = []
        places: list[int] = []
        for place, (key, held, said) in enumerate(zip(keys, lane, labels, strict=True)):
            if not said or held:
                continue
            if said not in known:
                known[said] = _row(said, self.plan.fate(said))
            row = known[said]
            if row is not None:
                rows.append(row | {"key": key})
                places.append(place)
        if not rows:
            return decisions
        made = pa.Table.from_pylist(rows, schema=DECISIONS)
        if not decisions.num_rows:
            return made
        at = {key: place for place, key in enumerate(keys)}
        before = [at[key] for key in decisions.column("key").to_pylist()]
        # a label's row stands before the others of its sample, as that of a list of removals does
        order = np.argsort(np.array([*places, *before]), kind="stable")
        return pa.concat_tables([made, decisions]).combine_chunks().take(pa.array(order))


def _row(said: tuple[str, ...], fate: Fate) -> dict[str, Any] | None:
    """The row of a sample with these labels, but for its key; None where nothing changes."""
    treatment = Treatment(fate.treatment)
    if treatment is Treatment.KEEP and fate.labels == said:
        return None
    basis = " ".join(f"labels:{clause}" for clause in fate.clauses)
    return {
        "treatment": str(treatment),
        "kind": LABEL_KIND,
        "basis": basis,
        "reason": fate.reason,
        "subject": -1,
        "labels": [stored_key(label) for label in fate.labels],
    }


def plan_file(run: Run, generation: str) -> Path:
    """Where a generation's label plan lies."""
    return run.decisions_dir(generation) / _PLAN


def write_label_plan(
    run: Run, generation: str, plan: LabelPlan, places: Sequence[LabelPlace], *, beside: LabelPlan | None = None
) -> None:
    """Put a label plan in force for a generation that was begun, with where the labels are that it speaks of."""
    value = [
        {"place": p.place, "classes": None if p.classes is None else list(map(stored_key, p.classes))} for p in places
    ]
    write_bytes(run.decisions_dir(generation) / _PLACES, json.dumps(value).encode())
    if beside is not None:
        write_bytes(run.decisions_dir(generation) / _BESIDE, beside.to_json().encode())
    write_bytes(plan_file(run, generation), plan.to_json().encode())


def labelled_generations(run: Run) -> list[str]:
    """The generations of decisions that say something of labels."""
    return sorted(path.parent.name for path in (run.private / "decisions").glob(f"*/{_PLAN}"))


def as_listed(samples: Sequence[Sample]) -> pa.Table:
    """The columns of samples that nobody looked at yet which `labels_of` needs."""
    columns = {
        "key": [stored_key(sample.key) for sample in samples],
        "label": [None if sample.label is None else stored_key(sample.label) for sample in samples],
    }
    return pa.table(columns, schema=pa.schema([("key", pa.string()), ("label", pa.string())]))


def labels_of(run: Run, ref: ShardRef, samples: pa.Table) -> list[tuple[str, ...]]:
    """What each sample of a shard is labelled with: as was read from its members and columns, else as its path says."""
    path = run.shard_file("labels", ref.id)
    if not path.exists():
        column = samples.column("label").to_pylist()
        return [() if label is None else (python_key(label),) for label in column]
    table = read_table(path)
    if not table.column("key").equals(samples.column("key")):
        raise RunError(f"{path} is not of the listing's samples; delete {path.parent} and decide again")
    return [tuple(python_key(label) for label in said or ()) for said in table.column("labels").to_pylist()]


def write_labels(run: Run, ref: ShardRef, rows: Iterable[tuple[str, Sequence[str]]]) -> None:
    """Keep what the samples of a shard are labelled with: key and labels of each, in the shard's order."""
    keys, labels = [], []
    for key, said in rows:
        keys.append(stored_key(key))
        labels.append([stored_key(label) for label in said])
    run.shard_file("labels", ref.id).parent.mkdir(exist_ok=True)
    write_table(run.shard_file("labels", ref.id), pa.table({"key": keys, "labels": labels}, schema=LABELS))


def _read_plan(path: Path, run: Run) -> LabelPlan | None:
    try:
        return LabelPlan.from_json(path.read_text("utf-8"), name=str(path))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, LabelsError) as error:
        raise RunError(f"{path} cannot be read ({type(error).__name__}); run `overpaint decide {run.path}`") from None


def _read_places(path: Path) -> tuple[LabelPlace, ...]:
    try:
        value = json.loads(path.read_bytes())
        return tuple(
            LabelPlace(p["place"], None if p["classes"] is None else tuple(map(python_key, p["classes"])))
            for p in value
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunError(f"{path} cannot be read ({type(error).__name__}); decide again") from None
