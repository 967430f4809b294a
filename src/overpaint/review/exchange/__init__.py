"""Answers and questions in other tools' files: CSV, COCO, CVAT for images, Label Studio, Pascal VOC.

`write` gives people's answers out (and questions still to be answered, as tasks), `read` takes answers in, whoever
made them; `Labelled` is one person's answer, and `question_of` what it answers. `Names` finds the sample that another
tool's file name means.
``docs/reference/review-exchange.md`` says how each file looks.
"""

from overpaint.review.exchange._asking import question_of
from overpaint.review.exchange._model import FORMATS, Format, Labelled, Picture, Pictured, Reading, Written
from overpaint.review.exchange._names import Names
from overpaint.review.exchange._read import read
from overpaint.review.exchange._write import write

__all__ = [
    "FORMATS",
    "Format",
    "Labelled",
    "Names",
    "Picture",
    "Pictured",
    "Reading",
    "Written",
    "question_of",
    "read",
    "write",
]
