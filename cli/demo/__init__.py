"""What a demonstration, the journeys and tests are played with: invented people, and a session that is open today."""
