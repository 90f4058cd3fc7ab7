"""`zikao journey --faults`: many candidates who want different things, while the outside world fails and processes are
killed; in the end each of them has what is theirs, and every invariant is proved.
"""
