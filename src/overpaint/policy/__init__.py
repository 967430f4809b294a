"""Findings + answers + consents → decisions: rules in TOML, first match decides, every clause with its reason.

Neighbours use: `load`, `loads`, `default`, `with_paint`, `with_removals` → `Policy`; `decide` a shard; `effective` for
what then happens to each sample; `diff` between two policies; `absent`, `consent_summary` and `idle_rules` for what to
tell.
"""

from overpaint.policy._decide import decide
from overpaint.policy._diff import Absent, Change, Diff, absent, diff
from overpaint.policy._effective import Effect, effective
from overpaint.policy._facts import Allow, Consent, ConsentState, Removal, Rule
from overpaint.policy._lists import read_keys
from overpaint.policy._model import Policy
from overpaint.policy._of_run import of_run
from overpaint.policy._parse import FIELDS, default, load, loads, with_paint, with_removals
from overpaint.policy._summary import ConsentSummary, consent_summary, idle_rules

__all__ = [
    "FIELDS",
    "Absent",
    "Allow",
    "Change",
    "Consent",
    "ConsentState",
    "ConsentSummary",
    "Diff",
    "Effect",
    "Policy",
    "Removal",
    "Rule",
    "absent",
    "consent_summary",
    "decide",
    "default",
    "diff",
    "effective",
    "idle_rules",
    "load",
    "loads",
    "of_run",
    "read_keys",
    "with_paint",
    "with_removals",
]
