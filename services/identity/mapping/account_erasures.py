"""Erasures of accounts on the wire."""

from zikao.identity.v1 import personal_data_service_pb2 as api

from chassis.rpc.message_mapping import message_of
from services.identity.domain.personal_data.account_erasures import AccountErasure


def erasure_message(erasure: AccountErasure) -> api.AccountErasure:
    """How far an erasure has come."""
    return message_of(api.AccountErasure, erasure, cause=api.AccountErasure.Cause.Value(erasure.cause.value))
