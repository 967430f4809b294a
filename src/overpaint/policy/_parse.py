"""From TOML to a `Policy`: every field is known, every rule has a reason, every refusal says where and what to do."""

from __future__ import annotations

import dataclasses
import datetime as dt
import fnmatch
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from overpaint.errors import PolicyError
from overpaint.policy._facts import Allow, Consent, Removal, Rule
from overpaint.policy._fields import Fields, table_key
from overpaint.policy._lists import read_bytes, read_consent_tables, read_keys, toml_table
from overpaint.policy._model import VERSION, Policy
from overpaint.records import Treatment

__all__ = ["FIELDS", "default", "load", "loads", "with_paint", "with_removals"]

FIELDS: dict[str, tuple[str, ...]] = {
    "": ("version", "title", "purpose", "paint", "metadata", "rule", "allow", "consent", "consents", "remove"),
    "paint": ("look", "cells"),
    "metadata": ("policy",),
    "rule": tuple(field.name for field in dataclasses.fields(Rule)),
    "allow": ("reason", "kind", "sample", "box", "samples"),
    "consent": tuple(field.name for field in dataclasses.fields(Consent)),
    "remove": ("reason", "keys", "file"),
}
"""Every table of a policy file and its fields."""

_DEFAULTS = Path(__file__).with_name("defaults.toml")
LOOKS = ("blur", "mosaic", "fill")
METADATA = ("strip", "keep-safe", "keep")
MOST_CELLS = 16
PARTS = ("head", "whole")
_WHY = "say in one sentence why, for the record"


def load(path: Path | str, *, today: dt.date, remove: Path | Sequence[str] | None = None) -> Policy:
    """Read a policy file, with the lists that it names (relative to its own place).

    Parameters
    ----------
    path
        The TOML file.
    today
        The day on which it is applied: consents end and rules do not. The caller freezes it, so that a run repeats.
    remove
        More keys to remove: a list as `with_removals` takes it.

    Raises
    ------
    PolicyError
        With the file, the rule or other place, and what to do.
    """
    path = Path(path)
    policy = _policy(toml_table(read_bytes(path), str(path)), today=today, file=str(path), base=path.parent)
    return policy if remove is None else with_removals(policy, remove)


def loads(text: str, *, today: dt.date, name: str = "policy", base: Path | None = None) -> Policy:
    """The same from text; ``base`` is the directory that relative files are in (None: naming a file is refused)."""
    return _policy(toml_table(text.encode("utf-8", "surrogatepass"), name), today=today, file=name, base=base)


def default(
    min_confidence: float, *, kinds: Sequence[str] = ("face",), doubts: bool = False, today: dt.date = dt.date.min
) -> Policy:
    """What happens where nobody wrote a policy; it holds no consents, so that the day decides nothing.

    Parameters
    ----------
    min_confidence
        Faces found with at least that confidence (0 to 1) are painted over.
    kinds
        What a run can find; ``defaults.toml`` says what is done with each.
    doubts
        Whether what else is seen may lower the confidence of a face; people are then asked.
    today
        The day on which it is applied.
    """
    table = tomllib.loads(_DEFAULTS.read_text("utf-8"))
    rules: list[dict[str, object]] = []
    for rule in table.pop("rule"):
        if rule.pop("doubts", False) and not doubts:
            continue
        if rule.get("min_confidence") == "{faces}":
            rule["min_confidence"] = float(min_confidence)
        several = rule.pop("kinds", None)
        for kind in several or [rule["kind"]]:
            if any(fnmatch.fnmatchcase(found, kind) for found in kinds):
                name = f"{rule['name']}: {kind}" if several else rule["name"]
                rules.append(rule | {"name": name, "kind": kind})
    return _policy(table | {"rule": rules}, today=today, file="the default policy", base=None)


