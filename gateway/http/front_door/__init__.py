"""What stands before API and pages alike, so that a stranger costs little (GW-6, F-29): deadlines for what they send,
and how much of everything one source or account may have.
"""
