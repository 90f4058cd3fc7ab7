"""First answers, kept in the process: what a server needs of them, without a database."""

import asyncio

from chassis.errors import RequestIdReused
from chassis.postgres.kept_answers import RequestKey


class AnswersInMemory:
    """Keeps them as long as it lives; whoever asks while the first request is under way waits for its end."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str, str], tuple[bytes, asyncio.Future[bytes]]] = {}

    async def claim(self, key: RequestKey) -> bytes | None:
        while (kept := self._kept.get(_id(key))) is not None:
            body_hash, answer = kept
            if body_hash != key.body_hash:
                raise RequestIdReused
            await asyncio.wait([answer])
            if not answer.cancelled():
                return answer.result()
        self._kept[_id(key)] = (key.body_hash, asyncio.get_running_loop().create_future())
        return None

    async def complete(self, key: RequestKey, answer: bytes, *, candidate_id: str = "") -> None:
        self._kept[_id(key)][1].set_result(answer)

    async def abandon(self, key: RequestKey) -> None:
        self._kept.pop(_id(key))[1].cancel()


def _id(key: RequestKey) -> tuple[str, ...]:
    return tuple(key.row.values())
