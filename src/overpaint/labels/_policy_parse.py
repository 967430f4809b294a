"""From TOML to a `LabelPolicy`: every word is known, every clause has a reason, every refusal says where."""

from __future__ import annotations

import dataclasses
import tomllib
from collections import Counter
from pathlib import Path
from typing import cast, get_args

from overpaint.errors import LabelsError
from overpaint.labels._facts import PERSON, Safety
from overpaint.labels._policy_fields import Table
from overpaint.labels._policy_model import ACTIONS, VERSION, Action, Clause, ImageRule, LabelPolicy, WithOthers, Without

__all__ = ["POLICY_WORDS", "label_policies", "load_label_policy", "loads_label_policy"]

_CLAUSE = tuple("except" if field.name == "but" else field.name for field in dataclasses.fields(Clause))
POLICY_WORDS: dict[str, tuple[str, ...]] = {
    "": (
        *("version", "title", "use", "community", "revision", "descendants", "unresolved"),
        *("images", "hold", "clause"),
    ),
    "images": ("without_labels", "with_other_labels"),
    "hold": ("under",),
    "clause": _CLAUSE,
}
"""Every table of a label policy and its words."""

MOST_BYTES = 32 << 20
MOST_CLAUSES = 10_000
_WHO = (
    *("labels", "ids", "under", "safety", "imageability_below", "imageability_at_least", "unrated", "lists"),
    *("min_images", "max_images"),
)
_SHIPPED = Path(__file__).with_name("policies")


def label_policies() -> tuple[str, ...]:
    """Names of the policies that come with overpaint."""
    return tuple(sorted(path.stem for path in _SHIPPED.glob("*.toml")))


def load_label_policy(path: Path | str) -> LabelPolicy:
    """Read a label policy.

    Parameters
    ----------
    path
        A TOML file, or the name of a policy that comes with overpaint (`label_policies`). A name is taken only where
        no file is called so.

    Raises
    ------
    LabelsError
        With the file, the clause or other place, and what to do.
    """
    file = Path(path)
    if str(path) in label_policies() and not file.exists():
        file = _SHIPPED / f"{path}.toml"
        name = f"the policy {path}"
    else:
        name = str(path)
    try:
        with file.open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
    except OSError as wrong:
        told = f"{name}: cannot be read ({wrong.strerror}); name a TOML file, or one of {', '.join(label_policies())}"
        raise LabelsError(told) from None
    return _loaded(content, name)


def loads_label_policy(text: str, *, name: str = "label policy") -> LabelPolicy:
    """The same from text; ``name`` is how errors call it."""
    return _loaded(text.encode("utf-8", "surrogatepass"), name)


