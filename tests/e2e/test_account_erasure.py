"""An account is erased in all four services: whoever reads every table and every image finds nothing of the person
(ID-20).
"""

import random
from typing import TYPE_CHECKING, Final

from cli.demo.invented_people import invent
from cli.journey.steps import candidate_steps, reviewer_steps
from cli.journey.steps.candidate_steps import Candidate
from cli.journey.steps.journey_context import JourneyContext
from cli.staff.api_client import Api
from cli.verify import audit_chain
from sandbox.portraits import portrait
from tests.e2e.database_invariants import all_delivered, broken
from tests.e2e.suite_process import SuiteProcess
from tests.support.wait_until import wait_until

if TYPE_CHECKING:
    import asyncpg

IDS_STAY: Final = {
    "identity.account_erasures",
    "identity.login_sessions",
    "enrollment.standings",
    "review.cases",
    *(f"{service}.audit_entries" for service in audit_chain.SERVICES),
}
"""Where the id of an erased account stays, among codes and times."""


async def dump(database: "asyncpg.Connection[asyncpg.Record]") -> dict[str, str]:
    """Every table of every service, as text."""
    tables = await database.fetch(
        "SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname = ANY($1)", list(audit_chain.SERVICES)
    )
    return {name: str([tuple(row) for row in await database.fetch(f"SELECT * FROM {name}")]) for (name,) in tables}


def images(suite: SuiteProcess) -> int:
    return sum(path.is_file() for path in suite.home.blobs.rglob("*"))


async def under_review(journey: JourneyContext) -> Candidate:
    """Somebody whom the register does not know: with a portrait, a registration, and a case with images."""
    person = invent(random.SystemRandom(), "TAIWAN_PERMIT")
    candidate = await candidate_steps.create_account(journey.visitor, person)
    await candidate_steps.register(candidate)
    await candidate_steps.give_particulars(candidate, journey.outside)
    await candidate_steps.upload_portrait(candidate, portrait(person.portrait_seed))
    case = await candidate_steps.check_face(candidate, "SENT_TO_REVIEW")
    await reviewer_steps.hand_in_proofs(candidate, str(case["reviewCaseId"]), portrait(person.portrait_seed))
    return candidate


async def test_nothing_is_left_of_an_erased_account_but_ids_and_times(
    journey: JourneyContext, suite: SuiteProcess, operator: Api, database: "asyncpg.Connection[asyncpg.Record]"
) -> None:  # ID-20, RE-7, invariant 6
    before = images(suite)
    leaving, rival = await under_review(journey), await under_review(journey)
    path, person = f"/v1/candidates/{leaving.candidate_id}", leaving.person
    search = {"number": person.document_number}
    await operator.send("POST", "/v1/candidates:search", search)
    assert images(suite) > before
    for service, shown in (("identity", "candidates.json"), ("enrollment", "registrations"), ("review", "images/")):
        exported = await leaving.caller.call("export", "GET", f"{path}/{service}-data")
        assert shown in exported.text
    kept = (images(suite) - before) // 2
    answer = await leaving.caller.send("erase the account", "POST", f"{path}:erase", {})
    assert answer["eraseTime"]

    async def erased_everywhere() -> bool:
        row = await database.fetchrow(
            "SELECT * FROM identity.account_erasures WHERE candidate_id = $1", leaving.candidate_id
        )
        return row is not None and None not in tuple(row)

    await wait_until(erased_everywhere)
    await all_delivered(database)
    tables = await dump(database)
    assert {name for name, rows in tables.items() if leaving.candidate_id in rows} <= IDS_STAY
    everything = "".join(tables.values())
    for said in (person.document_number, person.name, person.phone, person.email):
        assert said not in everything
    assert images(suite) - before == kept
    assert (await operator.send("POST", "/v1/candidates:search", search)).get("candidates", []) == []
    (shown,) = (await operator.get("/v1/account-erasures"))["erasures"]
    assert shown["candidateId"] == leaving.candidate_id
    await leaving.caller.refused("look at an erased account", "GET", path, None, "UNAUTHENTICATED")
    own = await rival.caller.get("look at one's own", f"/v1/candidates/{rival.candidate_id}")
    assert own["identityState"] == "UNDER_REVIEW"
    assert await broken(database) == {}
    for log in await audit_chain.check_all(operator):
        assert log.broken == ""


async def test_who_has_a_ticket_number_is_not_erased(candidate: Candidate) -> None:  # ID-20
    path = f"/v1/candidates/{candidate.candidate_id}"
    await candidate.caller.refused("erase a student", "POST", f"{path}:erase", {}, "TICKET_NUMBER_HELD")
    assert (await candidate.caller.get("look at oneself", path))["candidateId"] == candidate.candidate_id
