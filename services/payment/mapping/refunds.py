"""Refunds, batches and bank details, between the contracts' words and the domain's."""

from zikao.payment.v1 import payment_service_pb2, resources_pb2, settlement_service_pb2

from services.payment.domain.bilingual_text import Words
from services.payment.domain.refunds import BankAccount, NewRefund, Refund, RefundBatch, RefundReason, RefundState
from services.payment.domain.timeline_words import in_words
from services.payment.mapping.timestamps import instant


def new_refund(request: payment_service_pb2.CreateRefundRequest) -> NewRefund:
    """The refund that is asked for."""
    reason = RefundReason(resources_pb2.Refund.Reason.Name(request.reason))
    return NewRefund(request.refund_id, request.order_id, tuple(request.item_ids), reason)


def refund(one: Refund) -> resources_pb2.Refund:
    """A refund."""
    failure = in_words(one.failure_code) if one.failure_code else Words("", "")
    return resources_pb2.Refund(
        refund_id=one.refund_id,
        order_id=one.order_id,
        attempt_number=one.attempt_number,
        item_ids=one.item_ids,
        amount_fen=one.amount_fen,
        state=one.state.value,
        reason=one.reason.value,
        create_time=instant(one.create_time),
        success_time=instant(one.success_time),
        due_date=one.due_date.isoformat(),
        failure_code=one.failure_code,
        failure_zh=failure.zh,
        failure_en=failure.en,
        to_bank_account=one.to_bank_account,
        refund_batch_id=one.refund_batch_id,
    )


def refund_state(value: int) -> RefundState | None:
    """The state asked for, if any."""
    return RefundState(resources_pb2.Refund.State.Name(value)) if value else None


def batch(one: RefundBatch) -> resources_pb2.RefundBatch:
    """A batch and its progress."""
    return resources_pb2.RefundBatch(
        refund_batch_id=one.refund_batch_id,
        session_id=one.session_id,
        note=one.note,
        state=one.state.value,
        total_count=one.total_count,
        succeeded_count=one.succeeded_count,
        failed_count=one.failed_count,
        total_fen=one.total_fen,
        succeeded_fen=one.succeeded_fen,
        create_time=instant(one.create_time),
        complete_time=instant(one.complete_time),
        etag=one.etag,
    )


def bank_account(request: settlement_service_pb2.SetRefundAccountRequest) -> BankAccount:
    """The bank details given."""
    return BankAccount(request.holder_name, request.account_number, request.bank_name)
