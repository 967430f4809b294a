"""Who is right, from the answers alone: models of the people who answered.

For boxes: `fit_boxes` finds objects and everybody's skill from many answers, `judge_boxes` judges one image as answers
arrive, with the `BoxSkills` so far, which `update_boxes` carries on; `majority_boxes` is the baseline.

For labels: `Votes` are the answers; `fit_majority`, `fit_one_coin`, `fit_dawid_skene` and `fit_glad` find truths and
everybody's confusion from many. `posterior_of` judges one item as answers arrive, with the `LabelSkills` so far, which
`update` carries on and `calibrated` makes no surer than gold allows. `next_step` says whether to ask one more,
`allocate` which questions first; `VoteTable` is the baseline. `agreement` needs no model.
"""

from overpaint.review.crowd._agreement import Agreement, agreement
from overpaint.review.crowd._box_consensus import BoxConsensus, ConsensusBox, judge_boxes
from overpaint.review.crowd._box_fit import BoxFit, fit_boxes
from overpaint.review.crowd._box_majority import majority_boxes
from overpaint.review.crowd._box_running import update_boxes
from overpaint.review.crowd._box_skills import BoxCrowd, BoxSkill, BoxSkills, BoxTally
from overpaint.review.crowd._box_stopping import certainty_of, next_step_boxes
from overpaint.review.crowd._boxing import SIZES, Boxing
from overpaint.review.crowd._calibration import calibrated
from overpaint.review.crowd._dawid_skene import fit_dawid_skene
from overpaint.review.crowd._glad import fit_glad
from overpaint.review.crowd._label_fit import LabelFit
from overpaint.review.crowd._majority import fit_majority
from overpaint.review.crowd._one_coin import fit_one_coin
from overpaint.review.crowd._running import posterior_of, update
from overpaint.review.crowd._skills import LabelSkill, LabelSkills
from overpaint.review.crowd._spammers import spammer_interval, spammer_scores
from overpaint.review.crowd._stopping import Step, allocate, expected_gain, next_step
from overpaint.review.crowd._vote_table import VoteTable
from overpaint.review.crowd._votes import Votes

__all__ = [
    "SIZES",
    "Agreement",
    "BoxConsensus",
    "BoxCrowd",
    "BoxFit",
    "BoxSkill",
    "BoxSkills",
    "BoxTally",
    "Boxing",
    "ConsensusBox",
    "LabelFit",
    "LabelSkill",
    "LabelSkills",
    "Step",
    "VoteTable",
    "Votes",
    "agreement",
    "allocate",
    "calibrated",
    "certainty_of",
    "expected_gain",
    "fit_boxes",
    "fit_dawid_skene",
    "fit_glad",
    "fit_majority",
    "fit_one_coin",
    "judge_boxes",
    "majority_boxes",
    "next_step",
    "next_step_boxes",
    "posterior_of",
    "spammer_interval",
    "spammer_scores",
    "update",
    "update_boxes",
]
