"""How each process of a suite is started and known to be ready: PostgreSQL, Redis, and our own."""

import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import asyncpg
import httpx
from redis.asyncio import Redis
from redis.exceptions import RedisError

from cli.local.postgres import Postgres, server_env, why_it_failed
from cli.local.redis import LocalRedis
from cli.suite.process_table import Process
from cli.suite.supervisor import SupervisedProcess, answers

ASK_SECONDS: Final = 2.0


def postgres(server: Postgres, logs: Path) -> SupervisedProcess:
    """Our own PostgreSQL. Raises PostgresFailed when it cannot be started."""

    async def is_ready() -> bool:
        try:
            connection = await asyncpg.connect(server.url(database="postgres"), timeout=ASK_SECONDS)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return False
        await connection.close()
        return True

    return SupervisedProcess(
        name="PostgreSQL",
        serves=f"on port {server.port}",
        command=server.server_command,
        env=server_env(),
        log=logs / "postgres.log",
        is_ready=is_ready,
        comes_back="what was saved is kept, and callers are told to come again",
        cwd=Path("/"),
        stopped_by=signal.SIGINT,
        explain=why_it_failed,
    )


def redis(server: LocalRedis, logs: Path) -> SupervisedProcess:
    """Our own Redis, for what replicas share."""

    async def is_ready() -> bool:
        async with Redis.from_url(server.url, socket_timeout=ASK_SECONDS) as client:
            try:
                await client.get("ready")
            except RedisError:
                return False
        return True

    return SupervisedProcess(
        name="Redis",
        serves=f"on port {server.port}",
        command=server.server_command,
        env=server_env(),
        log=logs / "redis.log",
        is_ready=is_ready,
        comes_back="codes are kept, and limits are counted in each process meanwhile",
    )


def process(one: Process, env: Mapping[str, str], logs: Path) -> SupervisedProcess:
    """A process of ours, which ends when its supervisor does."""

    async def is_ready() -> bool:
        async with httpx.AsyncClient(timeout=ASK_SECONDS) as client:
            return await answers(client, one.ready_url)

    return SupervisedProcess(
        name=one.label,
        serves=f"on port {one.port}: {one.purpose}",
        command=lambda: (sys.executable, "-m", "cli.main", "serve", one.name),
        env={**env, "ZIKAO_SUPERVISOR_PID": str(os.getpid())},
        log=logs / f"{one.label}.log",
        is_ready=is_ready,
    )
