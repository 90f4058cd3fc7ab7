"""How somebody proves to be an account's owner."""
