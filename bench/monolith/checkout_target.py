"""The monolith as one of those that checkouts are measured at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import asyncpg

from bench.contenders.http_checkouts import Buyer
from bench.monolith.invented_candidates import Candidate, Programme, invent
from bench.monolith.seeding import seed_monolith
from bench.seeding.walked_candidates import Draft
from chassis.clock import SystemClock
from chassis.ids import new_id
from chassis.security.tokens import Access, Principal, Signer

TOKEN_LASTS: Final = timedelta(hours=1)
_ORDERS: Final = "SELECT count(*) FROM orders WHERE candidate_id = ANY($1::uuid[])"


@dataclass(frozen=True, slots=True)
class MonolithShop:
    """A monolith that runs. `signer` speaks for candidates, as identity does."""

    pid: int
    port: int
    owner_url: str
    programme: Programme
    signer: Signer

    def processes(self) -> Mapping[str, int]:
        """Its one process; its workers are children of it."""
        return {"monolith": self.pid}

    async def buyers(self, count: int) -> Sequence[Buyer]:
        """Invented ones."""
        candidates = invent(self.programme, count, SystemClock().now())
        await seed_monolith(self.owner_url, self.programme, candidates)
        return [buyer_of(candidate, self.programme, self.signer) for candidate in candidates]

    async def count_orders(self, candidate_ids: Sequence[str]) -> int:
        """The monolith's own."""
        connection = await asyncpg.connect(self.owner_url)
        try:
            return int(await connection.fetchval(_ORDERS, candidate_ids))
        finally:
            await connection.close()


def buyer_of(candidate: Candidate, programme: Programme, signer: Signer) -> Buyer:
    """An invented candidate with a token of theirs."""
    principal = Principal(Access.CANDIDATE, candidate.candidate_id, login_session_id=new_id())
    return Buyer(
        candidate.candidate_id,
        signer.sign(principal, TOKEN_LASTS),
        programme.session_id,
        programme.undertaking_version,
        tuple(Draft(held.selection_id, held.course.code, held.course.fee_fen) for held in candidate.drafts),
    )
