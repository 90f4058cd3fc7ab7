"""Guides for candidates and reviewers, as pages."""
