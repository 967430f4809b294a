"""A run directory: plain files beside the output, with a public half of aggregates and a private half of mode 0700.

::

    RUN/plan.toml
    RUN/public/summary.json, report.html
    RUN/private/policy.toml   the plan's policy; it may name samples and people
    RUN/private/listing/      the sorted listing
    RUN/private/boxes/        boxes made elsewhere, by shard
    RUN/private/shards/       one marker a shard, written last
    RUN/private/samples/      one row a sample
    RUN/private/findings/     one row a finding
    RUN/private/answers/      what people said, by shard, as the last `decide` took it from the review
    RUN/private/answers.sqlite, review/   the review: its store, and what it is made of
    RUN/private/decisions/    one folder a generation of decisions; current.json names the one in force
    RUN/private/lane/         the no-view lane: keyed hashes and reason codes
    RUN/private/secret        the key of those hashes and of those of texts that were read
    RUN/private/parts/        lines of the metadata file that belong to a shard, where a container becomes a folder
    RUN/private/destination.json
"""

from overpaint.rundir._files import disk_errors, read_table, rebuilding, write_bytes, write_table
from overpaint.rundir._run import Run, run_beside

__all__ = ["Run", "disk_errors", "read_table", "rebuilding", "run_beside", "write_bytes", "write_table"]
