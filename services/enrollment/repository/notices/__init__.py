"""What others are told when a session changes, or its end comes near."""
