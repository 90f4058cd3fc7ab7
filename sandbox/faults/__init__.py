"""What goes wrong on demand: what means something (`table`), what is set (`book`), how it is set (`api`)."""
