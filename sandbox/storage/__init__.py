"""The one SQLite file of the sandbox, and how instants are written in it."""
