"""One person for whoever answers the telephone: found by what they say, shown whole (OP-3)."""
