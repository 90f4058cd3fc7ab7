"""The gates between a candidate and a selection or a payment (EN-2), evaluated all at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from chassis.errors import Unmet
from services.enrollment.domain.catalogue import Catalogue, ExamSession, SessionState, TextKind
from services.enrollment.domain.registrations import CorrectionState, IdentityState, ProofState, Registration, Standing
from services.enrollment.errors import GatesUnmet


class Stage(Enum):
    """What a gate stands before."""

    SELECTION = "SELECTION"
    PAYMENT = "PAYMENT"


class Action(Enum):
    """What a candidate does next."""

    NOTHING = "NOTHING"
    CONFIRM_DETAILS = "CONFIRM_DETAILS"
    VERIFY_PHONE = "VERIFY_PHONE"
    ANSWER_QUESTIONNAIRE = "ANSWER_QUESTIONNAIRE"
    READ_NOTICE = "READ_NOTICE"
    WAIT_FOR_OPENING = "WAIT_FOR_OPENING"
    WAIT_FOR_NEXT_SESSION = "WAIT_FOR_NEXT_SESSION"
    REGISTER = "REGISTER"
    VERIFY_IDENTITY = "VERIFY_IDENTITY"
    FOLLOW_REVIEW = "FOLLOW_REVIEW"
    WAIT_FOR_TICKET_NUMBER = "WAIT_FOR_TICKET_NUMBER"
    HAND_IN_CORRECTION = "HAND_IN_CORRECTION"


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What stands in a gate: its stable reason code, both explanations and what to do next."""

    reason: str
    zh: str
    en: str
    action: Action


NOT_REGISTERED = Obstacle(
    "NOT_REGISTERED", "尚未填报主考学校和专业", "No school and major registered for", Action.REGISTER
)
DETAILS_INCOMPLETE = Obstacle(
    "DETAILS_INCOMPLETE", "个人信息未完善或未确认", "Personal details not confirmed", Action.CONFIRM_DETAILS
)
PHONE_NOT_VERIFIED = Obstacle("PHONE_NOT_VERIFIED", "手机号码未验证", "Phone not verified", Action.VERIFY_PHONE)
QUESTIONNAIRE_NOT_ANSWERED = Obstacle(
    "QUESTIONNAIRE_NOT_ANSWERED",
    "本考期问卷调查未提交",
    "The session's questionnaire is not submitted",
    Action.ANSWER_QUESTIONNAIRE,
)
NOTICE_NOT_READ = Obstacle(
    "NOTICE_NOT_READ", "尚未阅读本考期报名须知", "The session's notice is not read", Action.READ_NOTICE
)
WINDOW_NOT_OPEN = Obstacle(
    "WINDOW_NOT_OPEN", "本考期报名尚未开始", "Registration for the session is not open yet", Action.WAIT_FOR_OPENING
)
TICKET_NUMBER_MISSING = Obstacle(
    "TICKET_NUMBER_MISSING", "准考证号尚未生成", "The ticket number is not issued yet", Action.WAIT_FOR_TICKET_NUMBER
)
ACCOUNT_ENDED = Obstacle("ACCOUNT_ENDED", "本账号已终止", "This account has ended", Action.NOTHING)

_WINDOW = {
    SessionState.ANNOUNCED: WINDOW_NOT_OPEN,
    SessionState.CLOSED: Obstacle(
        "WINDOW_CLOSED", "本考期报名已结束", "Registration for the session is over", Action.WAIT_FOR_NEXT_SESSION
    ),
    SessionState.CANCELLED: Obstacle(
        "SESSION_CANCELLED", "本考期已取消", "The session is cancelled", Action.WAIT_FOR_NEXT_SESSION
    ),
}
_IDENTITY = {
    IdentityState.PENDING: Obstacle(
        "IDENTITY_NOT_VERIFIED", "身份尚未核验", "Identity not verified yet", Action.VERIFY_IDENTITY
    ),
    IdentityState.REJECTED: Obstacle(
        "IDENTITY_REJECTED", "身份材料审核未通过", "The identity proofs were refused", Action.FOLLOW_REVIEW
    ),
    IdentityState.UNDER_REVIEW: Obstacle(
        "IDENTITY_UNDER_REVIEW", "身份核验需人工审核", "Identity is verified by reviewers", Action.FOLLOW_REVIEW
    ),
    IdentityState.ENDED: ACCOUNT_ENDED,
}
_CORRECTION = {
    CorrectionState.REQUIRED: Obstacle(
        "CORRECTION_REQUIRED",
        "照片或个人信息需更正并通过审核",
        "Photo or details must be corrected and approved",
        Action.HAND_IN_CORRECTION,
    ),
    CorrectionState.UNDER_REVIEW: Obstacle(
        "CORRECTION_UNDER_REVIEW",
        "更正的照片或个人信息正在审核",
        "The corrected photo or details are under review",
        Action.FOLLOW_REVIEW,
    ),
    CorrectionState.REFUSED: Obstacle(
        "CORRECTION_REFUSED",
        "更正的照片或个人信息审核未通过",
        "The corrected photo or details were refused",
        Action.HAND_IN_CORRECTION,
    ),
}
_PROOFS = {
    ProofState.UNDER_REVIEW: Obstacle(
        "PROOFS_UNDER_REVIEW",
        "该专业的报考材料尚未审核通过",
        "The proofs this major asks for are not approved yet",
        Action.FOLLOW_REVIEW,
    ),
    ProofState.REJECTED: Obstacle(
        "PROOFS_REJECTED",
        "该专业的报考材料审核未通过",
        "The proofs this major asks for were refused",
        Action.FOLLOW_REVIEW,
    ),
}

