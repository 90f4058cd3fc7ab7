"""The explicit table of what runs: the one place that says which processes make up the suite and where they listen."""

from dataclasses import dataclass, replace


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

    @property
    def ready_url(self) -> str:
        """Answers 200 when the process can do its work."""
        return f"http://127.0.0.1:{self.admin_port or self.port}/readyz"


POSTGRES_PORT = 7432

PROCESSES: tuple[Process, ...] = (
    Process("sandbox", "the outside world, simulated", 8090),
    Process("review", "cases, materials, decisions, audit", 7104, 7204),
    Process("identity", "people, passwords, login sessions", 7101, 7201),
    Process("payment", "orders, attempts, receipts", 7103, 7203),
    Process("enrollment", "catalogue, registrations, selections", 7102, 7202),
    Process("gateway", "HTTP/JSON for candidates, reviewers and operators", 8080, 7205),
)


@dataclass(frozen=True, slots=True)
class Ports:
    """Every port the suite takes, all on 127.0.0.1."""

    postgres: int
    processes: tuple[Process, ...]

    def of(self, name: str) -> Process:
        """The process called `name`."""
        return next(process for process in self.processes if process.name == name)

    def all(self, *, with_postgres: bool) -> tuple[tuple[int, str], ...]:
        """(port, who wants it), for the check before anything starts."""
        pairs = [(self.postgres, "PostgreSQL")] if with_postgres else []
        for process in self.processes:
            pairs.append((process.port, process.name))
            if process.admin_port is not None:
                pairs.append((process.admin_port, f"{process.name} (health and metrics)"))
        return tuple(pairs)


def usual_ports() -> Ports:
    """The ports the documentation names."""
    return Ports(POSTGRES_PORT, PROCESSES)


def ports_from(first: int) -> Ports:
    """Consecutive ports from `first`, so that a second suite (a test's, say) can run beside the usual one."""
    following = iter(range(first + 1, first + 1 + 2 * len(PROCESSES)))
    moved = tuple(
        replace(process, port=next(following), admin_port=next(following) if process.admin_port else None)
        for process in PROCESSES
    )
    return Ports(first, moved)
