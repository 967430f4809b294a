"""Questions to people, and what to make of their answers: a store, crowd models, trust, exchange formats.

What is asked and answered: `Kind`, `Question`, `Proposal` and `checked`; the words that people are shown: `help_for`
and `thing`; what the crowd models see of an answer: `votes_of` and `boxes_of`.

A review: `open` makes one of a run or of a folder of candidates; `opened` and `open_desk` go on with it. `Desk` hands
questions out and takes answers in, `Bench` judges, `tend` learns who can be believed, `write_answers` brings what is
settled to where decisions are made. An audit draws its own sample of what a run published: `ask_audit` puts the
questions, `audit_answers` says what became of them.

The rooms inside: ``crowd`` (who is right, from the answers alone), ``trust`` (whom to believe, and what is amiss),
``store`` (questions, leases, answers, people), ``exchange`` (other tools' files).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from overpaint.review._harm import counts_for
from overpaint.review._questions import MOST_BOXES, Proposal, Question, boxes_of, checked, pair, pair_of, votes_of
from overpaint.review._words import ASPECTS, FITS, FLAGS, KINDS, THINGS, Help, Kind, Thing, help_for, hierarchy, thing

if TYPE_CHECKING:
    from overpaint.review._bench import Bench
    from overpaint.review._desk import Desk
    from overpaint.review._foreseen import Foreseen, foresee
    from overpaint.review._judge import Judge, Ruling
    from overpaint.review._label_answers import label_answers
    from overpaint.review._moving import Exported, Taken, add_answers, add_gold, export
    from overpaint.review._of_audit import AuditAnswer, AuditPicture, ask_audit, audit_answers, place_of_audit
    from overpaint.review._open import Opened, configure, open_desk, opened
    from overpaint.review._open import open_review as open  # noqa: A004
    from overpaint.review._pictures import Pictures
    from overpaint.review._place import Place
    from overpaint.review._replies import Done, Feedback, Outcome, Pause, Progress, Stopped
    from overpaint.review._settings import Settings
    from overpaint.review._settled import write_answers
    from overpaint.review._status import Status, status
    from overpaint.review._tending import Tended, tend

__all__ = [
    "ASPECTS",
    "FITS",
    "FLAGS",
    "KINDS",
    "MOST_BOXES",
    "THINGS",
    "AuditAnswer",
    "AuditPicture",
    "Bench",
    "Desk",
    "Done",
    "Exported",
    "Feedback",
    "Foreseen",
    "Help",
    "Judge",
    "Kind",
    "Opened",
    "Outcome",
    "Pause",
    "Pictures",
    "Place",
    "Progress",
    "Proposal",
    "Question",
    "Ruling",
    "Settings",
    "Status",
    "Stopped",
    "Taken",
    "Tended",
    "Thing",
    "add_answers",
    "add_gold",
    "ask_audit",
    "audit_answers",
    "boxes_of",
    "checked",
    "configure",
    "counts_for",
    "export",
    "foresee",
    "help_for",
    "hierarchy",
    "label_answers",
    "open",
    "open_desk",
    "opened",
    "pair",
    "pair_of",
    "place_of_audit",
    "status",
    "tend",
    "thing",
    "votes_of",
    "write_answers",
]

# What needs the store (SQLAlchemy, an extra) or pictures is loaded when it is asked for.
_LATE = {
    "AuditAnswer": "_of_audit",
    "AuditPicture": "_of_audit",
    "Bench": "_bench",
    "Desk": "_desk",
    "Done": "_replies",
    "Exported": "_moving",
    "Feedback": "_replies",
    "Foreseen": "_foreseen",
    "Judge": "_judge",
    "Opened": "_open",
    "Outcome": "_replies",
    "Pause": "_replies",
    "Pictures": "_pictures",
    "Place": "_place",
    "Progress": "_replies",
    "Ruling": "_judge",
    "Settings": "_settings",
    "Status": "_status",
    "Stopped": "_replies",
    "Taken": "_moving",
    "Tended": "_tending",
    "add_answers": "_moving",
    "add_gold": "_moving",
    "ask_audit": "_of_audit",
    "audit_answers": "_of_audit",
    "configure": "_open",
    "export": "_moving",
    "foresee": "_foreseen",
    "label_answers": "_label_answers",
    "open": "_open",
    "open_desk": "_open",
    "opened": "_open",
    "place_of_audit": "_of_audit",
    "status": "_status",
    "tend": "_tending",
    "write_answers": "_settled",
}
_CALLED = {"open": "open_review"}


def __getattr__(name: str) -> Any:
    if name in _LATE:
        return getattr(import_module(f"overpaint.review.{_LATE[name]}"), _CALLED.get(name, name))
    raise AttributeError(f"module 'overpaint.review' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
