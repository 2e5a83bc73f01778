"""The ledger of what was decided and the outbox of what must be told: the only importer of SQLAlchemy."""
