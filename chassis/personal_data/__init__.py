"""Rights over one's data in any service (ID-20): which rows are about a candidate, and what becomes of them."""
