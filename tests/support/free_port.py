"""A port for a process that a test starts."""

import random
import socket
from typing import Final

PORTS: Final = range(10_000, 20_000)
"""Below those that the kernel lends to connections (from 32768), which would take a port between its choice and its
use; the suites of end-to-end tests begin at 21000.
"""


def free_port() -> int:
    """A port on 127.0.0.1 that nobody listens on, chosen at random so that other sessions of tests choose another.

    A server within the process binds port 0 instead (`tests.support.http_server`). Raises LookupError when all are
    taken.
    """
    for port in random.sample(PORTS, 100):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise LookupError("no port is free")
