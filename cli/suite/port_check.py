"""Whether the ports a suite wants are free, asked before anything is started."""

import socket

from cli.suite.process_table import Ports
from cli.terminal.known_failures import KnownFailure


class PortTaken(KnownFailure):
    """A port is in use. The text says which, who wanted it and what to do."""


def check(ports: Ports, *, with_postgres: bool) -> None:
    """Raises PortTaken for the first port that another program holds."""
    for port, wanted_by in ports.all(with_postgres=with_postgres):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as held:
                raise PortTaken(
                    f"Port {port}, which {wanted_by} needs, is taken by another program; "
                    "stop that program or start the suite elsewhere with --ports-from N."
                ) from held
