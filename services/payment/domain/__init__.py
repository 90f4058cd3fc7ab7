"""The rules of money, pure: no clock, no database, no network."""
