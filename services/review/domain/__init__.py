"""The rules of review: what a case may do next and who may see it. No I/O."""
