"""Alembic migrations: run by `gateway.store.migrating` on a connection it hands over."""
