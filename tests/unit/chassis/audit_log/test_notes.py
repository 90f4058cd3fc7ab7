"""Who acts is whoever calls (RE-11)."""

from zikao.common.v1 import audit_pb2

from chassis.audit_log.notes import Actor, AuditAction, AuditNote
from chassis.call_context import Call, in_call
from chassis.security.tokens import Access, Principal


def test_actions_are_named_as_in_the_contract() -> None:
    named = set(audit_pb2.AuditAction.keys()) - {"AUDIT_ACTION_UNSPECIFIED"}
    assert {action.value for action in AuditAction} == {action.name for action in AuditAction} == named


def test_a_note_is_of_whoever_calls() -> None:  # RE-11
    def noted() -> Actor:
        return AuditNote(AuditAction.CASE_CLAIMED, "case", "1").actor

    with in_call(Call("DecideCase", principal=Principal(Access.REVIEWER, "reviewer", organisation="10246"))):
        assert noted() == Actor("reviewer", "REVIEWER", "10246")
    with in_call(Call("CreatePhoneChange")):
        assert noted() == Actor("", "PUBLIC")
    assert noted() == Actor("", "SYSTEM")
