"""A whole policy and the day it is applied on: its digest, its file, its lookups, and what of it may be shown."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from functools import cached_property

import tomli_w

from overpaint.policy._exempt import Exemptions
from overpaint.policy._facts import Allow, Consent, ConsentState, Removal, Rule
from overpaint.records import Box, Treatment

__all__ = ["VERSION", "Policy"]

VERSION = 1


@dataclass(frozen=True)
class Policy:
    """Everything that turns findings into decisions, and the day it is applied on. Keys are in stored form.

    It names samples and people: it belongs to the private half of a run. `outline` is what may be shown.
    """

    today: dt.date
    rules: tuple[Rule, ...] = ()
    title: str = ""
    purpose: str = ""
    look: str = "fill"
    cells: int = 4
    metadata: str = "strip"
    allows: tuple[Allow, ...] = ()
    consents: tuple[Consent, ...] = ()
    removals: tuple[Removal, ...] = ()

    @cached_property
    def consent_states(self) -> tuple[ConsentState, ...]:
        """The state of each consent, on the policy's day."""
        return tuple(consent.state(self.purpose, self.today) for consent in self.consents)

    @cached_property
    def exemptions(self) -> Exemptions:
        """What the allow-list and the consents that count keep, looked up by sample."""
        counting = [c for c, s in zip(self.consents, self.consent_states, strict=True) if s is ConsentState.COUNTS]
        return Exemptions(self.allows, counting)

    @cached_property
    def removed(self) -> dict[str, tuple[str, str]]:
        """Basis and reason of the first removal that names a key, by key."""
        told: dict[str, tuple[str, str]] = {}
        for number, removal in enumerate(self.removals, 1):
            for key in removal.keys:
                told.setdefault(key, (f"remove:{number}", removal.reason))
        return told

    @cached_property
    def digest(self) -> str:
        """SHA-256, in hex, over what the policy says, whatever its spelling, order of fields and comments.

        The day enters only through the states of the consents: where none changes, neither does the digest.
        """
        content = [self._tables(), list(self.consent_states)]
        return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()

    def to_toml(self) -> str:
        """The policy as one file that stands alone: lists and consents of other files are written into it."""
        return tomli_w.dumps(self._tables())

    def outline(self) -> dict[str, object]:
        """The policy without a sample's or person's name: for the public half of a run."""
        tables = {name: value for name, value in self._tables().items() if name not in {"allow", "consent", "remove"}}
        counts = Counter(self.consent_states)
        return tables | {
            "allows": len(self.allows),
            "consents": {str(state): counts[state] for state in ConsentState},
            "keys_to_remove": len({key for removal in self.removals for key in removal.keys}),
        }

    def _tables(self) -> dict[str, object]:
        tables: dict[str, object] = {"version": VERSION}
        tables |= {name: value for name, value in (("title", self.title), ("purpose", self.purpose)) if value}
        tables |= {"paint": {"look": self.look, "cells": self.cells}, "metadata": {"policy": self.metadata}}
        tables |= {"rule": [_table(rule) for rule in self.rules]}
        allows = []
        for allow in self.allows:
            table = _table(allow)
            if "glob" in table:
                table["samples"] = table.pop("glob")
            allows.append(table)
        tables |= {"allow": allows, "consent": [_table(consent) for consent in self.consents]}
        tables |= {"remove": [_table(removal) for removal in self.removals]}
        return {name: value for name, value in tables.items() if value != []}


def _table(fact: Rule | Allow | Consent | Removal) -> dict[str, object]:
    """A fact as a TOML table; what is not given is not written."""
    table: dict[str, object] = {}
    for field in dataclasses.fields(fact):
        value = getattr(fact, field.name)
        if value is None or value == "" or value is False:
            continue
        if isinstance(value, Box):
            value = [value.x0, value.y0, value.x1, value.y1]
        elif isinstance(value, Treatment):
            value = str(value)
        elif isinstance(value, tuple):
            value = list(value)
        table[field.name] = value
    return table
