"""Adapters over the outside world: police register, messages, images, password hashing, tokens, and review's cases."""
