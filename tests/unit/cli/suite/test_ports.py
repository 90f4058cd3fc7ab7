"""Where the suite's processes listen."""

import socket

import pytest

from cli.process.service_process import MODULES
from cli.suite.port_check import PortTaken, check
from cli.suite.process_table import PROCESSES, Ports, Process, ports_from, usual_ports


def numbers(ports: Ports) -> list[int]:
    return [port for port, _ in ports.all(with_postgres=True)]


def test_every_process_that_can_be_served_is_started() -> None:
    assert {process.name for process in PROCESSES} == MODULES.keys()


def test_no_two_want_the_same_usual_port() -> None:
    assert len(set(numbers(usual_ports()))) == len(numbers(usual_ports()))


def test_a_second_suite_takes_consecutive_ports() -> None:
    taken = numbers(ports_from(20_000))
    assert sorted(taken) == list(range(20_000, 20_000 + len(taken)))


def test_a_process_without_an_admin_port_is_ready_where_it_serves() -> None:
    assert Process("a", "", 1).ready_url == "http://127.0.0.1:1/readyz"
    assert Process("a", "", 1, 2).ready_url == "http://127.0.0.1:2/readyz"


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
