"""What somebody asked for, and how it is frozen into a plan."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from overpaint import detectors, formats, labels, models
from overpaint import policy as policies
from overpaint.errors import UsageError
from overpaint.jobs._pinned import hash_lists, pinned
from overpaint.plan import DetectorPlan, Plan, file_sha256

__all__ = ["NOBODY", "Ask", "adjusted", "resolve_policy"]

NOBODY = "none"
"""What ``detectors`` says where nobody shall look at any picture."""
AS_THEY_ARE = "none"
"""What ``labels`` says where labels shall stay as they are, whatever a run's plan says."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What somebody asked for, before it is frozen into a plan."""

    source: str
    container: str | None = None
    profile: str | None = None
    detectors: str | None = None
    keep_text: bool = False
    lists: tuple[Path, ...] = ()
    hash_lists: tuple[Path, ...] = ()
    boxes: Path | None = None
    policy: Path | None = None
    look: str | None = None
    cells: int | None = None
    metadata: str | None = None
    remove: Path | None = None
    labels: Path | str | None = None
    ratings: tuple[Path, ...] = ()
    label_places: tuple[str, ...] = ()
    label_list: str | None = None
    taxonomy: Path | None = None
    shard_size: int | None = None

    def freeze(self, *, today: dt.date) -> Plan:
        """Turn it into a plan: names become versions and hashes, files become their content."""
        source = formats.open_source(self.source, kind=self.container)
        profile, looks_for = self.looks()
        looker = None
        if looks_for:
            options = detectors.LookOptions(keep_text=self.keep_text, lists=self.lists)
            looker = detectors.open_looker(profile or None, detectors=looks_for, threads=1, options=options)
        policy = resolve_policy(self, looker=looker, today=today)
        if self.boxes is not None and not self.boxes.exists():
            raise UsageError(f"--boxes {self.boxes}: no such file")
        return Plan(
            source=_absolute(self.source),
            container=source.kind,
            layout=", ".join(source.layout.splits),
            profile=profile,
            detectors=() if looker is None else _detectors(looker),
            policy=policy.to_toml(),
            today=today,
            boxes=str(self.boxes.resolve()) if self.boxes else "",
            boxes_sha256=_sha256_of(self.boxes) if self.boxes else "",
            looks_for=looks_for,
            kinds=tuple(sorted({*(() if looker is None else looker.kinds), *(["face"] if self.boxes else [])})),
            keep_text=self.keep_text,
            lists=pinned("--list", self.lists),
            hash_lists=hash_lists(self.hash_lists),
            shard_size=self.shard_size or 0,
            **self.labelling(),
        )

    def labelling(self) -> dict[str, Any]:
        """The plan's fields about labels.

        Raises
        ------
        UsageError
            Something is said of labels, and nothing shall be done with them.
        """
        if self.labels is None:
            for option in ("ratings", "label_places", "label_list", "taxonomy"):
                if getattr(self, option):
                    raise UsageError(f"--{option.replace('_', '-')} goes with --labels, a label policy")
            return {}
        if self.labels == AS_THEY_ARE:
            return {"labels": "", "ratings": (), "label_places": (), "label_list": "", "taxonomy": ()}
        return {
            "labels": labels.load_label_policy(self.labels).to_toml(),
            "ratings": pinned("--ratings", self.ratings),
            "label_places": tuple(formats.LabelPlace.parse(text).place for text in self.label_places),
            "label_list": _list_of(self.label_list),
            "taxonomy": () if self.taxonomy is None else pinned("--taxonomy", [self.taxonomy]),
        }

    def looks(self) -> tuple[str, str]:
        """The profile, and what is looked for: boxes made elsewhere stand for the search for faces.

        They do not where somebody asked for that search all the same, by a profile or by its name.
        """
        wanted = () if self.detectors == NOBODY else detectors.search_names(self.detectors or "faces")
        named = "faces" in [name.strip() for name in (self.detectors or "").split(",")]
        if self.boxes is not None and self.profile is None and not named:
            wanted = tuple(name for name in wanted if name != "faces")
        profile = ("balanced" if self.profile is None else _with_places(self.profile)) if "faces" in wanted else ""
        if self.profile is not None and "faces" not in wanted:
            raise UsageError(f"--profile {self.profile} says how to look for faces, and --detectors leaves them out")
        return profile, ",".join(wanted)


def _list_of(name: str | None) -> str:
    """A class list by its name, or by the full path of its file; one that is not there is said at once."""
    if name is None:
        return ""
    labels.class_list(name)
    return str(Path(name).resolve()) if Path(name).exists() else name


def _with_places(profile: str) -> str:
    """A profile in which descriptions of models are named by their full paths: a run may be continued elsewhere."""
    names = [name.strip() for name in profile.split(",")]
    return ",".join(str(Path(name).resolve()) if name.endswith(".toml") else name for name in names)


def resolve_policy(ask: Ask, *, looker: detectors.Looker | None, today: dt.date) -> policies.Policy:
    """The policy of a file, or the default one for what is looked for, with what the caller says on top."""
    if ask.policy is not None:
        policy = policies.load(ask.policy, today=today)
    elif looker is None:
        policy = policies.default(0.0, kinds=["face"] if ask.boxes else [], today=today)
    else:
        found = {"face", *looker.kinds}
        doubts = any(getattr(search, "doubts", False) for search in looker.searches)
        policy = policies.default(looker.min_confidence, kinds=sorted(found), doubts=doubts, today=today)
    return adjusted(policy, ask)


def adjusted(policy: policies.Policy, ask: Ask) -> policies.Policy:
    """A policy with what the caller says on top of it."""
    policy = policies.with_paint(policy, look=ask.look, cells=ask.cells, metadata=ask.metadata)
    return policy if ask.remove is None else policies.with_removals(policy, ask.remove)


def _sha256_of(path: Path) -> str:
    """The hash of a file, or of the files below a directory with their names."""
    if path.is_file():
        return file_sha256(path)
    digest = hashlib.sha256()
    for file in sorted(p for p in path.rglob("*") if p.is_file()):
        digest.update(f"{file.relative_to(path)}\0{file_sha256(file)}\0".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _absolute(source: str) -> str:
    """The same place however it is named and wherever the run is resumed."""
    if formats.is_url(source):
        return source
    resolved = str(Path(source).resolve())
    try:
        resolved.encode()
    except UnicodeEncodeError:
        raise UsageError(
            "the path of SOURCE itself is not valid UTF-8; make a link to it with a plain name and use that"
        ) from None
    return resolved


def _detectors(looker: detectors.Looker) -> tuple[DetectorPlan, ...]:
    known = {entry.tensors_sha256: entry for entry in models.entries()}
    planned = []
    for d in looker.detectors:
        entry = known.get(d.weights) or models.described(getattr(d, "models", ()))  # some look with several
        licence = entry.licence or str(getattr(d, "licence", ""))
        training = entry.training or str(getattr(d, "trained_on", ""))
        planned.append(DetectorPlan(d.name, d.version, d.weights, licence, training, tuple(d.kinds)))
    for search in looker.file_searches:
        planned += [DetectorPlan(d.name, d.version, d.weights, kinds=search.kinds) for d in search.detectors]
    return tuple(planned)
