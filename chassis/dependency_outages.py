"""What a process stands on and may be away: the database, Redis, the disk, the store of images (GW-7, F-30).

Where such a thing fails, code below raises what its driver raises, so that nobody takes an outage for a refusal of
what was asked. What a caller is told is decided here, once: `UNAVAILABLE`, why, and when to come again.
"""

import errno
import socket
from collections.abc import Iterator, Mapping
from typing import Final

import asyncpg
import sqlalchemy.exc
from obstore.exceptions import BaseError as BlobStoreError
from redis import exceptions as redis_errors
from redis.exceptions import RedisError

from chassis.errors import Code, Contention, Refusal


class DatabaseUnavailable(Refusal):
    """The database does not answer. Whether it did what was asked is unknown; repeating the request is safe."""

    reason = "DATABASE_UNAVAILABLE"
    code = Code.UNAVAILABLE
    zh = "系统暂时无法存取数据，已保存的内容不会丢失，请稍后重试。"
    en = "The data cannot be reached at the moment. Nothing that was saved is lost; please try again shortly."


class RedisUnavailable(Refusal):
    """Redis, which keeps one-time codes, does not answer. No code was used up."""

    reason = "REDIS_UNAVAILABLE"
    code = Code.UNAVAILABLE
    zh = "验证码服务暂时不可用，请稍后重试；已收到的验证码不受影响。"
    en = "Codes cannot be sent or checked at the moment. Please try again shortly; a code you have is not used up."


class StorageUnavailable(Refusal):
    """A disk is full or fails, or the store of images does not answer. Nothing was changed."""

    reason = "STORAGE_UNAVAILABLE"
    code = Code.UNAVAILABLE
    zh = "系统暂时无法保存内容，请稍后重试。"
    en = "Nothing can be saved at the moment. Please try again shortly."


DATABASE_STATES: Final[Mapping[str, type[Refusal]]] = {
    "08": DatabaseUnavailable,  # the connection is lost
    "25006": DatabaseUnavailable,  # after a failover: this one may only be read
    "53": DatabaseUnavailable,  # out of connections or memory
    "53100": StorageUnavailable,  # out of disk
    "57P": DatabaseUnavailable,  # stopped, crashed, or starting
    "57014": DatabaseUnavailable,  # too slow for its time limit
    "58": StorageUnavailable,  # the disk fails
    "40001": Contention,
    "40P01": Contention,
    "55P03": Contention,
}
"""What PostgreSQL's states mean that speak of the server rather than of the statement; the longest prefix counts."""

REDIS_UNABLE: Final = (
    redis_errors.ConnectionError,
    redis_errors.TimeoutError,
    redis_errors.OutOfMemoryError,
    redis_errors.ReadOnlyError,
    redis_errors.ClusterDownError,
    redis_errors.MasterDownError,
    redis_errors.TryAgainError,
)
"""What a Redis cannot do now; whatever else it answers is a mistake of ours."""

LOST_BY_WORDS: Final = ("closed", "closing", "lost", "not connected")
"""What asyncpg says of a connection that is no more; the same class tells of mistakes in the driver's use."""

NETWORK_ERRORS: Final = frozenset({errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL})
DISK_ERRORS: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS})


def outage_of(error: BaseException) -> Refusal | None:
    """What to tell a caller whose request ended with `error`; None where it is no outage."""
    for one in _causes(error):
        if kind := _database(one) or _redis(one) or _disk(one):
            return kind()
    return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what it wraps: SQLAlchemy's is the driver's, a group's are those of its tasks."""
    yield error
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from _causes(one)
    elif isinstance(error, sqlalchemy.exc.DBAPIError) and error.orig is not None:
        yield from _causes(error.orig.__cause__ or error.orig)


def _database(error: BaseException) -> type[Refusal] | None:
    match error:
        case asyncpg.PostgresError():
            state = error.sqlstate or ""
            known = (DATABASE_STATES.get(state[:length]) for length in range(len(state), 1, -1))
            return next(filter(None, known), None)
        case asyncpg.InternalClientError():
            # The driver lost count of its connection's messages, as it does where that breaks between two of them.
            return DatabaseUnavailable
        case asyncpg.InterfaceError():
            return DatabaseUnavailable if any(word in str(error) for word in LOST_BY_WORDS) else None
        case sqlalchemy.exc.TimeoutError():  # no connection of the pool has become free
            return DatabaseUnavailable
        case sqlalchemy.exc.DBAPIError() if error.connection_invalidated:
            return DatabaseUnavailable
        case OSError() if _is_network(error):
            return DatabaseUnavailable
    return None


def _is_network(error: OSError) -> bool:
    """Whether nobody could be connected to. Where a name has several addresses, asyncio's error has words only."""
    return (
        isinstance(error, ConnectionError | TimeoutError | socket.gaierror)
        or error.errno in NETWORK_ERRORS
        or str(error).startswith("Multiple exceptions")
    )


def _redis(error: BaseException) -> type[Refusal] | None:
    unable = isinstance(error, REDIS_UNABLE) or (isinstance(error, RedisError) and str(error).startswith("MISCONF"))
    return RedisUnavailable if unable else None


def _disk(error: BaseException) -> type[Refusal] | None:
    full = isinstance(error, OSError) and error.errno in DISK_ERRORS
    return StorageUnavailable if full or isinstance(error, BlobStoreError) else None
