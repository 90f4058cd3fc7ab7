"""Imports enrolled candidates (在籍考生) from a CSV file of any size: in batches, with progress, safe to repeat (ID-3,
OP-1).
"""
