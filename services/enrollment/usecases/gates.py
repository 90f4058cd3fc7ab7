"""The gates (EN-2): evaluated on the copied standing, and asked afresh before one of them refuses on it. While identity
is away nobody is refused on the copy alone (GW-7).
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from chassis.errors import ServiceUnavailable
from services.enrollment.dependencies import Dependencies
from services.enrollment.domain.catalogue_lookups import session_of
from services.enrollment.domain.gates import IDENTITYS_FACTS, Facts, Gate, GateContext, all_gates, must_pass
from services.enrollment.usecases.ticket_numbers import keep_standing

GatesAhead = Callable[[GateContext], tuple[Gate, ...]]


async def gate_context(deps: Dependencies, candidate_id: str, session_id: str, facts: Facts) -> GateContext:
    """What is around facts that were just read. Raises NotFound for an unknown session."""
    catalogue = await deps.catalogue_cache.at(facts.revision)
    return GateContext(candidate_id, facts, catalogue, session_of(catalogue, session_id), deps.clock.now())


async def read_context(deps: Dependencies, candidate_id: str, session_id: str) -> GateContext:
    """The same with the facts as they are now. Raises NotFound for an unknown session."""
    facts = await deps.candidate_sessions.get_facts(candidate_id, session_id)
    return await gate_context(deps, candidate_id, session_id, facts)


async def pass_gates(deps: Dependencies, context: GateContext, ahead: GatesAhead) -> GateContext:
    """The context on whose facts every gate ahead is met. Raises GatesUnmet, and ServiceUnavailable where only identity
    can say whether they are.

    A gate that passes costs no call; one that would refuse on identity's facts first asks identity.
    """
    found = ahead(context)
    if _rests_on_identity(found):
        context = await _asked_afresh(deps, context)
        found = ahead(context)
    must_pass(found)
    return context


async def list_gates(deps: Dependencies, candidate_id: str, session_id: str) -> tuple[Gate, ...]:
    """Every gate of a session, met and unmet; as last heard of while identity is away. Raises NotFound."""
    context = await read_context(deps, candidate_id, session_id)
    if _rests_on_identity(all_gates(context)):
        with suppress(ServiceUnavailable):
            context = await _asked_afresh(deps, context)
    return all_gates(context)


def _rests_on_identity(found: tuple[Gate, ...]) -> bool:
    return any(gate.obstacle in IDENTITYS_FACTS for gate in found)


async def _asked_afresh(deps: Dependencies, context: GateContext) -> GateContext:
    standing = await deps.identity.get_standing(context.candidate_id)
    if standing is None:
        return context
    async with deps.transactions.begin() as transaction:
        await keep_standing(deps, transaction, standing)
    facts = await deps.candidate_sessions.get_facts(context.candidate_id, context.session.session_id)
    return replace(context, facts=facts, catalogue=await deps.catalogue_cache.at(facts.revision))
