"""Whatever candidates, schools, payment and time do at once, the invariants hold after every step (docs/rules.md)."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from zikao.payment.v1 import payment_service_pb2 as payment_pb

from services.enrollment.domain.catalogue import CourseKind
from services.enrollment.domain.checkouts import OrderFate
from tests.integration.enrollment.exam_sessions import publish
from tests.integration.enrollment.random_events import PASSED, PLACES, World

RUNS, STEPS, AT_ONCE, EARLIEST_END = 8, 16, 6, 12
STEP_SECONDS = 30.0

people = st.integers(0, 2)
five = st.integers(0, 4)
deeds = st.one_of(
    st.tuples(st.just("select"), people, st.integers(0, 1), five),
    st.tuples(st.just("select"), people, st.integers(0, 1), five),
    st.tuples(st.just("select_practice"), people, st.integers(0, 2)),
    st.tuples(st.just("take_back"), people, st.just(0), five),
    st.tuples(st.sampled_from(("check_out", "pay", "confirm")), people),
    st.tuples(st.sampled_from(("check_out", "pay")), people),
    st.tuples(st.sampled_from(("expire", "pay_late", "refund")), people),
    st.tuples(st.just("set_time"), st.integers(0, 2), st.integers(0, 5)),
    st.tuples(st.just("settle_times")),
)


async def test_the_invariants_hold_after_every_step(deps, make_deps, files, clock, orders, db) -> None:
    # Invariants 1 and 2, EN-5 to EN-10, PA-6, PA-7
    loop, processes = asyncio.get_running_loop(), [make_deps() for _ in range(3)]

    def here(work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, loop).result(STEP_SECONDS)

    async def begin() -> World:
        session = await publish(deps, files, clock)
        crowd = [await session.candidate(*PLACES, passed=PASSED) for _ in range(3)]
        return World(session, crowd, db, orders, processes)

    class Crowd(RuleBasedStateMachine):
        """Three candidates at two schools, from the opening of a window to its end."""

        def __init__(self) -> None:
            super().__init__()
            self.world = here(begin())
            self.steps_before_the_end = EARLIEST_END

        @rule(chosen=st.lists(deeds, min_size=2, max_size=AT_ONCE))
        def things_happen_at_once(self, chosen: list[tuple[Any, ...]]) -> None:
            self.steps_before_the_end -= 1
            here(self.world.at_once(*(getattr(self.world, name)(*details) for name, *details in chosen)))

        @precondition(lambda self: self.steps_before_the_end <= 0)
        @rule(meanwhile=st.lists(deeds, max_size=AT_ONCE))
        def the_window_ends_meanwhile(self, meanwhile: list[tuple[Any, ...]]) -> None:
            world = self.world
            here(world.at_once(*(getattr(world, name)(*details) for name, *details in meanwhile), world.end()))

        @invariant()
        def everything_is_as_it_must_be(self) -> None:
            for check in CHECKS:
                here(check(self.world))

    await asyncio.to_thread(
        run_state_machine_as_test,
        Crowd,
        settings=settings(
            max_examples=RUNS,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


async def nobody_is_in_two_places(world: World) -> None:  # invariant 1, EN-5
    found = await world.db.driver.fetch(
        "SELECT a.selection_id, b.selection_id FROM selections a JOIN selections b USING (candidate_id) "
        "WHERE a.live AND b.live AND a.selection_id < b.selection_id "
        "AND (a.time_range && b.time_range OR (a.session_id, a.course_code) = (b.session_id, b.course_code))"
    )
    assert found == []


async def everybody_has_the_time_of_the_sitting(world: World) -> None:
    # EN-5, EN-6: never an old time; none only where somebody else's is in the way
    await world.settle_times()
    catalogue = await world.session.deps.catalogue_cache.latest()
    for person in world.people:
        live = await world.session.deps.candidate_sessions.list_live_selections(person.candidate_id)
        schools = {held.registration_id: held.school_code for held in person.registrations}
        for held in live:
            sitting = catalogue.sitting(held.session_id, schools[held.registration_id], held.course_code)
            wanted = sitting.occupies(held.course_kind) if sitting else None
            rivals = [other for other in live if wanted and other.occupies and other.occupies.overlaps(wanted)]
            if held.occupies is None and wanted is not None:
                assert held.course_kind is not CourseKind.THEORY
                assert rivals
            else:
                assert held.occupies == wanted


async def what_counts_is_paid_and_what_is_paid_counts(world: World) -> None:  # invariant 2, EN-8, PA-6
    rows = await world.db.driver.fetch(
        "SELECT selection_id::text, order_id::text FROM selections "
        "WHERE session_id = $1 AND state = 'EFFECTIVE' AND course_kind = 'THEORY'",
        world.session.session_id,
    )
    effective = dict(rows)
    for selection_id, order_id in effective.items():
        assert world.orders.book[order_id] is OrderFate.PAID
        assert selection_id in world.paid[order_id]
    asked = await _asked_for_refund(world)
    for order_id, items in world.paid.items():
        for item in items - world.refunded - asked:
            assert effective.get(item) == order_id


async def _asked_for_refund(world: World) -> set[str]:
    found = await world.db.driver.fetch("SELECT payload FROM outbox WHERE destination = 'payment.CreateRefund'")
    return {item for row in found for item in payment_pb.CreateRefundRequest.FromString(row["payload"]).item_ids}


async def what_is_reserved_waits_for_its_order(world: World) -> None:  # EN-9, PA-7
    found = await world.db.driver.fetch(
        "SELECT s.selection_id FROM selections s LEFT JOIN checkouts c USING (order_id) "
        "WHERE s.session_id = $1 AND s.state = 'RESERVED' "
        "AND (c.state IS DISTINCT FROM 'UNSETTLED' OR s.selection_id <> ALL(c.selection_ids))",
        world.session.session_id,
    )
    assert found == []
    unsettled = await world.db.driver.fetch(
        "SELECT c.candidate_id FROM checkouts c WHERE c.session_id = $1 AND c.state = 'UNSETTLED' "
        "GROUP BY c.candidate_id HAVING count(*) > 1",
        world.session.session_id,
    )
    assert unsettled == []


async def nothing_unpaid_outlives_the_window(world: World) -> None:  # EN-8, F-15
    if world.session.clock.now() < world.session.end:
        return
    await world.end()  # whatever raced with the first round is found by the next
    left = await world.db.driver.fetch(
        "SELECT state FROM selections WHERE session_id = $1 AND live AND state NOT IN ('EFFECTIVE', 'RESERVED')",
        world.session.session_id,
    )
    assert left == []


CHECKS: tuple[Callable[[World], Coroutine[Any, Any, None]], ...] = (
    nobody_is_in_two_places,
    everybody_has_the_time_of_the_sitting,
    what_counts_is_paid_and_what_is_paid_counts,
    what_is_reserved_waits_for_its_order,
    nothing_unpaid_outlives_the_window,
)
