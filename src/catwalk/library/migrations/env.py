"""What Alembic runs: the migrations that are due, on the connection it is given, in that connection's transaction."""

from __future__ import annotations

from alembic import context

from catwalk.library.tables import Base

context.configure(
    connection=context.config.attributes["connection"], target_metadata=Base.metadata, render_as_batch=True
)
with context.begin_transaction():
    context.run_migrations()
