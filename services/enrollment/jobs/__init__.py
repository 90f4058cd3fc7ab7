"""What enrollment does by itself."""
