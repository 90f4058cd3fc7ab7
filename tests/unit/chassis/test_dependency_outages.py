"""What is away is told from what was refused and from our own mistakes (GW-7)."""

import asyncio
import errno

import asyncpg
import pytest
import sqlalchemy.exc
from obstore.exceptions import GenericError
from redis import exceptions as redis_errors

from chassis.dependency_outages import outage_of
from chassis.errors import SOON, Code, Contention, NotFound, Refusal


def from_sqlalchemy(cause: BaseException, *, lost: bool = False) -> sqlalchemy.exc.DBAPIError:
    orig = Exception("as the dialect wraps it")
    orig.__cause__ = cause
    return sqlalchemy.exc.DBAPIError("SELECT 1", (), orig, connection_invalidated=lost)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ConnectionRefusedError(), "DATABASE_UNAVAILABLE"),
        (OSError("Multiple exceptions: [Errno 111] Connect call failed"), "DATABASE_UNAVAILABLE"),
        (TimeoutError(), "DATABASE_UNAVAILABLE"),
        (asyncpg.CannotConnectNowError("starting up"), "DATABASE_UNAVAILABLE"),
        (asyncpg.AdminShutdownError("terminating connection"), "DATABASE_UNAVAILABLE"),
        (asyncpg.CrashShutdownError("terminating connection"), "DATABASE_UNAVAILABLE"),
        (asyncpg.TooManyConnectionsError("sorry, too many clients already"), "DATABASE_UNAVAILABLE"),
        (asyncpg.ConnectionDoesNotExistError("in the middle of operation"), "DATABASE_UNAVAILABLE"),
        (asyncpg.InterfaceError("connection is closed"), "DATABASE_UNAVAILABLE"),
        (
            asyncpg.InternalClientError('cannot switch to state 15; protocol is in the "failed" state'),
            "DATABASE_UNAVAILABLE",
        ),
        (
            asyncpg.InternalClientError("cannot switch to state 15; another operation (2) is in progress"),
            "DATABASE_UNAVAILABLE",
        ),
        (asyncpg.InternalClientError("not connected"), "DATABASE_UNAVAILABLE"),
        (asyncpg.ReadOnlySQLTransactionError("a standby"), "DATABASE_UNAVAILABLE"),
        (asyncpg.QueryCanceledError("statement timeout"), "DATABASE_UNAVAILABLE"),
        (sqlalchemy.exc.TimeoutError("QueuePool limit"), "DATABASE_UNAVAILABLE"),
        (from_sqlalchemy(asyncpg.AdminShutdownError("terminating")), "DATABASE_UNAVAILABLE"),
        (from_sqlalchemy(ValueError(), lost=True), "DATABASE_UNAVAILABLE"),
        (ExceptionGroup("tasks", [ValueError(), ConnectionResetError()]), "DATABASE_UNAVAILABLE"),
        (asyncpg.DiskFullError("could not extend file"), "STORAGE_UNAVAILABLE"),
        (asyncpg.PostgresIOError("could not read block"), "STORAGE_UNAVAILABLE"),
        (OSError(errno.ENOSPC, "No space left on device"), "STORAGE_UNAVAILABLE"),
        (GenericError("no space, or no bucket"), "STORAGE_UNAVAILABLE"),
        (redis_errors.ConnectionError(), "REDIS_UNAVAILABLE"),
        (redis_errors.TimeoutError(), "REDIS_UNAVAILABLE"),
        (redis_errors.BusyLoadingError(), "REDIS_UNAVAILABLE"),
        (redis_errors.OutOfMemoryError(), "REDIS_UNAVAILABLE"),
        (redis_errors.ResponseError("MISCONF Redis is configured to save RDB snapshots"), "REDIS_UNAVAILABLE"),
    ],
)
def test_what_is_away_is_unavailable_with_a_reason_and_a_delay(error: Exception, reason: str) -> None:  # GW-7, F-30
    told = outage_of(error)
    assert told is not None
    assert (told.reason, told.code, told.retry_after) == (reason, Code.UNAVAILABLE, SOON)


@pytest.mark.parametrize(
    "error", [asyncpg.SerializationError(), asyncpg.DeadlockDetectedError(), asyncpg.LockNotAvailableError()]
)
def test_what_others_hold_is_contention(error: Exception) -> None:
    assert isinstance(outage_of(error), Contention)


@pytest.mark.parametrize(
    "error",
    [
        ValueError(),
        FileNotFoundError(errno.ENOENT, "a template of ours"),
        asyncpg.UniqueViolationError(),
        asyncpg.UndefinedTableError(),
        asyncpg.InterfaceError("cannot perform operation: another operation is in progress"),
        from_sqlalchemy(asyncpg.UniqueViolationError()),
        redis_errors.ResponseError("ERR unknown command"),
        ExceptionGroup("tasks", [ValueError()]),
        asyncio.CancelledError(),
        NotFound(),
    ],
)
def test_a_mistake_or_a_refusal_is_no_outage(error: BaseException) -> None:
    assert outage_of(error) is None


@pytest.mark.parametrize("code", [Code.UNAVAILABLE, Code.DEADLINE_EXCEEDED])
def test_whatever_passes_by_itself_says_when_to_come_again(code: Code) -> None:  # GW-7
    class Passing(Refusal):
        reason, zh, en = "PASSING", "", ""

    Passing.code = code
    assert Passing().retry_after == SOON
