"""The explicit table of what runs: the one place that says which processes make up the suite and where they listen."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final


@dataclass(frozen=True, slots=True)
class Process:
    """One process of the suite.

    `port` is where it serves its callers, `admin_port` where it answers `/readyz` and `/metrics`; a process without an
    admin port answers them on `port`.
    """

    name: str
    purpose: str
    port: int
    admin_port: int | None = None
    replica: int = 1

    @property
    def label(self) -> str:
        """The name that tells it from its replicas."""
        return self.name if self.replica == 1 else f"{self.name}-{self.replica}"

    @property
    def ready_url(self) -> str:
        """Answers 200 when the process can do its work."""
        return f"http://127.0.0.1:{self.admin_port or self.port}/readyz"


POSTGRES_PORT = 7432
REDIS_PORT = 7379

PROCESSES: tuple[Process, ...] = (
    Process("sandbox", "the outside world, simulated", 8090),
    Process("review", "cases, materials, decisions, audit", 7104, 7204),
    Process("identity", "people, passwords, login sessions", 7101, 7201),
    Process("payment", "orders, attempts, receipts", 7103, 7203),
    Process("enrollment", "catalogue, registrations, selections", 7102, 7202),
    Process("gateway", "HTTP/JSON for candidates, reviewers and operators", 8080, 7205),
)

ALONE: Final = frozenset({"sandbox"})
"""What has no replicas: there is one world outside."""
ONE_PORT: Final = frozenset({"gateway"})
"""Whose replicas share their port: whoever comes from outside knows one address."""
BETWEEN_REPLICAS: Final = 10


@dataclass(frozen=True, slots=True)
class Ports:
    """Every port the suite takes, all on 127.0.0.1."""

    postgres: int
    processes: tuple[Process, ...]
    redis: int | None = None
    """None where every process is alone and keeps in memory what replicas share."""

    def of(self, name: str) -> Process:
        """The process called `name`, the first of its replicas."""
        return self.replicas_of(name)[0]

    def replicas_of(self, name: str) -> tuple[Process, ...]:
        """Every process called `name`."""
        return tuple(process for process in self.processes if process.name == name)

    def all(self, *, with_postgres: bool) -> tuple[tuple[int, str], ...]:
        """(port, who wants it), for the check before anything starts; a port that replicas share once."""
        wanted = {self.postgres: "PostgreSQL"} if with_postgres else {}
        if self.redis is not None:
            wanted[self.redis] = "Redis"
        for process in self.processes:
            wanted.setdefault(process.port, process.label)
            if process.admin_port is not None:
                wanted[process.admin_port] = f"{process.label} (health and metrics)"
        return tuple(wanted.items())


def usual_ports(replicas: int = 1) -> Ports:
    """The ports the documentation names; each further replica's are ten higher."""
    processes = tuple(
        process
        if process.replica == 1
        else replace(
            process,
            port=process.port + (0 if process.name in ONE_PORT else (process.replica - 1) * BETWEEN_REPLICAS),
            admin_port=process.admin_port and process.admin_port + (process.replica - 1) * BETWEEN_REPLICAS,
        )
        for process in _replicated(replicas)
    )
    return Ports(POSTGRES_PORT, processes, REDIS_PORT if replicas > 1 else None)


def ports_from(first: int, replicas: int = 1) -> Ports:
    """Consecutive ports from `first`, so that a second suite (a test's, say) can run beside the usual one."""
    following = iter(range(first, first + 2 + 2 * len(PROCESSES) * replicas))
    postgres, redis = next(following), next(following) if replicas > 1 else None
    moved: list[Process] = []
    for process in _replicated(replicas):
        shares = process.name in ONE_PORT and process.replica > 1
        port = moved[-1].port if shares else next(following)
        moved.append(replace(process, port=port, admin_port=next(following) if process.admin_port else None))
    return Ports(postgres, tuple(moved), redis)


def _replicated(replicas: int) -> Iterator[Process]:
    for process in PROCESSES:
        for replica in range(1, 2 if process.name in ALONE else replicas + 1):
            yield replace(process, replica=replica)
