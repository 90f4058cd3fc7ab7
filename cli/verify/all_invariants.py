"""All six invariants at once: what `zikao verify all` prints, and what a chaos run ends with."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cli.staff.api_client import Api
from cli.verify import audit_chain, money_invariants, people_invariants
from cli.verify.check import connected

LOOK_SECONDS: Final = 0.2
UNDELIVERED: Final = "SELECT " + " + ".join(
    f"(SELECT count(*) FROM {service}.outbox)" for service in ("identity", "enrollment", "payment", "review")
)


@dataclass(frozen=True, slots=True)
class InvariantProof:
    """One part of it: what was checked and how many, and what is wrong; `trouble` is empty when nothing is."""

    what: str
    rows: Sequence[tuple[str, str]]
    trouble: str


async def prove(database_url: str, api: Api) -> Sequence[InvariantProof]:
    """Reads the database, every day's bill and the whole audit logs. `database_url` is the owner's. Raises
    ApiProblem.
    """
    people = await people_invariants.verify(database_url)
    money = await money_invariants.verify(database_url, api)
    logs = await audit_chain.check_all(api)
    entries = [
        ("invariant 6: entries of the audit logs whose chains verify", f"{sum(log.entries for log in logs):,}"),
        *(("invariant 6: head to keep elsewhere", str(log.head)) for log in logs if log.head),
    ]
    return (
        InvariantProof("people and cases", people.rows(), people.trouble),
        InvariantProof("money", money.rows(), money.trouble),
        InvariantProof("audit log", entries, "\n".join(f"Invariant 6: {log.broken}" for log in logs if log.broken)),
    )


async def delivered(database_url: str, seconds: float) -> int:
    """Waits until no event is on its way any more, at most so long; how many are left then."""
    async with connected(database_url) as connection:
        deadline = asyncio.get_running_loop().time() + seconds
        while True:
            left = int(await connection.fetchval(UNDELIVERED))
            if not left or asyncio.get_running_loop().time() > deadline:
                return left
            await asyncio.sleep(LOOK_SECONDS)
