"""Ids and codes in requests have a form that their contract states, so that nothing else reaches a database (F-26)."""

from collections.abc import Iterator
from typing import Final

import pytest
from buf.validate import validate_pb2
from google.api import field_behavior_pb2
from google.protobuf.descriptor import Descriptor, FieldDescriptor

from gateway.contracts.rpcs import Contracts

WITHOUT_A_FORM: Final = {
    "zikao.common.v1.Event.aggregate_id": "the id of whatever the event is about: an order's, a session's",
    "zikao.common.v1.ListAuditEntriesRequest.object_id": "the id of whatever was done something to",
    "zikao.enrollment.v1.Answer.question_id": "compared with what the questionnaire has",
    "zikao.enrollment.v1.Answer.option_ids": "compared with what the questionnaire has",
    "zikao.enrollment.v1.CheckPaperRequest.check_code": "typed by a person in any spelling",
    "zikao.enrollment.v1.RegistrationRow.school_code": "a row that is wrong is refused by itself, with its column",
    "zikao.enrollment.v1.RegistrationRow.major_code": "a row that is wrong is refused by itself, with its column",
    "zikao.enrollment.v1.RegistrationRow.passed_course_codes": "a row that is wrong is refused by itself",
    "zikao.identity.v1.ImportCandidatesRequest.Row.school_code": "a row that is wrong is refused by itself",
    "zikao.identity.v1.CompleteSignInRequest.authorization_code": "as a provider of sign-in likes to make them",
    "zikao.identity.v1.ProveSecondFactorRequest.backup_code": "typed by a person in any spelling",
    "zikao.identity.v1.ProveSecondFactorRequest.totp_code": "typed by a person in any spelling",
    "zikao.identity.v1.ConfirmTotpEnrolmentRequest.totp_code": "typed by a person in any spelling",
    "zikao.identity.v1.Details.postal_code": "typed by a person in any spelling",
    "zikao.payment.v1.OrderItem.course_code": "enrollment's own, shown and never looked up",
}
"""Fields of requests whose contract bounds their length only, or not even that, and why."""


def fields(message: Descriptor, seen: set[str]) -> Iterator[FieldDescriptor]:
    """The fields of a request, and of whatever is in it."""
    if message.full_name in seen or not message.full_name.startswith("zikao."):
        return
    seen.add(message.full_name)
    for field in message.fields:
        yield field
        if field.message_type is not None:
            yield from fields(field.message_type, seen)


def names_something(field: FieldDescriptor) -> bool:
    behaves = field.GetOptions().Extensions[field_behavior_pb2.field_behavior]
    named = field.name.endswith(("_id", "_ids", "_code", "_codes"))
    return named and field.type == field.TYPE_STRING and field_behavior_pb2.OUTPUT_ONLY not in behaves


def has_a_form(field: FieldDescriptor) -> bool:
    rules = field.GetOptions().Extensions[validate_pb2.field]
    text = (rules.repeated.items if field.is_repeated else rules).string
    return text.uuid or text.HasField("pattern") or text.HasField("len") or bool(getattr(text, "in"))


SEEN: set[str] = set()
NAMED = {
    field.full_name: field
    for service in Contracts.load().services
    for method in service.methods
    for field in fields(method.input_type, SEEN)
    if names_something(field)
}


@pytest.mark.parametrize("name", NAMED)
def test_an_id_has_a_form_or_a_reason_for_none(name: str) -> None:
    assert has_a_form(NAMED[name]) != (name in WITHOUT_A_FORM)


def test_the_exceptions_are_there() -> None:
    assert set(WITHOUT_A_FORM) <= set(NAMED)
    assert len(NAMED) > 50
