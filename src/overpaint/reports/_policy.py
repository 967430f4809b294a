"""The policy in force, as far as it may be shown."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable

from overpaint import policy as policies
from overpaint.records import Treatment
from overpaint.reports._facts import PolicyFacts, RuleFacts
from overpaint.rundir import Run

__all__ = ["policy_facts"]


def policy_facts(run: Run) -> PolicyFacts:
    """The policy of the decisions in force, or the plan's where nothing was decided yet.

    Reasons of allow-list entries, consents and removals stay private: they are written about single samples.
    """
    generation = run.generation()
    policy = policies.of_run(run, generation)
    floors = sorted({rule.min_confidence or 0.0 for rule in policy.rules if _acts_on_faces(rule)})
    return PolicyFacts(
        generation=generation,
        title=policy.title,
        purpose=policy.purpose,
        look=policy.look,
        cells=policy.cells,
        metadata=policy.metadata,
        threshold=floors[0] if floors else None,
        thresholds=tuple(floors),
        rules=tuple(
            RuleFacts(rule.name, rule.kind, str(rule.treatment), _conditions(rule), rule.reason)
            for rule in policy.rules
        ),
        allows=len(policy.allows),
        consents=policies.consent_summary(policy).counts,
        keys_to_remove=len({key for removal in policy.removals for key in removal.keys}),
    )


def _acts_on_faces(rule: policies.Rule) -> bool:
    return rule.treatment is not Treatment.KEEP and fnmatch.fnmatchcase("face", rule.kind)


def _conditions(rule: policies.Rule) -> str:
    """The rule's conditions as a list in words; classes are counted, for their names may be persons'."""
    parts = [
        _bounds("confidence", rule.min_confidence, rule.max_confidence),
        _bounds("one detector's score", rule.min_score, None),
        _bounds("shorter side in pixels", rule.min_size, rule.max_size),
        _bounds("share of the image's shorter side", rule.min_share, None),
        _listed("found by", rule.detectors),
        _counted("in", rule.classes),
        _counted("not in", rule.not_classes),
        "" if rule.part is None else f"painted: {rule.part}",
        "for people, too" if rule.review else "",
        "" if rule.splits is None else f"in {len(rule.splits)} named split{'s' * (len(rule.splits) > 1)}",
    ]
    return "; ".join(part for part in parts if part) or "always"


def _bounds(what: str, low: float | None, high: float | None) -> str:
    if low is None and high is None:
        return ""
    if high is None:
        return f"{what} at least {low:g}"
    return f"{what} at most {high:g}" if low is None else f"{what} from {low:g} to {high:g}"


def _listed(words: str, names: Iterable[str] | None) -> str:
    return "" if names is None else f"{words} {', '.join(names)}"


def _counted(words: str, globs: tuple[str, ...] | None) -> str:
    return "" if globs is None else f"{words} the classes of {len(globs)} name{'s' * (len(globs) > 1)} or patterns"
