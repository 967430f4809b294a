"""What people said in a run's review, brought to where decisions are made; and what they put into the no-view lane."""

from __future__ import annotations

from typing import TYPE_CHECKING

from overpaint.errors import ReviewError
from overpaint.jobs._lane import hold
from overpaint.rundir import Run

if TYPE_CHECKING:
    from overpaint.review import Bench, Place

__all__ = ["lane_first", "settle_lane", "take_answers"]


def take_answers(run: Run) -> int:
    """Write what a run's review has settled into the run's private half; of how many samples.

    Everybody's skills are learned once more from all answers, so that what was settled early is told with what is known
    now. A run without a review has none.
    """
    if not _reviewed(run):
        return 0
    from overpaint.review import opened, tend, write_answers

    with opened(run.path) as (_, bench):
        tend(bench, everything=True)
        return write_answers(bench, run)


def lane_first(run: Run) -> None:
    """Before anything is decided or published: what a review's people put into the lane goes there.

    Call it without the run's lock, which it takes itself.
    """
    if not _reviewed(run):
        return
    from overpaint.review import opened

    with opened(run.path) as (place, bench):
        settle_lane(place, bench)


def settle_lane(place: Place, bench: Bench) -> int:
    """Move what waits for it into the run's lane, and forget in the store which pictures these were; how many.

    Of candidates without a run the review's own list keeps them out of sight.

    Raises
    ------
    RunError
        Another command is at work on the run: it is out of sight, and goes there the next time.
    """
    waiting = bench.store.withdrawn(reason="lane")
    if not waiting:
        return 0
    if place.run is not None:
        hold(place.run, waiting)
    for sample in waiting:
        bench.store.erase(sample, known_as=place.erased(sample))
    return len(waiting)


def _reviewed(run: Run) -> bool:
    if not (run.private / "review" / "review.toml").exists():
        return False
    try:
        import sqlalchemy  # noqa: F401 - only whether it is there
    except ImportError as error:
        raise ReviewError(f"{run.path} has a review; install overpaint[review], which holds its store") from error
    return True
