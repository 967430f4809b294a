"""Who is right, from the answers alone: models of the people who answered.

For boxes: `fit_boxes` finds objects and everybody's skill from many answers, `judge_boxes` judges one image as answers
arrive, `majority_boxes` is the baseline.
"""

from overpaint.review.crowd._box_fit import BoxFit, fit_boxes
from overpaint.review.crowd._box_majority import majority_boxes
from overpaint.review.crowd._box_model import BoxConsensus, ConsensusBox, judge_boxes
from overpaint.review.crowd._box_skills import BoxCrowd, BoxSkill, BoxSkills, BoxTally
from overpaint.review.crowd._boxing import SIZES, Boxing

__all__ = [
    "SIZES",
    "BoxConsensus",
    "BoxCrowd",
    "BoxFit",
    "BoxSkill",
    "BoxSkills",
    "BoxTally",
    "Boxing",
    "ConsensusBox",
    "fit_boxes",
    "judge_boxes",
    "majority_boxes",
]
