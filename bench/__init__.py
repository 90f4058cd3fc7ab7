"""Load and comparison: what the suite does per second, beside baselines measured in the same run on the same PostgreSQL
(`make bench`).
"""
