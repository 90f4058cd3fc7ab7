"""The `zikao` command: starts the suite on one machine, plays a candidate's journey, and does the operators' work over
HTTP (OP-1).
"""