IDENTITYS_FACTS = frozenset(
    {DETAILS_INCOMPLETE, PHONE_NOT_VERIFIED, *_IDENTITY.values(), *_CORRECTION.values(), TICKET_NUMBER_MISSING}
)
"""What rests on the copied standing: before one of them refuses, identity is asked afresh."""


@dataclass(frozen=True, slots=True)
class Gate:
    """One gate; met when nothing stands in it. `reason` names the gate also when it is met."""

    reason: str
    stage: Stage
    obstacle: Obstacle | None
    registration_id: str = ""

    @property
    def met(self) -> bool:
        """True when the gate is passed."""
        return self.obstacle is None


@dataclass(frozen=True, slots=True)
class Participation:
    """What a candidate has done for one session."""

    questionnaire_time: datetime | None = None
    notice_version: int = 0
    district_code: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything the gates look at, read in one statement with the revision of the catalogue it belongs to."""

    revision: int
    standing: Standing
    participation: Participation
    registrations: tuple[Registration, ...]
    passed: frozenset[str] = frozenset()

    def registration(self, registration_id: str) -> Registration | None:
        """The candidate's registration of that id."""
        return next((held for held in self.registrations if held.registration_id == registration_id), None)


@dataclass(frozen=True, slots=True)
class GateContext:
    """A candidate before the gates of a session: facts and catalogue of one moment."""

    candidate_id: str
    facts: Facts
    catalogue: Catalogue
    session: ExamSession
    now: datetime


def all_gates(context: GateContext) -> tuple[Gate, ...]:
    """EN-2: every gate of a session, in the order in which they are best passed."""
    return selection_gates(context) + payment_gates(context.facts, context.facts.registrations)


def selection_gates(context: GateContext) -> tuple[Gate, ...]:
    """EN-2, before selection: registered, details, phone, questionnaire, notice, window; an account that has ended
    passes nothing (ID-15).
    """
    facts, session_id = context.facts, context.session.session_id
    notice = context.catalogue.text(TextKind.SESSION_NOTICE, session_id)
    asked = bool(context.catalogue.questions.get(session_id))
    done = facts.participation
    ended = facts.standing.identity_state is IdentityState.ENDED
    return (
        *([_gate(ACCOUNT_ENDED, met=False)] if ended else []),
        _gate(NOT_REGISTERED, met=bool(facts.registrations)),
        _gate(DETAILS_INCOMPLETE, met=facts.standing.details_confirmed),
        _gate(PHONE_NOT_VERIFIED, met=facts.standing.phone_verified),
        _gate(QUESTIONNAIRE_NOT_ANSWERED, met=not asked or done.questionnaire_time is not None),
        _gate(NOTICE_NOT_READ, met=notice is None or done.notice_version >= notice.version),
        Gate("WINDOW_NOT_OPEN", Stage.SELECTION, _WINDOW.get(context.session.state(context.now))),
    )


def preparation_gates(context: GateContext) -> tuple[Gate, ...]:
    """EN-14: before the window opens, whatever stands before selection but the opening itself."""
    return preparing(selection_gates(context))


def preparing(ahead: Iterable[Gate]) -> tuple[Gate, ...]:
    """EN-14: the gates without the one that only waits for the window to open."""
    return tuple(gate for gate in ahead if gate.obstacle is not WINDOW_NOT_OPEN)


def payment_gates(facts: Facts, registrations: Iterable[Registration]) -> tuple[Gate, ...]:
    """EN-2, before payment in addition: identity, photo and details (EN-4), and for each registration its proofs and
    its ticket number.
    """
    standing = facts.standing
    found = [
        Gate("IDENTITY_NOT_VERIFIED", Stage.PAYMENT, _IDENTITY.get(standing.identity_state)),
        Gate("CORRECTION_REQUIRED", Stage.PAYMENT, _CORRECTION.get(standing.correction_state)),
    ]
    for held in registrations:
        proofs = _PROOFS.get(held.proof_state)
        missing = None if held.ticket_number else TICKET_NUMBER_MISSING
        found.append(Gate("PROOFS_UNDER_REVIEW", Stage.PAYMENT, proofs, held.registration_id))
        found.append(Gate("TICKET_NUMBER_MISSING", Stage.PAYMENT, missing, held.registration_id))
    return tuple(found)


def must_pass(gates_ahead: Iterable[Gate]) -> None:
    """Raises GatesUnmet naming every unmet gate, each with what to do next."""
    unmet = [
        Unmet(
            reason=gate.obstacle.reason,
            subject=gate.registration_id,
            zh=gate.obstacle.zh,
            en=gate.obstacle.en,
            next_action=gate.obstacle.action.value,
        )
        for gate in gates_ahead
        if gate.obstacle is not None
    ]
    if unmet:
        raise GatesUnmet(unmet=unmet)


def _gate(obstacle: Obstacle, *, met: bool) -> Gate:
    return Gate(obstacle.reason, Stage.SELECTION, None if met else obstacle)
