"""What candidates are told, and how it reaches them (EN-19)."""
