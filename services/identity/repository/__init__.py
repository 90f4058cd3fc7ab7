"""Identity's store in PostgreSQL."""
