"""Which processes a suite has, and where they listen."""

import pytest

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


@pytest.mark.parametrize("ports", [usual_ports(3), ports_from(20_000, 3)], ids=["usual", "consecutive"])
def test_replicas_have_ports_of_their_own_but_the_gateways_share_one(ports: Ports) -> None:
    assert len(set(numbers(ports))) == len(numbers(ports))
    for name in MODULES:
        replicas = ports.replicas_of(name)
        assert len(replicas) == (1 if name == "sandbox" else 3)
        assert len({one.port for one in replicas}) == (1 if name in ("gateway", "sandbox") else 3)
        assert len({one.ready_url for one in replicas}) == len(replicas)
    assert ports.redis is not None


def test_a_suite_without_replicas_needs_no_redis() -> None:
    assert usual_ports().redis is None
    assert ports_from(20_000).redis is None


def test_a_process_without_an_admin_port_is_ready_where_it_serves() -> None:
    assert Process("a", "", 1).ready_url == "http://127.0.0.1:1/readyz"
    assert Process("a", "", 1, 2).ready_url == "http://127.0.0.1:2/readyz"
