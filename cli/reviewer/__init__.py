"""`zikao review`: a reviewer's work at a terminal, over the suite's HTTP API (RE-4, RE-8, RE-9)."""
