"""Is the person who the document says? The police register answers, or a reviewer does (ID-7, ID-8, RE-6)."""

from chassis.clock import Clock
from chassis.ids import derived_id
from services.identity.domain.candidate import (
    Candidate,
    IdentityEvent,
    IdentityState,
    comparison,
    require_checkable,
    sent_to_review,
    with_answer,
    with_decision,
)
from services.identity.ports import Candidates, Store
from services.identity.ports.images import BlobStore, FaceMatcher, Likeness
from services.identity.usecases.changes import change


def case_id_of(candidate_id: str) -> str:
    """The one review case about a person's identity."""
    return derived_id("identity case", candidate_id)


async def verify_identity(
    candidate_id: str, *, store: Store, blobs: BlobStore, register: FaceMatcher, clock: Clock
) -> Candidate:
    """The account after the identity check (ID-7, ID-8).

    Nothing is written before the register has answered, so an outage costs nothing (F-14, F-18). Its answer counts
    only if no other answer was
    counted since the question, so simultaneous checks are one try. A person verified or under review is not compared
    again.
    Raises PortraitMissing, IdentityRejected, RegisterUnavailable, CheckOvertaken.
    """
    candidate = await store.candidates.get(candidate_id)
    require_checkable(candidate)
    if candidate.identity_state is not IdentityState.PENDING:
        return candidate
    case_id = case_id_of(candidate_id)
    if not candidate.face_matched:
        now = clock.now()
        return await change(
            store.candidates, candidate_id, lambda known: sent_to_review(known, case_id=case_id, at=now)
        )
    asked = comparison(candidate)
    portrait = await blobs.get(candidate.portrait.key) if candidate.portrait else b""
    answer = await register.match(Likeness(candidate.document, candidate.name, portrait))
    now = clock.now()
    return await change(
        store.candidates, candidate_id, lambda known: with_answer(known, asked, answer, case_id=case_id, at=now)
    )


async def decide(
    candidate_id: str, case_id: str, decision: IdentityEvent, *, candidates: Candidates, clock: Clock
) -> Candidate:
    """What a reviewer decided takes effect (RE-6)."""
    now = clock.now()
    return await change(candidates, candidate_id, lambda known: with_decision(known, case_id, decision, at=now))
