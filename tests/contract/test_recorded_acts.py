"""What staff do, and whom they look at, is recorded (RE-11, ID-19): every RPC says in its contract as what, or stands
here with why not.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from google.api import annotations_pb2
from google.protobuf.descriptor import Descriptor, MethodDescriptor
from google.protobuf.descriptor_pb2 import MethodOptions
from zikao.common.v1 import access_pb2, audit_pb2

from chassis.audit_log.notes import AuditAction
from gateway.contracts.rpcs import IMAGE, Contracts, process_of

ROOT: Final = Path(__file__).parents[2]

STAFF: Final = {access_pb2.REVIEWER, access_pb2.OPERATOR}

NOT_RECORDED: Final = {
    # Lists show what picking one needs; opening a person is the look (ID-19).
    "CorrectionService.ListCandidates": "a list to pick from: masked numbers",
    "ReviewService.ListCases": "a list to pick from: masked names",
    "ReviewService.ListExhaustedCases": "a list to pick from: neither names nor numbers",
    "ReviewService.ListSecondReviews": "a list to pick from: neither names nor numbers",
    # No person.
    "SettlementService.DownloadStatement": "the money of a day, by platform",
    # In and out of an account of one's own; failures are in the security log.
    "LoginService.DeleteLoginSession": "logging out of an own account",
    "LoginService.RevokeAllLoginSessions": "logging out of an own account",
    "LoginService.ProvePassword": "changes nothing but until when something may change",
    "SecondFactorService.ProveSecondFactor": "changes nothing but what a login session may do",
    "SecondFactorService.StartTotpEnrolment": "nothing is enrolled yet, which ConfirmTotpEnrolment notes",
    "SecondFactorService.StartPasskeyEnrolment": "nothing is enrolled yet, which ConfirmPasskeyEnrolment notes",
    "SecondFactorService.StartPasskeyProof": "a question that changes nothing",
}
"""RPCs that staff may call and that leave no entry, and why."""


def methods() -> Iterator[MethodDescriptor]:
    """Every RPC that staff may call."""
    for service in Contracts(IMAGE.read_bytes()).services:
        for method in service.methods:
            if STAFF & set(options(method).Extensions[access_pb2.access]):
                yield method


def options(method: MethodDescriptor) -> Any:
    return method.GetOptions()


def action_of(method: MethodDescriptor) -> int:
    return int(options(method).Extensions[audit_pb2.recorded_as])


def name_of(method: MethodDescriptor) -> str:
    return f"{method.containing_service.name}.{method.name}"


def shows_people(message: Descriptor, seen: set[str]) -> bool:
    """Whether an answer has personal data, or an image, anywhere in it."""
    if message.full_name == "google.api.HttpBody":
        return True
    if message.full_name in seen:
        return False
    seen.add(message.full_name)
    return any(
        field.GetOptions().Extensions[access_pb2.personal]
        or (field.message_type is not None and shows_people(field.message_type, seen))
        for field in message.fields
    )


def has_effect(method: MethodDescriptor) -> bool:
    return bool(options(method).idempotency_level != MethodOptions.NO_SIDE_EFFECTS)


WITHOUT_REASON: Final = {
    # What is published or imported says itself why it is there.
    "AnnouncementService.CreateAnnouncement": "a text that everybody reads, kept as it was",
    "AnnouncementService.WithdrawAnnouncement": "a text that everybody could read, kept as it was",
    "CatalogueService.CreateText": "a text that everybody reads, kept in all its versions",
    "CatalogueService.ImportCatalogue": "files, noted by what they change",
    "CandidateService.ImportCandidates": "a school's file, noted with its figures",
    "EnrollmentService.ImportRegistrations": "a school's file, noted with its figures",
    "PracticeService.ImportPracticePayments": "a school's file, noted with its figures",
    # What the session's own calendar asks for.
    "CatalogueService.OpenSession": "the day has come",
    "CatalogueService.ExtendSession": "to the advantage of everybody, noted with the new times",
    "RefundRequestService.SetRefundRequestDeadline": "as the notice of the session says, noted with the date",
    "CatalogueService.CloseRegistration": "the published end has come",
    "PracticeService.SetPracticeSitting": "a first or another time, of which those concerned are told",
    "PracticeService.ConfirmPracticePayment": "the fee was paid at the school",
    # What somebody asked for, or the platform says.
    "PaymentService.RefreshOrder": "the platform is asked, and what it says holds",
    "PaymentService.CancelOrder": "an unpaid order, for who made it",
    "PaymentService.SettleLateMoney": "one of two ways for money that came late, noted as such",
    "SettlementService.ReconcileDay": "a bill is read again, which changes nothing that is right",
    "SettlementService.SetRefundAccount": "the account that the payer has given",
    "SettlementService.SetDayOverrides": "public holidays as they were announced",
    "SettlementService.PauseRefundBatch": "is resumed, and nobody loses anything by it",
    "SettlementService.ResumeRefundBatch": "goes on with what has a note already",
    # Of accounts.
    "StaffService.CreateStaff": "who is hired, noted with role and organisation",
    "StaffService.LinkStaffIdentity": "who that is at the organisation's provider, noted with the provider",
}
"""RPCs by which operators change something, and that ask for no reason, and why they do not (RE-11)."""

REASONS: Final = ("reason", "note")
LOOKS_AND_COPIES: Final = re.compile(r".*_VIEWED|.*_SEARCHED|.*EXPORTED")


def operators_change_by(method: MethodDescriptor) -> bool:
    """Whether operators change by it something that is not their own account."""
    own = "/me/" in http_of(method) or method.containing_service.name == "LoginService"
    action = audit_pb2.AuditAction.Name(action_of(method))
    is_operators = access_pb2.OPERATOR in options(method).Extensions[access_pb2.access]
    return is_operators and bool(action_of(method)) and not own and not LOOKS_AND_COPIES.fullmatch(action)


def http_of(method: MethodDescriptor) -> str:
    """The paths of an RPC."""
    return str(options(method).Extensions[annotations_pb2.http])


TO_RECORD = [method for method in methods() if has_effect(method) or shows_people(method.output_type, set())]
RECORDED = [method for method in methods() if action_of(method)]
CHANGES = [method for method in RECORDED if operators_change_by(method)]


@pytest.mark.parametrize("method", TO_RECORD, ids=name_of)
def test_what_staff_do_or_look_at_is_recorded_or_said_not_to_be(method: MethodDescriptor) -> None:  # RE-11, ID-19
    assert bool(action_of(method)) != (name_of(method) in NOT_RECORDED)


def test_the_list_of_exceptions_is_true() -> None:
    assert set(NOT_RECORDED) <= {name_of(method) for method in TO_RECORD}


@pytest.mark.parametrize("method", RECORDED, ids=name_of)
def test_whatever_leaves_an_entry_does_not_claim_to_have_no_effect(method: MethodDescriptor) -> None:  # RE-7
    assert has_effect(method)


def noted_by(service: str) -> set[str]:
    """The actions that a service's code notes."""
    return {
        node.attr
        for path in (ROOT / "services" / service).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "AuditAction"
    }


