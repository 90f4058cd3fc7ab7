"""What a journey is made of: single steps of candidates and reviewers, and the stories of several."""
