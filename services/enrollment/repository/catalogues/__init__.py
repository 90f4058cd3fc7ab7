"""The catalogue as it is stored, built from its rows, and kept in memory (EN-1, GW-7)."""
