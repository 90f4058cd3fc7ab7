"""`zikao sandbox`: the simulated outside world of a running suite, over its HTTP address."""
