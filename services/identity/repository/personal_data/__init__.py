"""Rights over one's data (ID-20)."""
