"""Finding fault with photo and details after the person was verified, and correcting them (EN-4, RE-5, RE-6)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from chassis.audit_log.notes import AuditAction, AuditNote
from chassis.errors import Refusal
from chassis.telemetry.logs import get_logger
from services.identity.dependencies import Dependencies
from services.identity.domain.candidates import Candidate, CandidateFilter
from services.identity.domain.corrections.candidate_corrections import (
    with_correction_decided,
    with_correction_handed_in,
    with_correction_not_taken,
    with_fault_found,
)
from services.identity.domain.corrections.required_corrections import (
    Correction,
    CorrectionEvent,
    CorrectionState,
    Finding,
)
from services.identity.domain.messages.message_kinds import Message, MessageKind
from services.identity.domain.staff import AUTHORITY, Inspector
from services.identity.errors import ProofsMissing
from services.identity.ports.review_cases import correction_case_id
from services.identity.usecases.candidate_update_loop import change_candidate
from services.identity.usecases.looks import note_look
from services.identity.usecases.messages import tell
from services.identity.usecases.portraits import read_portrait

_log = get_logger(__name__)


async def list_candidates(
    deps: Dependencies, wanted: CandidateFilter, inspector: Inspector, after: tuple[datetime, str] | None, size: int
) -> Sequence[Candidate]:
    """A page of candidates, the newest first. A reviewer of the exam authority has none of their own."""
    own = inspector.person.organisation
    if not inspector.everywhere and (own == AUTHORITY or wanted.school_code not in ("", own)):
        return []
    school = wanted.school_code if inspector.everywhere else own
    return await deps.candidates.list_candidates(CandidateFilter(school, wanted.correction_state), after, size)


async def inspect_portrait(deps: Dependencies, candidate_id: str, inspector: Inspector) -> bytes:
    """The portrait on record, once the look is noted (RE-11). Raises NotFound."""
    inspector.require_sight_of(await deps.candidates.get_candidate(candidate_id))
    await note_look(deps, AuditAction.PORTRAIT_VIEWED, candidate_id)
    return await read_portrait(deps, candidate_id)


async def require_correction(
    deps: Dependencies, candidate_id: str, finding: Finding, inspector: Inspector
) -> Candidate:
    """Photo, name or details must be corrected. Raises NotFound, IdentityNotSettled, FaultRequired, CorrectionOpen,
    CorrectionFinal.
    """
    now = deps.clock.now()

    def decide(known: Candidate) -> Candidate:
        inspector.require_sight_of(known)
        return with_fault_found(known, finding, by_authority=inspector.everywhere, at=now)

    fault = finding.fault.value
    note = AuditNote(AuditAction.CORRECTION_REQUIRED, "candidate", candidate_id, candidate_id, reason=fault)
    return await change_candidate(deps, candidate_id, decide, note)


async def submit_correction(deps: Dependencies, candidate_id: str) -> Candidate:
    """Handed in, and frozen first, so that a reviewer sees what was handed in. Review is given it at once, and by the
    row that the change has left in the outbox, should review be away or the process die (F-13).

    Raises NothingToCorrect, DetailsIncomplete, DetailsUnconfirmed, PortraitMissing, and ProofsMissing, after which
    nothing was handed in.
    """
    now = deps.clock.now()
    after = await change_candidate(deps, candidate_id, lambda known: with_correction_handed_in(known, at=now))
    try:
        await hand_in_correction(deps, candidate_id)
    except ProofsMissing:
        raise
    except Refusal as away:
        _log.warning("a correction is handed in later", reason=away.reason)
    return after


async def hand_in_correction(deps: Dependencies, candidate_id: str) -> None:
    """Gives review what is under review here; what was given before is not given again. Raises ProofsMissing, after
    which the candidate corrects on.
    """
    candidate = await deps.candidates.get_candidate(candidate_id)
    correction = candidate.correction
    if correction is None or correction.state is not CorrectionState.UNDER_REVIEW or candidate.portrait is None:
        return
    portrait = await deps.blobs.get(candidate.portrait.key)
    try:
        await deps.review_cases.hand_in_correction(candidate, correction, portrait)
    except ProofsMissing:
        now, submission = deps.clock.now(), correction.submissions
        await change_candidate(deps, candidate_id, lambda known: with_correction_not_taken(known, submission, at=now))
        raise


async def decide_correction(
    deps: Dependencies,
    candidate_id: str,
    case_id: str,
    submission: int,
    event: CorrectionEvent,
    finding: Finding | None,
) -> Candidate:
    """What the host school decided takes effect (RE-6); a decision about an earlier correction changes nothing."""
    now = deps.clock.now()

    def settle(known: Candidate) -> Candidate:
        if known.correction is None or correction_case_id(candidate_id, known.correction.number) != case_id:
            return known
        return with_correction_decided(known, submission, event, finding, at=now)

    return await change_candidate(deps, candidate_id, settle)


async def tell_correction(deps: Dependencies, cause: str, candidate_id: str, correction: Correction) -> None:
    """Tells the candidate what was found or decided; telling again for the same `cause` sends nothing twice."""
    step = correction.next_step
    steps = {"step_zh": step.zh if step else "", "step_en": step.en if step else ""}
    await tell(deps, Message(candidate_id, _TOLD_AS[correction.state], cause, deps.clock.now(), steps))


_TOLD_AS: Final[Mapping[CorrectionState, MessageKind]] = {
    CorrectionState.REQUIRED: MessageKind.CORRECTION_REQUIRED,
    CorrectionState.APPROVED: MessageKind.CORRECTION_APPROVED,
    CorrectionState.REFUSED: MessageKind.CORRECTION_REFUSED,
}
