"""The rules of review: what a case may do next, who may see it, and how the audit log is chained. No I/O."""
