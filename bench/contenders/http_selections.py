"""Selections through HTTP (EN-5): candidates who take three courses each, one after the other or side by side."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from bench.measurement.interleaving import Go, Plan, WrongAnswer, batches
from bench.measurement.load_generator import Answers, Request, opened
from bench.measurement.medians_and_ratios import Outcome
from bench.seeding.suite_candidates import SuiteCandidates
from bench.seeding.walked_candidates import COURSES, WalkedCandidate


@dataclass(slots=True)
class HttpSelections:
    """Every course is a unit; the same candidate's courses are in half-days that do not meet."""

    title: str
    candidates: SuiteCandidates
    connections: int = 0
    seconds: float = 0.0
    turns: list[Sequence[WalkedCandidate]] = field(default_factory=list)
    unit: str = "selections"

    def processes(self) -> Mapping[str, int]:
        """The suite's."""
        return self.candidates.suite.processes()

    async def prepare(self, plan: Plan) -> None:
        """Puts all candidates of all turns into the suite's tables."""
        await self.candidates.prepare()
        assert self.candidates.walked is not None
        sizes = [-(-size // COURSES) for size in plan.sizes]
        self.turns = batches(await self.candidates.copies(self.candidates.walked.before_selecting, sum(sizes)), sizes)
        self.connections, self.seconds = plan.connections, plan.seconds

    @asynccontextmanager
    async def turn(self, number: int) -> AsyncIterator[Go]:
        """Raises WrongAnswer for the first selection that was not answered or stored as it should."""
        # Course by course, so that nobody waits for themselves.
        people = self.turns[number]
        wanted = [(one, course) for course in range(COURSES) for one in people]
        requests = [_request(one, one.courses[course]) for one, course in wanted]
        async with opened(self.candidates.suite.gateway_port, requests, self.connections) as (send, answers):

            async def go() -> Outcome:
                return await send(self.seconds)

            yield go
        _must_be_drafts([one.courses[course] for one, course in wanted], answers)
        assert self.candidates.tables is not None
        stored = await self.candidates.tables.selections.count(
            self.candidates.suite.owner_url, owners=[one.candidate_id for one in people], state="DRAFT"
        )
        if stored != len(answers):
            raise WrongAnswer(f"{len(answers)} selections were answered, {stored} are stored")


def _request(candidate: WalkedCandidate, course: str) -> Request:
    body = {
        "registrationId": candidate.registration_id,
        "sessionId": candidate.session_id,
        "courseCode": course,
    }
    return Request("/v1/selections", candidate.token, json.dumps(body).encode())


def _must_be_drafts(courses: Sequence[str], answers: Answers) -> None:
    for number, answer in answers.items():
        said = json.loads(answer.body) if answer.status == 200 else {}
        if (said.get("courseCode"), said.get("state")) != (courses[number], "DRAFT"):
            raise WrongAnswer(f"a selection was answered {answer.status} {answer.body[:400].decode(errors='replace')}")
