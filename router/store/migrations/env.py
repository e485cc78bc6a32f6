"""How Alembic runs a migration: on the connection, and in the transaction, that `router.store.schema` gives it."""

from alembic import context

from router.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
