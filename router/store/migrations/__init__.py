"""Alembic's migrations of the database, oldest first; each is fixed once released."""
