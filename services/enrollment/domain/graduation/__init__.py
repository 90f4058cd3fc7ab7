"""What finishes a plan (EN-13), and how far a candidate is."""
