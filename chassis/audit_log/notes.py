"""What is to be noted in an audit log: who did what, on whom, and why."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from chassis.call_context import current_call

SYSTEM = "SYSTEM"
"""The role of what a service does of itself, when nobody calls."""


class AuditAction(Enum):
    """What was done, named as in `zikao.common.v1.AuditAction`, which says what each means."""

    CASE_OPENED = "CASE_OPENED"
    MATERIAL_ADDED = "MATERIAL_ADDED"
    CASE_SUBMITTED = "CASE_SUBMITTED"
    CASE_CLAIMED = "CASE_CLAIMED"
    CASE_RELEASED = "CASE_RELEASED"
    MATERIAL_VIEWED = "MATERIAL_VIEWED"
    CASE_DECIDED = "CASE_DECIDED"
    EXPORTED = "EXPORTED"
    CASE_REVIEWED_AGAIN = "CASE_REVIEWED_AGAIN"
    PORTRAIT_VIEWED = "PORTRAIT_VIEWED"
    PARTICULARS_VIEWED = "PARTICULARS_VIEWED"
    CASE_WITHDRAWN = "CASE_WITHDRAWN"
    CASE_VIEWED = "CASE_VIEWED"
    CANDIDATES_IMPORTED = "CANDIDATES_IMPORTED"
    CORRECTION_REQUIRED = "CORRECTION_REQUIRED"
    STAFF_CREATED = "STAFF_CREATED"
    STAFF_DISABLED = "STAFF_DISABLED"
    TEXT_PUBLISHED = "TEXT_PUBLISHED"
    CATALOGUE_IMPORTED = "CATALOGUE_IMPORTED"
    SESSION_OPENED = "SESSION_OPENED"
    SESSION_EXTENDED = "SESSION_EXTENDED"
    REGISTRATION_CLOSED = "REGISTRATION_CLOSED"
    SESSION_CANCELLED = "SESSION_CANCELLED"
    MAJOR_CHANGED = "MAJOR_CHANGED"
    REGISTRATIONS_IMPORTED = "REGISTRATIONS_IMPORTED"
    REGISTRATIONS_VIEWED = "REGISTRATIONS_VIEWED"
    PRACTICE_TIME_SET = "PRACTICE_TIME_SET"
    PRACTICE_PAYMENT_CONFIRMED = "PRACTICE_PAYMENT_CONFIRMED"
    PRACTICE_PAYMENTS_IMPORTED = "PRACTICE_PAYMENTS_IMPORTED"
    ROSTER_EXPORTED = "ROSTER_EXPORTED"
    ORDER_REFRESHED = "ORDER_REFRESHED"
    ORDER_CANCELLED = "ORDER_CANCELLED"
    LATE_MONEY_SETTLED = "LATE_MONEY_SETTLED"
    REFUND_CREATED = "REFUND_CREATED"
    EXCEPTION_RESOLVED = "EXCEPTION_RESOLVED"
    DAY_RECONCILED = "DAY_RECONCILED"
    REFUND_BATCH_CREATED = "REFUND_BATCH_CREATED"
    REFUND_BATCH_PAUSED = "REFUND_BATCH_PAUSED"
    REFUND_BATCH_RESUMED = "REFUND_BATCH_RESUMED"
    REFUND_ACCOUNT_SET = "REFUND_ACCOUNT_SET"
    DAY_OVERRIDES_SET = "DAY_OVERRIDES_SET"
    ORDERS_VIEWED = "ORDERS_VIEWED"
    SECOND_FACTORS_RESET = "SECOND_FACTORS_RESET"
    IDENTITY_LINKED = "IDENTITY_LINKED"
    IDENTITY_UNLINKED = "IDENTITY_UNLINKED"
    PASSWORD_CHANGED = "PASSWORD_CHANGED"  # noqa: S105  # the name of an action
    SECOND_FACTOR_ENROLLED = "SECOND_FACTOR_ENROLLED"
    SECOND_FACTOR_REMOVED = "SECOND_FACTOR_REMOVED"
    BACKUP_CODES_CREATED = "BACKUP_CODES_CREATED"
    CANDIDATE_ACCOUNT_ENDED = "CANDIDATE_ACCOUNT_ENDED"
    MATERIAL_REMOVED = "MATERIAL_REMOVED"
    DECISION_UNDONE = "DECISION_UNDONE"
    CASE_REOPENED = "CASE_REOPENED"
    CANDIDATES_SEARCHED = "CANDIDATES_SEARCHED"
    CANDIDATE_LOGINS_ENDED = "CANDIDATE_LOGINS_ENDED"
    REFUND_REQUESTS_ALLOWED = "REFUND_REQUESTS_ALLOWED"
    REFUND_REQUESTS_VIEWED = "REFUND_REQUESTS_VIEWED"
    REFUND_REQUEST_DECIDED = "REFUND_REQUEST_DECIDED"
    MESSAGES_VIEWED = "MESSAGES_VIEWED"
    MESSAGE_RESENT = "MESSAGE_RESENT"
    ANNOUNCEMENT_PUBLISHED = "ANNOUNCEMENT_PUBLISHED"
    ANNOUNCEMENT_WITHDRAWN = "ANNOUNCEMENT_WITHDRAWN"


LOOKS = (
    *(action for action in AuditAction if action.value.endswith("_VIEWED")),
    AuditAction.CANDIDATES_SEARCHED,
)
"""What a candidate reads of (ID-19): looks at a person, which change nothing; to be found by a search is one."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something: a person's id or a service's name, the kind of caller, and a reviewer's organisation."""

    actor_id: str
    role: str
    organisation: str = ""


def acting() -> Actor:
    """Whoever calls; outside a call, and for a caller whom nobody has proven, the service itself or nobody by name."""
    call = current_call()
    if call is None:
        return Actor("", SYSTEM)
    if call.principal is None:
        return Actor("", "PUBLIC")
    return Actor(call.principal.subject_id, call.principal.kind.value, call.principal.organisation)


@dataclass(frozen=True, slots=True)
class AuditNote:
    """What is to be noted: of whoever calls unless `actor` says otherwise.

    `object_kind` and `object_id` are what it was done to, such as `case` and its id; `candidate_id` is on whom, empty
    where it is about nobody in particular. `reason` is what the actor gave, as typed. `facts` are ids and codes, never
    personal data.
    """

    action: AuditAction
    object_kind: str
    object_id: str
    candidate_id: str = ""
    reason: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    actor: Actor = field(default_factory=acting)


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries to read: those of one object or about one candidate; empty for all."""

    object_id: str = ""
    candidate_id: str = ""