ADMITTED_BY_REVIEW: Final = {"CaseCandidateService.GetCaseCandidate", "CaseCandidateService.GetCasePortrait"}
"""Identity shows the person of a case after review has admitted the look, and noted it in its own log."""


@pytest.mark.parametrize("method", RECORDED, ids=name_of)
def test_the_service_notes_what_the_contract_says(method: MethodDescriptor) -> None:  # RE-11
    service = "review" if name_of(method) in ADMITTED_BY_REVIEW else process_of(method)
    assert audit_pb2.AuditAction.Name(action_of(method)) in noted_by(service)


def test_every_action_is_noted_somewhere() -> None:
    noted = set().union(*(noted_by(service) for service in ("identity", "enrollment", "payment", "review")))
    assert {action.name for action in AuditAction} - noted == set()


@pytest.mark.parametrize("method", CHANGES, ids=name_of)
def test_an_operator_who_changes_something_says_why_or_the_contract_why_not(method: MethodDescriptor) -> None:  # RE-11
    fields = method.input_type.fields_by_name
    assert any(name in fields for name in REASONS) != (name_of(method) in WITHOUT_REASON)


def test_the_list_of_what_needs_no_reason_is_true() -> None:
    assert set(WITHOUT_REASON) <= {name_of(method) for method in CHANGES}


def test_an_exception_has_a_reason() -> None:
    assert all(re.search(r"\w+ \w+", why) for why in (*NOT_RECORDED.values(), *WITHOUT_REASON.values()))
