"""How Alembic runs the migrations: on the connection that it is given, inside that connection's transaction."""

from alembic import context

from noseprint.records import outbox_tables, staff_tables  # noqa: F401 (their tables join the others on Base)
from noseprint.records.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
)
context.run_migrations()
