"""Which processes a suite has, and where they listen."""

from cli.deployment.service_process import MODULES
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
