"""The statements of enrollment."""
