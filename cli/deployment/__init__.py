"""One process of the suite at a time: `zikao serve`, the schemas it needs, its keys."""
