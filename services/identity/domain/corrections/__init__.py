"""Corrections that are required of a candidate, and what a candidate corrects (EN-4, ID-12)."""
