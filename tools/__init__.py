"""What the repository does to itself: generate code, check documents. Nothing here runs in production."""
