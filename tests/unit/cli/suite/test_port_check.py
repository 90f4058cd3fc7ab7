"""A port that somebody else has is noticed before anything is started."""

import socket

import pytest

from cli.suite.port_check import PortTaken, check
from cli.suite.process_table import Ports, Process


def test_a_taken_port_is_named_with_who_wants_it_and_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(PortTaken, match=rf"Port {port}, which payment needs.*--ports-from"):
            check(Ports(0, (Process("payment", "", port),)), with_postgres=True)


def test_a_postgresql_of_ones_own_leaves_its_usual_port_alone() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        ports = Ports(other.getsockname()[1], ())
        check(ports, with_postgres=False)
        with pytest.raises(PortTaken, match="PostgreSQL"):
            check(ports, with_postgres=True)
