"""What the monolith is told by its environment."""

from typing import Final

DATABASE_URL: Final = "MONOLITH_DATABASE_URL"
PUBLIC_KEY: Final = "MONOLITH_PUBLIC_KEY"
