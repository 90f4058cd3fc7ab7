"""Password hashing: argon2id with 19 MiB, two passes, one lane (OWASP's choice), about 21 ms of one core."""

from typing import Final

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from chassis.process.thread_pool import ThreadPool

_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, type=Type.ID)
_NOBODYS: Final = _HASHER.hash("nobody has this password")
"""What an unknown name's password is compared with, so that it takes as long as a known one's (ID-14)."""


class Argon2PasswordHasher:
    """Hashes with argon2id in a bounded pool of threads. Raises Overloaded when too many wait."""

    def __init__(self, threads: ThreadPool) -> None:
        self._threads = threads

    def require_room(self) -> None:
        """Raises Overloaded when too many wait now."""
        self._threads.require_room()

    async def hashed(self, password: str) -> str:
        """The hash, with its salt and parameters."""
        return await self._threads.do(_HASHER.hash, password)

    async def fits(self, password: str, password_hash: str | None) -> bool:
        """Whether the password is the one hashed; False without a hash, after the same work (ID-14)."""
        fits = await self._threads.do(_fits, password_hash or _NOBODYS, password)
        return fits and password_hash is not None


def _fits(password_hash: str, password: str) -> bool:
    try:
        return _HASHER.verify(password_hash, password)
    except (VerifyMismatchError, InvalidHashError):
        return False