def with_removals(policy: Policy, remove: Path | Sequence[str], *, reason: str = "") -> Policy:
    """The policy with more samples to remove, after those of its file.

    Parameters
    ----------
    policy
        The policy as loaded.
    remove
        A file (text with one key a line, or CSV or Parquet with a column ``key``), or the keys themselves.
    reason
        Why; a plain sentence where not given.
    """
    if isinstance(remove, str | Path):
        keys, told = read_keys(Path(remove)), f"Listed for removal in {Path(remove).name}."
    else:
        told = "Listed for removal."
        try:
            keys = tuple(dict.fromkeys(table_key(key) for key in remove))
        except ValueError as wrong:
            raise PolicyError(f"the keys to remove: {wrong}") from None
    removal = Removal(keys=keys, reason=" ".join((reason or told).split()))
    return dataclasses.replace(policy, removals=(*policy.removals, removal))


def with_paint(
    policy: Policy, *, look: str | None = None, cells: int | None = None, metadata: str | None = None
) -> Policy:
    """The policy with another look, number of cells or metadata policy; None leaves what it says.

    Raises
    ------
    PolicyError
        For a value that a policy file could not hold either; names the argument.
    """
    given = {
        name: value for name, value in (("look", look), ("cells", cells), ("metadata", metadata)) if value is not None
    }
    fields = Fields(given, file="", where="the arguments", known=("look", "cells", "metadata"))
    return dataclasses.replace(
        policy,
        look=fields.choice("look", LOOKS, policy.look),
        cells=fields.whole("cells", low=1, high=MOST_CELLS, default=policy.cells),
        metadata=fields.choice("metadata", METADATA, policy.metadata),
    )


def _policy(top: Mapping[str, object], *, today: dt.date, file: str, base: Path | None) -> Policy:
    if isinstance(today, dt.datetime):
        raise TypeError(
            "today has to be a datetime.date, not a datetime: which zone's day it is, is the caller's choice"
        )
    fields = Fields(top, file=file, where="", known=FIELDS[""])
    if fields.need("version", f"write version = {VERSION}") != VERSION or isinstance(top["version"], bool):
        raise fields.error(f"version {top['version']!r} is not known; this overpaint reads version = {VERSION}")
    paint, metadata = _one(fields, "paint"), _one(fields, "metadata")
    if paint.table.get("look") == "imagenet2021":
        raise paint.error(
            "'look' cannot be imagenet2021: it leaves small faces readable; it exists for benchmarks only"
        )
    policy = Policy(
        today=today,
        title=fields.text("title"),
        purpose=fields.text("purpose"),
        look=paint.choice("look", LOOKS, "fill"),
        cells=paint.whole("cells", low=1, high=MOST_CELLS, default=4),
        metadata=metadata.choice("policy", METADATA, "strip"),
        rules=tuple(_rule(entry) for entry in _many(fields, "rule")),
        allows=tuple(_allow(entry) for entry in _many(fields, "allow")),
        consents=tuple(_consent(entry) for entry in [*_many(fields, "consent"), *_listed(fields, base)]),
        removals=tuple(_removal(entry, base) for entry in _many(fields, "remove")),
    )
    _check_whole(policy, fields)
    return policy


def _check_whole(policy: Policy, fields: Fields) -> None:
    """What no single table can tell."""
    for name, times in Counter(rule.name for rule in policy.rules).items():
        if times > 1:
            raise fields.error(f"rule '{name}' is there {times} times; give each rule a name of its own")
    if policy.consents and not policy.purpose:
        raise fields.error(
            "there are consents but no 'purpose'; write what this dataset is for, in the consents' words"
        )
    for consent, times in Counter((c.person, c.sample, c.box, c.kind, c.purpose) for c in policy.consents).items():
        if times > 1:
            raise fields.error(
                f"{times} consents of person '{consent[0]}' for one sample, box and purpose; leave the one that holds"
            )


def _one(fields: Fields, name: str) -> Fields:
    table = fields.table.get(name, {})
    if not isinstance(table, dict):
        raise fields.error(f"'{name}' has to be a table; write [{name}] on a line of its own")
    return Fields(table, file=fields.file, where=f"[{name}]", known=FIELDS[name])


def _many(fields: Fields, name: str) -> list[Fields]:
    entries = []
    for number, table in enumerate(fields.tables(name), 1):
        label = table.get("name")
        where = f"{name} '{label}'" if isinstance(label, str) and label.isprintable() else f"{name} {number}"
        entries.append(Fields(table, file=fields.file, where=where, known=FIELDS[name]))
    return entries


