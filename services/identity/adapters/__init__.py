"""Adapters over the outside world: police register, messages, images, password hashing, and review's cases."""
