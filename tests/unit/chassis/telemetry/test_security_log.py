"""Failed logins, denials and forgeries go to the security log, without personal data (RE-11)."""

import pytest
from structlog.testing import capture_logs

from chassis.call_context import Call
from chassis.errors import NotFound, PermissionDenied, Refusal, Unauthenticated
from chassis.security.tokens import Access, Principal
from chassis.telemetry import security_log
from services.identity.errors import WrongCredentials
from services.payment.errors import NotificationForged

SENT = {"authorization": "Bearer secret", "x-forwarded-for": "203.0.113.9"}
CALL = Call("/zikao.identity.v1.StaffService/CreateStaff", SENT)
REFUSALS = [PermissionDenied(), Unauthenticated(), WrongCredentials(), NotificationForged()]


@pytest.mark.parametrize("refusal", REFUSALS, ids=repr)
def test_a_refusal_because_of_who_asks_is_an_entry(refusal: Refusal) -> None:
    CALL.principal = Principal(Access.CANDIDATE, "c-1", "s-1")
    with capture_logs() as entries:
        security_log.note_refusal(refusal, CALL)
    assert entries == [
        {
            "event": "refused",
            "log_level": "warning",
            "reason": refusal.reason,
            "code": refusal.code.value,
            "refused_rpc": CALL.method,
            "caller_kind": "CANDIDATE",
            "caller_id": "c-1",
        }
    ]


def test_nobody_proven_has_no_id_and_no_address() -> None:
    CALL.principal = None
    with capture_logs() as entries:
        security_log.note_refusal(Unauthenticated(), CALL)
    assert (entries[0]["caller_kind"], entries[0]["caller_id"]) == ("", "")
    assert "203.0.113.9" not in str(entries)
    assert "secret" not in str(entries)


def test_what_anybody_may_be_refused_is_none() -> None:
    with capture_logs() as entries:
        security_log.note_refusal(NotFound(), CALL)
    assert entries == []
