"""The reviewers' pages: the queue, a case beside its proofs, second reviews, figures, practice courses (RE-2 to RE-9).

Whose cases a reviewer sees and what they may do is decided by review; these pages show it.
"""
