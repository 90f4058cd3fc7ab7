"""Corrections of photo, name or details that somebody found fault with, on the account they are of (EN-4)."""

from datetime import datetime

from services.identity.domain.candidates import Candidate, IdentityState
from services.identity.domain.corrections import required_corrections
from services.identity.domain.corrections.required_corrections import (
    Correction,
    CorrectionEvent,
    CorrectionState,
    Finding,
)
from services.identity.domain.personal_details import require_complete
from services.identity.errors import DetailsUnconfirmed, IdentityNotSettled, PortraitMissing


def with_fault_found(candidate: Candidate, finding: Finding, *, by_authority: bool, at: datetime) -> Candidate:
    """Photo, name or details must be corrected (EN-4). Ticket numbers and what is paid stay as they are.

    Raises IdentityNotSettled, FaultRequired, CorrectionOpen, CorrectionFinal.
    """
    if candidate.identity_state is not IdentityState.VERIFIED:
        raise IdentityNotSettled()
    correction = required_corrections.found(candidate.correction, finding, by_authority=by_authority, at=at)
    return _with_correction(candidate, correction, at)


def with_correction_handed_in(candidate: Candidate, *, at: datetime) -> Candidate:
    """Photo and details go to a reviewer as they are now (EN-4). Raises NothingToCorrect, DetailsIncomplete,
    DetailsUnconfirmed, PortraitMissing.
    """
    correction = required_corrections.handed_in(candidate.correction)
    if correction is candidate.correction:
        return candidate
    require_complete(candidate.details, candidate.document.type)
    if candidate.details_confirm_time is None:
        raise DetailsUnconfirmed()
    if candidate.portrait is None:
        raise PortraitMissing()
    return _with_correction(candidate, correction, at)


def with_correction_not_taken(candidate: Candidate, submission: int, *, at: datetime) -> Candidate:
    """Review did not take a submission: the candidate corrects on. Another submission than the present one stays."""
    correction = _under_review(candidate, submission)
    return _with_correction(candidate, required_corrections.not_taken(correction), at) if correction else candidate


def with_correction_decided(
    candidate: Candidate, submission: int, event: CorrectionEvent, finding: Finding | None, *, at: datetime
) -> Candidate:
    """What the host school decided on a submission (RE-6); a decision on another one changes nothing."""
    correction = _under_review(candidate, submission)
    if correction is None:
        return candidate
    return _with_correction(candidate, required_corrections.decided(correction, event, finding), at)


def _under_review(candidate: Candidate, submission: int) -> Correction | None:
    present = candidate.correction
    waits = present is not None and present.state is CorrectionState.UNDER_REVIEW
    return present if present is not None and waits and present.submissions == submission else None


def _with_correction(candidate: Candidate, correction: Correction, at: datetime) -> Candidate:
    return candidate if correction == candidate.correction else candidate.changed(at, correction=correction)
