"""Questions from what was read: the same one that somebody answered, or one that shows what they drew."""

from __future__ import annotations

from overpaint.review._questions import Proposal, Question, boxes_of
from overpaint.review.exchange._model import Labelled

__all__ = ["question_of"]


def question_of(answer: Labelled, *, shown: bool = False) -> Question:
    """The question that an answer from elsewhere answers; its basis is ``import``.

    Parameters
    ----------
    answer
        As `read` gives it. Answers of several people to the same thing about the same picture give the same question.
    shown
        Its boxes are shown as proposals, to be confirmed or corrected: boxes of a file that nobody answers for (a
        detector's, another dataset's) become questions so. Read it with ``worker="file"`` and ``empties="all"``.
    """
    boxes: tuple[Proposal, ...] = ()
    if shown:
        found = boxes_of(answer.value, page=answer.page) if "boxes" in answer.value else ()
        boxes = tuple(Proposal(box, subject=number) for number, box in enumerate(found))
    return Question(
        answer.kind,
        answer.thing,
        answer.sample,
        answer.width,
        answer.height,
        answer.orientation,
        answer.page,
        boxes=boxes,
        basis="import",
    )
