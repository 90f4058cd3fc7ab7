"""Giving money back (PA-6, PA-12): the platform is asked until a refund is settled, and operators are told what no rule
settles.

Everything that must be remembered is in the database: killed at any moment, it goes on where it was, and since a refund
has one number at the platform however often it is asked for, nobody is paid twice.
"""

from collections.abc import Mapping

from services.payment.dependencies import Dependencies
from services.payment.domain.operator_queue import Detail, ExceptionKind, Finding, Resolution
from services.payment.domain.platform_messages import RefundAnswer
from services.payment.domain.refunds import ON_ITS_WAY, ROUTE_CLOSED, Refund, RefundState
from services.payment.domain.timeline import EventKind, Source, TimelineEvent
from services.payment.domain.working_days import local_date
from services.payment.errors import ProviderUnavailable
from services.payment.ports import RefundRefused


async def execute_refund(deps: Dependencies, refund_id: str) -> bool:
    """Asks the platform for one refund; False when it did not answer (F-9, F-18)."""
    refund = await deps.refunds.find_refund(refund_id)
    if refund is None or refund.state not in ON_ITS_WAY:
        return True
    try:
        answer = await _ask(deps, refund)
    except ProviderUnavailable:
        await _postpone(deps, refund, refund.state, "UNREACHABLE")
        return False
    except RefundRefused as refused:
        await _refused(deps, refund, refused)
        return True
    match answer:
        case RefundAnswer.SUCCEEDED:
            await _succeeded(deps, refund)
        case RefundAnswer.PROCESSING:
            await _postpone(deps, refund, RefundState.PROCESSING, answer.value)
        case RefundAnswer.REFUSED:
            await _refused(deps, refund, RefundRefused(answer.value))
    return True


async def _ask(deps: Dependencies, refund: Refund) -> RefundAnswer:
    provider = deps.provider(refund.provider)
    if refund.state is RefundState.PROCESSING and (stands := await provider.query_refund(refund.refund_id)):
        return stands
    if refund.to_bank_account:
        payout = deps.bank_payout(refund.provider)
        account = await deps.refund_accounts.find_account(refund.order_id)
        if payout is None or account is None:
            raise RefundRefused(ROUTE_CLOSED, route_closed=True)
        return await payout.pay_out(refund.refund_id, refund.out_trade_no, refund.amount_fen, account)
    return await provider.refund(refund.refund_id, refund.out_trade_no, refund.amount_fen)


async def _succeeded(deps: Dependencies, refund: Refund) -> None:
    now = deps.clock.now()
    if await deps.refunds.complete_refund(refund, _answered(refund, "SUCCEEDED"), now=now):
        if refund.asks:  # it was not back at the first question, so it may have been raised
            kind, how = ExceptionKind.REFUND_FAILED, Resolution.MONEY_IS_BACK
            await deps.operator_queue.resolve_by_rule(refund.order_id, kind, how, now=now)
        deps.order_changes.publish(refund.order_id)


async def _postpone(deps: Dependencies, refund: Refund, state: RefundState, outcome: str) -> None:
    now = deps.clock.now()
    due = deps.config.refunds.again(refund.asks, now)
    await deps.refunds.postpone_refund(refund, state, _answered(refund, outcome), now=now, due=due)
    if local_date(now) > refund.due_date:
        await _raise(deps, refund, Detail.REFUND_OVERDUE, {"due_date": refund.due_date.isoformat()})


async def _refused(deps: Dependencies, refund: Refund, refused: RefundRefused) -> None:
    """A closed way is left for the bank account where there is one; anything else is for an operator."""
    now, closed = deps.clock.now(), refused.route_closed
    if closed and not refund.to_bank_account and await deps.refund_accounts.find_account(refund.order_id):
        await deps.refunds.retry_refund(refund, _answered(refund, ROUTE_CLOSED), now=now, to_bank_account=True)
        return
    code = ROUTE_CLOSED if closed else refused.provider_code
    if await deps.refunds.fail_refund(refund, code, _answered(refund, code), now=now):
        detail = Detail.ROUTE_CLOSED if closed else Detail.REFUND_REFUSED
        await _raise(deps, refund, detail, {"provider_code": refused.provider_code})
        deps.order_changes.publish(refund.order_id)


async def _raise(deps: Dependencies, refund: Refund, detail: Detail, facts: Mapping[str, str]) -> None:
    finding = Finding(
        ExceptionKind.REFUND_FAILED,
        about=refund.refund_id,
        order_id=refund.order_id,
        provider=refund.provider,
        out_trade_no=refund.out_trade_no,
        expected_fen=refund.amount_fen,
        detail=detail,
        facts=facts,
    )
    await deps.operator_queue.add_finding(finding, now=deps.clock.now())


def _answered(refund: Refund, outcome: str) -> TimelineEvent:
    return TimelineEvent(EventKind.REFUND_REQUESTED, Source.SWEEP, outcome, refund.attempt_number, refund.amount_fen)
