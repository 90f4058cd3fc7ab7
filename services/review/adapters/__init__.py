"""Adapters over the outside world: images and what they are recognised by."""
