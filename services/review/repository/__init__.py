"""Review's store in PostgreSQL."""
