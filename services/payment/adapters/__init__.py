"""Adapters over what lies outside payment: the platforms, the published holidays, the fan-out of changes."""
