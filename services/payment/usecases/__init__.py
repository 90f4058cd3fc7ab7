"""What payment does: one function per intent. Each reads a snapshot, decides in `domain`, and applies the decision with
a guarded statement.
"""
