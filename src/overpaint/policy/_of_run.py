"""The policy that a run's decisions were made under."""

from __future__ import annotations

from overpaint.errors import RunError
from overpaint.policy._model import Policy
from overpaint.policy._parse import loads
from overpaint.rundir import Run

__all__ = ["of_run"]


def of_run(run: Run, generation: str | None) -> Policy:
    """The policy of a generation of decisions, as on the day it was made; None: the plan's own.

    Raises
    ------
    RunError
        Its file cannot be read.
    """
    if generation is None:
        plan = run.plan()
        return loads(plan.policy, today=plan.today, name=str(run.private / "policy.toml"))
    path = run.policy_file(generation)
    try:
        text = path.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        raise RunError(f"{path} cannot be read; run `overpaint decide {run.path}` again") from error
    return loads(text, today=run.day(generation), name=str(path))
