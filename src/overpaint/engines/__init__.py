"""Who runs the shards: this machine's cores."""

from overpaint.engines._local import Job, default_workers, run_local

__all__ = ["Job", "default_workers", "run_local"]
