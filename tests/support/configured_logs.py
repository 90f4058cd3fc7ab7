"""The log of a test's own process, as processes of the suite write theirs."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from chassis.telemetry.logs import configure_logs


@contextmanager
def configured_logs() -> Iterator[None]:
    """Logs as a service `testing` does, for the length of a block; take pytest's `capfd` to read it.

    Afterwards the log is as it was: the output that a test captured is closed with it.
    """
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    configure_logs("testing")
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        structlog.reset_defaults()
