"""Entries about what operators do with an order in more than one step (RE-11)."""

from collections.abc import Mapping

from chassis.audit_log.notes import AuditAction, AuditNote
from services.payment.dependencies import Dependencies
from services.payment.domain.orders import Order

NO_FACTS: Mapping[str, str] = {}


async def note_begun(
    deps: Dependencies, action: AuditAction, order: Order, facts: Mapping[str, str] = NO_FACTS
) -> None:
    """Notes what is about to be done: steps that go over the payment platform have no transaction in common, so the
    entry is there before the first. The order's timeline says what came of it (PA-11).
    """
    await deps.audit_log.add_entry(AuditNote(action, "order", order.order_id, order.candidate_id, facts=facts))
