"""Alembic migrations: run by `gateway.store.schema` on a connection it hands over."""