def _loaded(content: bytes, name: str) -> LabelPolicy:
    if len(content) > MOST_BYTES:
        raise LabelsError(f"{name}: more than {MOST_BYTES >> 20} MB; a label policy is smaller")
    try:
        top = tomllib.loads(content.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as wrong:
        raise LabelsError(f"{name}: is no TOML in UTF-8: {str(wrong)[:200]}") from None
    return _policy(Table(top, file=name, where="", known=POLICY_WORDS[""]))


def _policy(top: Table) -> LabelPolicy:
    version = top.table.get("version")
    if version != VERSION or isinstance(version, bool):
        raise top.error(f"'version' has to be {VERSION}, the one that this overpaint reads; write version = {VERSION}")
    images, hold = top.one("images", POLICY_WORDS["images"]), top.one("hold", POLICY_WORDS["hold"])
    roots = hold.names("under", empty=True)
    policy = LabelPolicy(
        title=top.some_text("title", "say what this policy is called"),
        use=top.some_text("use", "say what the labels are for; what is problematic depends on it"),
        community=top.some_text("community", "say whose judgement this is; reasonable people disagree"),
        revision=top.date("revision", "write the day of this version; what is problematic changes"),
        clauses=tuple(_clause(clause) for clause in _clauses(top)),
        hold=(PERSON,) if roots is None else roots,
        unresolved="hold" if top.choice("unresolved", ("keep", "hold"), "keep") == "hold" else "keep",
        descendants="same" if top.choice("descendants", ("own", "same"), "own") == "same" else "own",
        images=ImageRule(
            without_labels=cast("Without", images.choice("without_labels", get_args(Without), "remove")),
            with_other_labels=cast("WithOthers", images.choice("with_other_labels", get_args(WithOthers), "keep")),
        ),
    )
    for name, times in Counter(clause.name for clause in policy.clauses).items():
        if times > 1:
            raise top.error(f"clause '{name}' is there {times} times; give each clause a name of its own")
    return policy


def _clauses(top: Table) -> list[Table]:
    found = []
    for number, table in enumerate(top.tables("clause", MOST_CLAUSES), 1):
        name = table.get("name")
        where = f"clause '{name[:80]}'" if isinstance(name, str) and name.isprintable() else f"clause {number}"
        found.append(Table(table, file=top.file, where=where, known=_CLAUSE))
    return found


def _clause(entry: Table) -> Clause:
    name = entry.some_text("name", "give the clause a short name; decisions refer to it")
    if name.startswith("["):
        raise entry.error("'name' cannot start with [: names like [hold] are what happens where no clause speaks")
    action = cast("Action", entry.choice("action", ACTIONS))
    if not any(word in entry for word in _WHO):
        raise entry.error(f"nobody is meant; write one of {', '.join(_WHO)} (labels = ['*'] for all)")
    if "except" in entry and "under" not in entry:
        raise entry.error("'except' takes subtrees out of 'under'; write 'under' too")
    descendants = entry.choice("descendants", ("own", "same"), "") if "descendants" in entry else None
    clause = Clause(
        name=name,
        reason=entry.some_text("reason", "say in one sentence why, for the record"),
        action=action,
        to=_target(entry, action),
        among="taxonomy" if entry.choice("among", ("labels", "taxonomy"), "labels") == "taxonomy" else "labels",
        labels=entry.names("labels"),
        ids=entry.names("ids"),
        under=entry.names("under"),
        but=entry.names("except"),
        safety=cast("tuple[Safety, ...] | None", entry.choices("safety", get_args(Safety))),
        imageability_below=entry.number("imageability_below"),
        imageability_at_least=entry.number("imageability_at_least"),
        unrated=entry.true("unrated"),
        lists=entry.names("lists"),
        min_images=entry.whole("min_images"),
        max_images=entry.whole("max_images"),
        descendants=None if descendants is None else "same" if descendants == "same" else "own",
    )
    _check(clause, entry)
    return clause


def _target(entry: Table, action: Action) -> str | None:
    if action in ("merge", "rename"):
        if not isinstance(entry.table.get("to"), str) or not entry.text("to"):
            raise entry.error(f"'to' is missing; write the label that action = '{action}' leads to")
        to = entry.table["to"]
        if not isinstance(to, str) or not to.isprintable():
            raise entry.error("'to' holds control characters; write plain text")
        return to
    if "to" in entry:
        raise entry.error(f"'to' goes with merge and rename, not with '{action}'; leave it out or change the action")
    return None


def _check(clause: Clause, entry: Table) -> None:
    """What no single word can tell."""
    if "among" in entry and clause.action != "ancestor":
        raise entry.error("'among' says where an ancestor is looked for; write it with action = 'ancestor'")
    if clause.unrated and clause.safety:
        raise entry.error("'unrated' and 'safety' exclude each other, so that nothing can match; write two clauses")
    low, high = clause.imageability_at_least, clause.imageability_below
    if low is not None and high is not None and low >= high:
        raise entry.error("'imageability_at_least' is not below 'imageability_below', so that nothing can match")
    if clause.min_images is not None and clause.max_images is not None and clause.min_images > clause.max_images:
        raise entry.error("'min_images' is above 'max_images', so that nothing can match; swap them")
