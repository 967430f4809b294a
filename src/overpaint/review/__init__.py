"""Questions to people, and what to make of their answers: a store, crowd models, trust, exchange formats.

Neighbours use: `Kind`, `Question`, `Proposal` and `checked` for what is asked and answered; `help_for` and `thing` for
the words that people are shown; `votes_of` and `boxes_of` for what the crowd models see of an answer.

The rooms inside: ``crowd`` (who is right, from the answers alone), ``trust`` (whom to believe, and what is amiss),
``store`` (questions, leases, answers, people), ``exchange`` (other tools' files).
"""

from overpaint.review._questions import MOST_BOXES, Proposal, Question, boxes_of, checked, votes_of
from overpaint.review._words import ASPECTS, FLAGS, KINDS, THINGS, Help, Kind, Thing, help_for, thing

__all__ = [
    "ASPECTS",
    "FLAGS",
    "KINDS",
    "MOST_BOXES",
    "THINGS",
    "Help",
    "Kind",
    "Proposal",
    "Question",
    "Thing",
    "boxes_of",
    "checked",
    "help_for",
    "thing",
    "votes_of",
]
