"""Whom to believe, and what is amiss: gold, trust, and what gives careless or dishonest answering away.

Keys of gold are read here and in the store only; nothing here goes to a browser but the words of `feedback_words` and
of `Standing`.
"""

from overpaint.review.trust._choosing import (
    Candidate,
    DoubtfulGold,
    History,
    choose_gold,
    doubtful_gold,
    next_is_gold,
    pick_gold,
)
from overpaint.review.trust._feedback import feedback_words, suspicion_words
from overpaint.review.trust._gold import (
    GoldScore,
    score,
    score_boxes,
    score_choice,
    score_flags,
    score_rating,
    small_side,
)
from overpaint.review.trust._keys import key_checked
from overpaint.review.trust._records import KINDS_OF_SUSPICION, Record, Suspicion, SuspicionKind
from overpaint.review.trust._suspecting import suspicions
from overpaint.review.trust._trust import Evidence, Range, Standing, Trust, standing_of, trust_of

__all__ = [
    "KINDS_OF_SUSPICION",
    "Candidate",
    "DoubtfulGold",
    "Evidence",
    "GoldScore",
    "History",
    "Range",
    "Record",
    "Standing",
    "Suspicion",
    "SuspicionKind",
    "Trust",
    "choose_gold",
    "doubtful_gold",
    "feedback_words",
    "key_checked",
    "next_is_gold",
    "pick_gold",
    "score",
    "score_boxes",
    "score_choice",
    "score_flags",
    "score_rating",
    "small_side",
    "standing_of",
    "suspicion_words",
    "suspicions",
    "trust_of",
]
