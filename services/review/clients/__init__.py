"""Adapters over the outside world: images."""
