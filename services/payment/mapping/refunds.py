"""Refunds, batches and bank details, between the contracts' words and the domain's."""

from zikao.payment.v1 import payment_service_pb2, resources_pb2, settlement_service_pb2

from chassis.rpc.message_mapping import message_of
from services.payment.domain.bilingual_text import Words
from services.payment.domain.refunds import BankAccount, NewRefund, Refund, RefundBatch, RefundReason, RefundState
from services.payment.domain.timeline_words import in_words


def new_refund(request: payment_service_pb2.CreateRefundRequest) -> NewRefund:
    """The refund that is asked for."""
    reason = RefundReason(resources_pb2.Refund.Reason.Name(request.reason))
    return NewRefund(request.refund_id, request.order_id, tuple(request.item_ids), reason, request.note)


def refund(one: Refund) -> resources_pb2.Refund:
    """A refund."""
    failure = in_words(one.failure_code) if one.failure_code else Words("", "")
    return message_of(resources_pb2.Refund, one, failure_zh=failure.zh, failure_en=failure.en)


def refund_state(value: int) -> RefundState | None:
    """The state asked for, if any."""
    return RefundState(resources_pb2.Refund.State.Name(value)) if value else None


def batch(one: RefundBatch) -> resources_pb2.RefundBatch:
    """A batch and its progress."""
    return message_of(resources_pb2.RefundBatch, one)


def bank_account(request: settlement_service_pb2.SetRefundAccountRequest) -> BankAccount:
    """The bank details given."""
    return BankAccount(request.holder_name, request.account_number, request.bank_name)
