"""What can go wrong, as one tree; every message names the thing at fault and says what to do next.

::

    OverpaintError
    ├── UsageError          an argument, a plan or a policy file that cannot be carried out as written
    │   ├── PolicyError     a policy file; names the file and the rule
    │   ├── BoxesError      a file of boxes made elsewhere; names the file and the entry
    │   └── LabelsError     a label, class list, rating, taxonomy or label policy; names the file and the entry
    ├── SourceError         the dataset cannot be listed or read
    ├── RunError            the run directory is missing, damaged, busy or belongs to another plan
    ├── ModelError          a model file is missing, damaged or not the one that was asked for
    ├── ReviewError         a review's store is missing, of another version, busy or not to be reached
    │   └── AnswerError     somebody's answer does not answer the question; it is not kept
    ├── SampleError         one sample cannot be handled; counted as ``failed``, costs nothing else
    │   ├── DecodeError     its bytes are not an image that can be decoded
    │   ├── Unsupported     an image, but of a kind that cannot be edited without loss
    │   └── ContractError   what was written does not hold what was promised; it is not published
    └── EngineError         the work itself could not go on (a disk is full, workers keep dying)

    OverpaintWarning        (a UserWarning) done as asked, but most likely not as meant
"""

from __future__ import annotations

__all__ = [
    "AnswerError",
    "BoxesError",
    "ContractError",
    "DecodeError",
    "EngineError",
    "LabelsError",
    "ModelError",
    "OverpaintError",
    "OverpaintWarning",
    "PolicyError",
    "ReviewError",
    "RunError",
    "SampleError",
    "SourceError",
    "Unsupported",
    "UsageError",
]


class OverpaintError(Exception):
    """Everything this package raises on purpose."""


class UsageError(OverpaintError):
    """An argument, a plan or a policy cannot be carried out as written."""


class PolicyError(UsageError):
    """A policy file is wrong; the message names the file and the rule."""


class BoxesError(UsageError):
    """A file of boxes made elsewhere is wrong; the message names the file and the entry."""


class LabelsError(UsageError):
    """A label, class list, rating, taxonomy or label policy is wrong; the message names the file and the entry."""


class SourceError(OverpaintError):
    """The dataset cannot be listed or read."""


class RunError(OverpaintError):
    """The run directory is missing, damaged, busy or belongs to another plan."""


class ModelError(OverpaintError):
    """A model file is missing, damaged or not the one that was asked for."""


class ReviewError(OverpaintError):
    """A review's store is missing, of another version, busy or not to be reached."""


class AnswerError(ReviewError):
    """Somebody's answer does not answer the question; it is not kept."""


class SampleError(OverpaintError):
    """One sample cannot be handled: it is counted as ``failed`` and costs nothing else.

    Parameters
    ----------
    reason
        A short fixed word for counting, such as ``"truncated"``; never text from the file.
    detail
        One sentence for the private half of a run.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail

    def __reduce__(self) -> tuple[type[SampleError], tuple[str, str]]:
        return type(self), (self.reason, self.detail)


class DecodeError(SampleError):
    """The bytes are not an image that can be decoded."""


class Unsupported(SampleError):
    """An image, but of a kind that cannot be edited without loss."""


class ContractError(SampleError):
    """What was written does not hold what was promised; it is not published."""


class EngineError(OverpaintError):
    """The work itself could not go on: a disk is full, or workers keep dying."""


class OverpaintWarning(UserWarning):
    """Done as asked, but most likely not as meant."""
