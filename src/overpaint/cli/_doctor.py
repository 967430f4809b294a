"""``overpaint doctor``."""

from __future__ import annotations

import click

from overpaint.cli._options import print_result


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def doctor(as_json: bool) -> int:
    """Say whether this machine has what overpaint needs; exits with 2 where something is missing.

    \b
    Example:
      overpaint doctor
    """
    from overpaint import jobs  # late: see Verbs

    diagnosis = jobs.doctor()
    print_result(diagnosis.to_dict(), diagnosis.lines(), as_json=as_json)
    return 0 if diagnosis.ok else 2
