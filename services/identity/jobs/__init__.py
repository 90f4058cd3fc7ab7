"""What identity does by itself, beside what it is asked for."""
