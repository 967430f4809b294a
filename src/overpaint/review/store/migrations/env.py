"""What Alembic runs: the revisions, inside the transaction that `overpaint.review.store` has begun."""

from __future__ import annotations

from alembic import context

from overpaint.review.store._schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
