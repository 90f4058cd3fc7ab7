"""Papers on a real PostgreSQL: one for the same facts, and a code to check it by until they change (EN-18)."""

from dataclasses import replace

import pytest

from chassis.errors import NotFound, ServiceUnavailable, TooManyRequests
from chassis.ids import new_id
from services.enrollment.domain.papers import PaperHolder, PaperKind, grouped
from services.enrollment.errors import PaperWithoutCourses
from services.enrollment.usecases import checkouts, papers, selections
from tests.integration.enrollment.stand_ins import (
    ANCIENT_LITERATURE_1,
    FOREIGN_LITERATURE,
    SESSION,
    select,
)
from tests.integration.enrollment.test_order_outcomes import deliver, paid, refunded
from tests.support.refusals import race

FORM, CONFIRMATION = PaperKind
ANYWHERE = "192.0.2.7"


@pytest.fixture(autouse=True)
def holder(standings, candidate) -> PaperHolder:
    """Whom identity says the papers are about."""
    said = PaperHolder("测**", "001X", b"as it was")
    standings.holders[candidate.candidate_id] = said
    return said


@pytest.fixture
async def order(candidate, deps, receiver):
    """A paid order of one course."""
    await select(candidate, ANCIENT_LITERATURE_1, deps)
    checkout = (await checkouts.check_out(deps, candidate.candidate_id, SESSION, new_id())).checkout
    await deliver(receiver, paid(checkout))
    return checkout


async def issue(deps, candidate, kind: PaperKind):
    return await papers.issue_paper(deps, candidate.candidate_id, candidate.registration_id, SESSION, kind)


async def check(deps, issued):
    return await papers.check_paper(deps, grouped(issued.paper.check_code).lower(), ANYWHERE)


async def test_the_same_facts_are_one_paper_however_often_it_is_asked_for(
    deps, make_deps, candidate, order
) -> None:  # EN-18, F-10
    issued = await race(*(issue(make_deps(), candidate, CONFIRMATION) for _ in range(5)))
    assert len({one.paper.check_code for one in issued}) == 1
    held = await papers.list_papers(deps, candidate.candidate_id)
    assert [(one.paper.paper_id, one.holds) for one in held] == [(issued[0].paper.paper_id, True)]
    assert held[0].paper.facts == issued[0].paper.facts


async def test_a_confirmation_holds_until_its_course_is_refunded(deps, receiver, candidate, order) -> None:
    # EN-18, PA-12
    issued = await issue(deps, candidate, CONFIRMATION)
    before = await check(deps, issued)
    assert (before.holds, before.holder.masked_name, before.holder.document_number_ending) == (True, "测**", "001X")
    await deliver(receiver, refunded(order))
    after = await check(deps, issued)
    assert (after.holds, after.end_time) == (False, deps.clock.now())
    assert after.paper.facts.courses == before.paper.facts.courses, "what it named stays readable"
    with pytest.raises(PaperWithoutCourses):
        await issue(deps, candidate, CONFIRMATION)


async def test_what_is_as_it_was_again_has_its_paper_back(deps, candidate) -> None:  # EN-18
    await select(candidate, ANCIENT_LITERATURE_1, deps)
    first = await issue(deps, candidate, FORM)
    other = await select(candidate, FOREIGN_LITERATURE, deps)
    assert not (await check(deps, first)).holds
    second = await issue(deps, candidate, FORM)
    assert second.paper.check_code != first.paper.check_code
    await selections.take_back_selection(deps, candidate.candidate_id, other.selection_id)
    assert (await issue(deps, candidate, FORM)).paper.check_code == first.paper.check_code
    assert ((await check(deps, first)).holds, (await check(deps, second)).holds) == (True, False)


async def test_a_corrected_name_and_an_ended_account_end_papers(deps, standings, holder, candidate, order) -> None:
    # EN-18, ID-15
    issued = await issue(deps, candidate, CONFIRMATION)
    standings.holders[candidate.candidate_id] = replace(holder, digest=b"corrected")
    assert not (await check(deps, issued)).holds
    del standings.holders[candidate.candidate_id]
    gone = await check(deps, issued)
    assert (gone.holds, gone.holder) == (False, None)


async def test_whether_it_holds_is_not_guessed_while_identity_is_away(deps, standings, candidate, order) -> None:
    # EN-18, GW-7
    issued = await issue(deps, candidate, CONFIRMATION)
    standings.away = True
    with pytest.raises(ServiceUnavailable):
        await check(deps, issued)


@pytest.mark.parametrize("typed", ["", "0000-0000-0000-0000-0000-0000", "不是编号", "'; DROP TABLE papers; --"])
async def test_whatever_is_no_code_of_a_paper_is_refused_alike(deps, candidate, order, typed: str) -> None:  # EN-18
    await issue(deps, candidate, CONFIRMATION)
    with pytest.raises(NotFound):
        await papers.check_paper(deps, typed, ANYWHERE)


async def test_checks_have_a_budget_for_each_address(deps, candidate, order) -> None:  # EN-18
    issued = await issue(deps, candidate, CONFIRMATION)
    frugal = replace(deps, config=deps.config.model_copy(update={"paper_checks_per_source": 1}))
    await check(frugal, issued)
    with pytest.raises(TooManyRequests):
        await check(frugal, issued)
    assert (await papers.check_paper(frugal, issued.paper.check_code, "192.0.2.8")).holds


async def test_anothers_registration_and_anothers_paper_do_not_exist(deps, candidate, order, ready_candidate) -> None:
    # EN-18
    issued, other = await issue(deps, candidate, CONFIRMATION), await ready_candidate()
    with pytest.raises(NotFound):
        await papers.issue_paper(deps, other.candidate_id, candidate.registration_id, SESSION, CONFIRMATION)
    with pytest.raises(NotFound):
        await papers.get_paper(deps, other.candidate_id, issued.paper.paper_id)
    with pytest.raises(NotFound):
        await papers.issue_paper(deps, candidate.candidate_id, candidate.registration_id, "1999-10", CONFIRMATION)
    assert (await papers.get_paper(deps, candidate.candidate_id, issued.paper.paper_id)).holds
