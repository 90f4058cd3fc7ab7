"""The audit log of every service (RE-7, RE-11): who did what, on whom, when and why, each entry chained to the last."""