def _listed(fields: Fields, base: Path | None) -> list[Fields]:
    if "consents" not in fields:
        return []
    path = _beside(fields, "consents", base)
    tables = read_consent_tables(path)
    return [Fields(table, file=str(path), where=where, known=FIELDS["consent"]) for where, table in tables]


def _beside(fields: Fields, name: str, base: Path | None) -> Path:
    written = fields.some_text(name, "write the file's path, relative to the policy")
    if base is None and not Path(written).is_absolute():
        raise fields.error(
            f"'{name}' names the file '{written}', but this policy has no place of its own; load it by path"
        )
    return (base or Path()) / written


def _rule(entry: Fields) -> Rule:
    name = entry.some_text("name", "give the rule a short name; decisions refer to it")
    rule = Rule(
        name=name,
        kind=entry.some_text("kind", "write what is found, such as 'face', or '*' for everything"),
        treatment=Treatment(entry.choice("treatment", [str(t) for t in Treatment])),
        reason=entry.some_text("reason", _WHY),
        detectors=entry.names("detectors"),
        min_confidence=entry.number("min_confidence", high=1.0),
        max_confidence=entry.number("max_confidence", high=1.0),
        min_size=entry.number("min_size"),
        max_size=entry.number("max_size"),
        min_share=entry.number("min_share", high=1.0),
        classes=entry.names("classes"),
        not_classes=entry.names("not_classes"),
        splits=entry.names("splits"),
        min_score=entry.number("min_score", high=1.0),
        part=entry.choice("part", PARTS) if "part" in entry else None,
        review=entry.flag("review"),
    )
    if rule.part is not None and (rule.kind != "person" or rule.treatment is not Treatment.REDACT):
        raise entry.error(
            "'part' says how much of a person is painted; write it with kind = 'person' and treatment = 'redact'"
        )
    for what, low, high in (
        ("confidence", rule.min_confidence, rule.max_confidence),
        ("size", rule.min_size, rule.max_size),
    ):
        if low is not None and high is not None and low > high:
            raise entry.error(f"'min_{what}' is above 'max_{what}', so that nothing can match; swap them")
    return rule


def _allow(entry: Fields) -> Allow:
    reason = entry.some_text("reason", _WHY)
    kind = entry.text("kind", "face") or "face"
    if ("samples" in entry) == ("sample" in entry) or ("box" in entry) != ("sample" in entry):
        raise entry.error("write 'sample' and 'box' to keep one box, or 'samples' alone to keep whole samples")
    if "sample" in entry:
        return Allow(reason=reason, kind=kind, sample=entry.key("sample"), box=entry.box("box"))
    samples = entry.table["samples"]
    if isinstance(samples, str):
        return Allow(reason=reason, kind=kind, glob=entry.as_key("samples", samples))
    keys = entry.names("samples") or ()
    return Allow(reason=reason, kind=kind, samples=tuple(entry.as_key("samples", key) for key in keys))


def _consent(entry: Fields) -> Consent:
    purpose = entry.not_licence("purpose", entry.some_text("purpose", "write what the person agreed to"))
    return Consent(
        person=entry.some_text("person", "write a reference to the person, such as 'P-0017'"),
        sample=entry.key("sample"),
        purpose=purpose,
        evidence=entry.not_licence("evidence", entry.text("evidence")),
        box=entry.box("box"),
        kind=entry.text("kind", "face") or "face",
        until=entry.date("until"),
        withdrawn=entry.date("withdrawn"),
    )


def _removal(entry: Fields, base: Path | None) -> Removal:
    reason = entry.some_text("reason", _WHY)
    if ("keys" in entry) == ("file" in entry):
        raise entry.error("write either 'keys' or 'file': which samples shall go")
    if "file" in entry:
        return Removal(keys=read_keys(_beside(entry, "file", base)), reason=reason)
    keys = entry.table["keys"]
    if not isinstance(keys, list):
        raise entry.error("'keys' has to be a list of keys in quotes")
    return Removal(keys=tuple(dict.fromkeys(entry.as_key("keys", key) for key in keys)), reason=reason)
