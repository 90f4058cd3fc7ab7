"""Whom the journey speaks to, over HTTP: the suite, and the sandbox."""
