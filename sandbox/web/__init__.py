"""What the rooms share of HTTP: bodies in, JSON out, refusals, and hanging up without an answer."""
