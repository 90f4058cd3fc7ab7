"""Password hashing (ID-4, ID-14)."""

from typing import Protocol


class PasswordHasher(Protocol):
    """Hashes passwords, in bounded time and number. Raises Overloaded when too many wait."""

    def require_room(self) -> None:
        """Raises Overloaded when too many wait now: asked before a try is counted."""
        ...

    async def hashed(self, password: str) -> str:
        """The hash to keep."""
        ...

    async def fits(self, password: str, password_hash: str | None) -> bool:
        """Whether the password is the one hashed. Without a hash: False, after the same work."""
        ...
