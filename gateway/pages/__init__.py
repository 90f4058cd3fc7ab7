"""Pages for people who find the API's address: what this is, and every operation with its words."""
