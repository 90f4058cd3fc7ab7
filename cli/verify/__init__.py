"""`zikao verify`: proves on a live system that what is stored is what was done."""
