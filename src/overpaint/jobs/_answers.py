"""What people said in a run's review, brought to where decisions are made."""

from __future__ import annotations

from overpaint.errors import ReviewError
from overpaint.rundir import Run

__all__ = ["take_answers"]


def take_answers(run: Run) -> int:
    """Write what a run's review has settled into the run's private half; of how many samples.

    Everybody's skills are learned once more from all answers, so that what was settled early is told with what is known
    now. A run without a review has none.
    """
    if not (run.private / "review" / "review.toml").exists():
        return 0
    try:
        from overpaint.review import opened, tend, write_answers  # late: an extra
    except ImportError as error:
        raise ReviewError(
            f"{run.path} has a review, and {error.name} is not installed; install overpaint[review]"
        ) from error
    with opened(run.path) as (_, bench):
        tend(bench, everything=True)
        return write_answers(bench, run)
