"""Finding fault with photo and details after the person was verified, and correcting them (EN-4, RE-5, RE-6)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from chassis.clock import Clock
from chassis.errors import NotFound, Refusal
from chassis.ids import derived_id
from chassis.telemetry.logs import get_logger
from services.identity.domain.candidate import (
    Candidate,
    with_correction_decided,
    with_correction_handed_in,
    with_correction_not_taken,
    with_fault_found,
)
from services.identity.domain.corrections import Correction, CorrectionEvent, CorrectionState, Finding
from services.identity.domain.staff import AUTHORITY
from services.identity.errors import ProofsMissing
from services.identity.ports import CandidateFilter, Candidates, Store
from services.identity.ports.cases import CorrectionCases, Looks, Reviewer
from services.identity.ports.images import BlobStore
from services.identity.ports.messages import MessageSender
from services.identity.usecases.changes import change
from services.identity.usecases.notices import tell_candidate
from services.identity.usecases.portraits import read_portrait

_log = get_logger(__name__)

TEMPLATE: Final = "correction"


def case_id_of(candidate_id: str, number: int) -> str:
    """The one review case about a person's `number`-th correction."""
    return derived_id("correction case", candidate_id, str(number))


@dataclass(frozen=True, slots=True)
class Inspector:
    """Who looks for faults: a reviewer among the own school's candidates (RE-2), an operator among all."""

    person: Reviewer
    everywhere: bool = False

    def require_sight_of(self, candidate: Candidate) -> None:
        """Raises NotFound for another school's candidate."""
        if not self.everywhere:
            require_own_school(candidate, self.person.organisation)


def require_own_school(candidate: Candidate, organisation: str) -> None:
    """A reviewer knows the own school's candidates only (RE-2). Raises NotFound."""
    if candidate.school_code != organisation:
        raise NotFound()


async def list_candidates(
    wanted: CandidateFilter, inspector: Inspector, *, after: tuple[datetime, str] | None, size: int, store: Store
) -> Sequence[Candidate]:
    """A page of candidates, the newest first. A reviewer of the exam authority has none of their own."""
    own = inspector.person.organisation
    if not inspector.everywhere and (own == AUTHORITY or wanted.school_code not in ("", own)):
        return []
    school = wanted.school_code if inspector.everywhere else own
    return await store.candidates.page(CandidateFilter(school, wanted.correction_state), after=after, size=size)


async def inspect_portrait(
    candidate_id: str, inspector: Inspector, *, store: Store, blobs: BlobStore, looks: Looks
) -> bytes:
    """The portrait on record, once the look is noted (RE-7). Raises NotFound."""
    inspector.require_sight_of(await store.candidates.get(candidate_id))
    await looks.note(candidate_id, inspector.person)
    return await read_portrait(candidate_id, store=store, blobs=blobs)


async def require_correction(
    candidate_id: str, finding: Finding, inspector: Inspector, *, store: Store, clock: Clock
) -> Candidate:
    """Photo, name or details must be corrected. Raises NotFound, IdentityNotSettled, FaultRequired, CorrectionOpen,
    CorrectionFinal.
    """
    now = clock.now()

    def decide(known: Candidate) -> Candidate:
        inspector.require_sight_of(known)
        return with_fault_found(known, finding, by_authority=inspector.everywhere, at=now)

    return await change(store.candidates, candidate_id, decide)


async def submit_correction(
    candidate_id: str, *, store: Store, blobs: BlobStore, cases: CorrectionCases, clock: Clock
) -> Candidate:
    """Handed in, and frozen first, so that a reviewer sees what was handed in. Review is given it at once, and by the
    errand that the change has left, should review be away or the process die (F-13).

    Raises NothingToCorrect, DetailsIncomplete, DetailsUnconfirmed, PortraitMissing, and ProofsMissing, after which
    nothing was handed in.
    """
    now = clock.now()
    after = await change(store.candidates, candidate_id, lambda known: with_correction_handed_in(known, at=now))
    try:
        await hand_in(candidate_id, store=store, blobs=blobs, cases=cases, clock=clock)
    except ProofsMissing:
        raise
    except Refusal as away:
        _log.warning("a correction is handed in later", reason=away.reason)
    return after


async def hand_in(candidate_id: str, *, store: Store, blobs: BlobStore, cases: CorrectionCases, clock: Clock) -> None:
    """Gives review what is under review here; what was given before is not given again. Raises ProofsMissing, after
    which the candidate corrects on.
    """
    candidate = await store.candidates.get(candidate_id)
    correction = candidate.correction
    if correction is None or correction.state is not CorrectionState.UNDER_REVIEW or candidate.portrait is None:
        return
    try:
        await cases.hand_in(candidate, correction, await blobs.get(candidate.portrait.key))
    except ProofsMissing:
        now, submission = clock.now(), correction.submissions
        await change(store.candidates, candidate_id, lambda known: with_correction_not_taken(known, submission, at=now))
        raise


async def decide(
    candidate_id: str,
    case_id: str,
    submission: int,
    event: CorrectionEvent,
    finding: Finding | None,
    *,
    candidates: Candidates,
    clock: Clock,
) -> Candidate:
    """What the host school decided takes effect (RE-6); a decision about an earlier correction changes nothing."""
    now = clock.now()

    def settle(known: Candidate) -> Candidate:
        if known.correction is None or case_id_of(candidate_id, known.correction.number) != case_id:
            return known
        return with_correction_decided(known, submission, event, finding, at=now)

    return await change(candidates, candidate_id, settle)


async def tell(
    message_id: str, candidate_id: str, correction: Correction, *, store: Store, sender: MessageSender
) -> None:
    """Tells the candidate what was found or decided. Raises NotFound, MessagesUnavailable."""
    step = correction.next_step
    zh, en = _TEXTS[correction.state]
    text = f"{zh}{step.zh}{en} {step.en}" if step else f"{zh}{en}"
    await tell_candidate(message_id, candidate_id, TEMPLATE, text, store=store, sender=sender)


_TEXTS: Final[Mapping[CorrectionState, tuple[str, str]]] = {
    CorrectionState.REQUIRED: (
        "【自考报名】您的照片或个人信息需更正，通过审核前不能缴费。",
        "Your photo or details must be corrected before you can pay.",
    ),
    CorrectionState.APPROVED: (
        "【自考报名】您更正的照片或个人信息已通过审核。",
        "What you corrected of your photo or details is approved.",
    ),
    CorrectionState.REFUSED: (
        "【自考报名】您更正的照片或个人信息未通过审核。",
        "What you corrected of your photo or details was rejected.",
    ),
}
