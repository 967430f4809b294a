"""What a policy's consents come to, and which of its rules a run's detectors can never meet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from overpaint.policy._exempt import any_glob
from overpaint.policy._facts import Consent, ConsentState
from overpaint.policy._model import Policy

__all__ = ["ConsentSummary", "consent_summary", "idle_rules"]


@dataclass(frozen=True)
class ConsentSummary:
    """The consents of a policy by state. It names people: for the private half of a run; `counts` may be shown."""

    by_state: dict[ConsentState, tuple[Consent, ...]]

    @property
    def counts(self) -> dict[str, int]:
        """How many there are in each state, every state named."""
        return {str(state): len(consents) for state, consents in self.by_state.items()}

    def lines(self) -> list[str]:
        """One line for each consent that does not count: who, for which sample, and why not."""
        return [
            f"{consent.person}: {consent.sample!r}: {_why(consent, state)}"
            for state, consents in self.by_state.items()
            if state is not ConsentState.COUNTS
            for consent in consents
        ]


def consent_summary(policy: Policy) -> ConsentSummary:
    """Sort a policy's consents by whether they count for its purpose on its day, in the file's order."""
    pairs = list(zip(policy.consents, policy.consent_states, strict=True))
    return ConsentSummary({state: tuple(c for c, own in pairs if own is state) for state in ConsentState})


def idle_rules(policy: Policy, *, kinds: Iterable[str], detectors: Iterable[str] = ()) -> tuple[str, ...]:
    """Names of rules that nothing found can match: no detector of the run gives such a kind, or none is so named.

    A rule for ``faces`` where the detectors say ``face`` would keep everything without a word: callers say so.

    Parameters
    ----------
    policy
        The policy.
    kinds
        The kinds that the run's detectors can find.
    detectors
        Their names; none given: rules are not asked for theirs.
    """
    kinds, detectors = list(kinds), list(detectors)
    idle = []
    for rule in policy.rules:
        named = rule.detectors is None or not detectors or any(any_glob(rule.detectors, name) for name in detectors)
        if not named or not any(any_glob((rule.kind,), kind) for kind in kinds):
            idle.append(rule.name)
    return tuple(idle)


def _why(consent: Consent, state: ConsentState) -> str:
    return {
        ConsentState.WITHDRAWN: f"withdrawn on {consent.withdrawn}",
        ConsentState.EXPIRED: f"ended on {consent.until}",
        ConsentState.OTHER_PURPOSE: f"given for another purpose ({consent.purpose})",
        ConsentState.NO_EVIDENCE: "has no reference to evidence",
        ConsentState.COUNTS: "counts",
    }[state]
