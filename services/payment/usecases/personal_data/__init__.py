"""Rights over one's data, as far as payment holds it."""
