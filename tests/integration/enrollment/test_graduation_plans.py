"""Graduation plans over what a candidate has passed (EN-13)."""

import asyncio

import pytest

from chassis.errors import NotFound, Overloaded
from chassis.ids import new_id
from chassis.process.thread_pool import ThreadPool
from chassis.security.tokens import Access, Principal
from services.enrollment.adapters.solver.highs import HighsSolver
from services.enrollment.domain.graduation.graduation_plans import task_of
from services.enrollment.usecases import graduation_plans
from tests.integration.enrollment.stand_ins import AESTHETICS, LINGUISTICS, SESSION, select

THESIS = "10196"


def reader(candidate_id: str) -> Principal:
    return Principal(Access.CANDIDATE, candidate_id)


async def passes_all_but(candidate, deps, *left: str) -> None:
    registration = candidate.registrations[0]
    catalogue = await deps.catalogue_cache.latest()
    plan = catalogue.plans[registration.school_code, registration.major_code]
    async with deps.transactions.begin() as transaction:
        await transaction.add_passed_courses(
            (candidate.candidate_id, code) for code in plan.courses if code not in left
        )


async def test_what_is_passed_is_not_planned_again(candidate, deps) -> None:  # EN-13
    await passes_all_but(candidate, deps, AESTHETICS, LINGUISTICS)
    plan = await graduation_plans.plan_graduation(deps, candidate.registration_id, reader(candidate.candidate_id))
    assert plan.obstacle is None
    assert [(step.session_id, step.course_codes) for step in plan.steps] == [(SESSION, (AESTHETICS, LINGUISTICS))]


async def test_a_plan_that_the_published_sessions_cannot_finish_says_why_and_how_far_they_lead(
    candidate, deps
) -> None:  # EN-13
    await passes_all_but(candidate, deps, AESTHETICS, THESIS)
    plan = await graduation_plans.plan_graduation(deps, candidate.registration_id, reader(candidate.candidate_id))
    assert [(step.session_id, step.course_codes) for step in plan.steps] == [(SESSION, (AESTHETICS,))]
    assert THESIS in plan.obstacle.zh
    assert THESIS in plan.obstacle.en


async def test_what_is_selected_is_not_recommended_again(candidate, deps) -> None:  # EN-13
    await passes_all_but(candidate, deps, AESTHETICS, LINGUISTICS)
    await select(candidate, AESTHETICS, deps)
    plan = await graduation_plans.plan_graduation(deps, candidate.registration_id, reader(candidate.candidate_id))
    assert [step.selected_course_codes for step in plan.steps] == [(AESTHETICS,)]


async def test_anothers_plan_is_not_found(candidate, deps) -> None:  # EN-13
    with pytest.raises(NotFound):
        await graduation_plans.plan_graduation(deps, candidate.registration_id, reader(new_id()))


async def test_more_plans_than_fit_are_refused_and_not_queued(candidate, deps) -> None:  # EN-13
    catalogue = await deps.catalogue_cache.latest()
    task = task_of(catalogue, candidate.registrations[0], frozenset(), deps.clock.now())
    with ThreadPool("one", most_waiting=0, workers=1) as threads:
        solver = HighsSolver(threads)
        outcomes = await asyncio.gather(*(solver.fewest_sessions(task) for _ in range(3)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes[1:]] == [Overloaded, Overloaded]
    assert outcomes[0] is None
