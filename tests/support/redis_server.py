"""The Redis that a test session brings along."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from cli.local.redis import LocalRedis
from tests.support.free_port import free_port


@contextmanager
def redis_server() -> Iterator[str]:
    """The URL of the server that REDIS_URL names, or of one of our own that is gone afterwards."""
    given = os.environ.get("REDIS_URL")
    if given:
        yield given
        return
    server = LocalRedis(free_port())
    server.start()
    try:
        yield server.url
    finally:
        server.stop()
