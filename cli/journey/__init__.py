"""`zikao journey`: plays candidates' whole journeys against a running suite through HTTP only; narrator, check and load
generator in one.
"""
