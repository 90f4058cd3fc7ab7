"""What is promised to operators, rehearsed: each drill runs what they run, and ends with what it saw (OP-6, OP-7)."""
