"""`zikao admin`: operators' work over the suite's HTTP API (OP-1)."""
