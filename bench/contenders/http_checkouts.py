"""Checkouts through HTTP: a suite's and the monolith's, driven and checked by the same code."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol, Self

from bench.measurement.interleaving import Go, Plan, WrongAnswer, batches
from bench.measurement.load_generator import Answer, Answers, Request, opened
from bench.measurement.medians_and_ratios import Outcome
from bench.seeding.suite_candidates import SuiteCandidates
from bench.seeding.walked_candidates import Draft, WalkedCandidate
from chassis.ids import new_id


@dataclass(frozen=True, slots=True)
class Buyer:
    """Somebody who is about to check out; `token` is one that the application has not seen before."""

    candidate_id: str
    token: str
    session_id: str
    undertaking_version: str
    drafts: tuple[Draft, ...]
    words: tuple[str, ...] = ()

    @classmethod
    def of(cls, candidate: WalkedCandidate, undertaking_version: str) -> Self:
        """A candidate of a suite; `words` are theirs in its tables."""
        return cls(
            candidate.candidate_id,
            candidate.token,
            candidate.session_id,
            undertaking_version,
            candidate.drafts,
            candidate.words,
        )

    @property
    def total_fen(self) -> int:
        """What the checkout comes to."""
        return sum(draft.fee_fen for draft in self.drafts)


class Shop(Protocol):
    """An application that checks candidates out."""

    @property
    def port(self) -> int:
        """Where it listens."""
        ...

    def processes(self) -> Mapping[str, int]:
        """Its processes, by name."""
        ...

    async def buyers(self, count: int) -> Sequence[Buyer]:
        """So many, in the application's tables."""
        ...

    async def count_orders(self, candidate_ids: Sequence[str]) -> int:
        """How many orders of these candidates are stored."""
        ...


@dataclass(frozen=True, slots=True)
class SuiteShop:
    """A suite."""

    candidates: SuiteCandidates

    @property
    def port(self) -> int:
        """The gateway's."""
        return self.candidates.suite.gateway_port

    def processes(self) -> Mapping[str, int]:
        """The suite's."""
        return self.candidates.suite.processes()

    async def buyers(self, count: int) -> Sequence[Buyer]:
        """Copies of a candidate who stands before the checkout, who agree to what another one agreed to."""
        await self.candidates.prepare()
        walked = self.candidates.walked
        assert walked is not None
        assert walked.before_payment.order is not None
        version = walked.before_payment.order.undertaking_version
        return [Buyer.of(one, version) for one in await self.candidates.copies(walked.before_checkout, count)]

    async def count_orders(self, candidate_ids: Sequence[str]) -> int:
        """Payment's."""
        assert self.candidates.tables is not None
        return await self.candidates.tables.orders.count(self.candidates.suite.owner_url, owners=candidate_ids)


@dataclass(slots=True)
class HttpCheckouts:
    """Every buyer checks out once."""

    title: str
    shop: Shop
    connections: int = 0
    seconds: float = 0.0
    turns: list[Sequence[Buyer]] = field(default_factory=list)
    unit: str = "checkouts"

    def processes(self) -> Mapping[str, int]:
        """The application's."""
        return self.shop.processes()

    async def prepare(self, plan: Plan) -> None:
        """Puts all buyers of all turns into the application's tables."""
        self.turns = batches(await self.shop.buyers(sum(plan.sizes)), plan.sizes)
        self.connections, self.seconds = plan.connections, plan.seconds

    @asynccontextmanager
    async def turn(self, number: int) -> AsyncIterator[Go]:
        """Raises WrongAnswer for the first checkout that was not answered or stored as it should."""
        buyers = self.turns[number]
        async with opened(self.shop.port, [request_of(buyer) for buyer in buyers], self.connections) as (send, answers):

            async def go() -> Outcome:
                return await send(self.seconds)

            yield go
        await self._check(buyers, answers)

    async def _check(self, buyers: Sequence[Buyer], answers: Answers) -> None:
        for number, answer in answers.items():
            must_be_checked_out(buyers[number], answer)
        stored = await self.shop.count_orders([buyer.candidate_id for buyer in buyers])
        if stored != len(answers):
            raise WrongAnswer(f"{len(answers)} checkouts were answered, {stored} orders are stored")


def request_of(buyer: Buyer) -> Request:
    """The checkout as the buyer would send it."""
    body = {"requestId": new_id(), "selectionIds": [draft.selection_id for draft in buyer.drafts]}
    return Request(f"/v1/sessions/{buyer.session_id}:checkout", buyer.token, json.dumps(body).encode())


def must_be_checked_out(buyer: Buyer, answer: Answer) -> None:
    """EN-10: one order over exactly the buyer's drafts, at their fees, known to payment. Raises WrongAnswer."""
    if answer.status != 200:
        raise WrongAnswer(f"a checkout was answered {answer.status} {answer.body[:400].decode(errors='replace')}")
    said = json.loads(answer.body)
    items = {(item["selectionId"], item["courseCode"], int(item["feeFen"])) for item in said["items"]}
    wanted = {(draft.selection_id, draft.course_code, draft.fee_fen) for draft in buyer.drafts}
    stands = said["orderState"], int(said["totalFen"]), said["undertakingVersion"]
    if not said["orderId"] or items != wanted or len(said["items"]) != len(wanted):
        raise WrongAnswer(f"a checkout of other courses: {said}")
    if stands != ("UNSETTLED", buyer.total_fen, buyer.undertaking_version):
        raise WrongAnswer(f"a checkout that stands otherwise: {said}")
