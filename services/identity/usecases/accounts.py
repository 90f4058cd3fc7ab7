"""Making accounts, and the details of a person (ID-5, ID-12, ID-13)."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from chassis.clock import SHANGHAI, Clock
from chassis.ids import derived_id, new_id
from services.identity.domain.candidate import (
    Candidate,
    new_candidate,
    with_details,
    with_details_confirmed,
    with_name,
)
from services.identity.domain.documents import DocumentType, parse
from services.identity.domain.logins import Account, AccountKind
from services.identity.domain.passwords import require_password
from services.identity.errors import AlreadyRegistered
from services.identity.ports import Store
from services.identity.ports.logins import Passwords
from services.identity.usecases.changes import change

PURPOSE: Final = "candidate"
"""Separates ids derived from request ids from all other derived ids."""


@dataclass(frozen=True, slots=True)
class Application:
    """What a new candidate hands in on the wizard's first page."""

    document_type: DocumentType
    document_number: str = field(repr=False)
    name: str = field(repr=False)
    password: str = field(repr=False)
    school_code: str
    request_id: str


def today(clock: Clock) -> date:
    """The day in Shanghai, by which birth dates lie ahead or not."""
    return clock.now().astimezone(SHANGHAI).date()


async def register(application: Application, *, store: Store, passwords: Passwords, clock: Clock) -> Candidate:
    """A new candidate's account (ID-5).

    Raises InvalidDocumentNumber, InvalidName, WeakPassword; AlreadyRegistered when the person has an account (ID-13),
    unless this is the
    repeat of the request that made it, with the same password.
    """
    document = parse(application.document_type, application.document_number, today=today(clock))
    require_password(application.password, field="password")
    candidate_id = derived_id(PURPOSE, application.request_id) if application.request_id else new_id()
    candidate = new_candidate(candidate_id, document, application.name, application.school_code, at=clock.now())
    try:
        await store.candidates.add(candidate, await passwords.hashed(application.password))
    except AlreadyRegistered:
        return await _made_before(candidate, application.password, store, passwords)
    return candidate


async def _made_before(candidate: Candidate, password: str, store: Store, passwords: Passwords) -> Candidate:
    """The account that an earlier run of the same request made. Raises AlreadyRegistered when there is none."""
    known = await store.logins.credentials(candidate.candidate_id)
    if known is None or not await passwords.fits(password, known.password_hash):
        raise AlreadyRegistered()
    made = await store.candidates.get(candidate.candidate_id)
    if made.document.person_key != candidate.document.person_key:
        raise AlreadyRegistered()
    return made


def account_of(candidate: Candidate) -> Account:
    """Who logs in."""
    return Account(candidate.candidate_id, AccountKind.CANDIDATE, needs_password_change=candidate.needs_password_change)


async def update_details(candidate_id: str, changes: dict[str, Any], *, store: Store, clock: Clock) -> Candidate:
    """Details written (ID-12). Raises InvalidDetails."""
    now, day = clock.now(), today(clock)
    return await change(store.candidates, candidate_id, lambda known: with_details(known, changes, today=day, at=now))


async def confirm_details(candidate_id: str, etag: str, *, store: Store, clock: Clock) -> Candidate:
    """Details confirmed (ID-12). Raises DetailsIncomplete, StaleEtag."""
    now = clock.now()
    return await change(store.candidates, candidate_id, lambda known: with_details_confirmed(known, etag=etag, at=now))


async def correct_name(candidate_id: str, name: str, *, store: Store, clock: Clock) -> Candidate:
    """The name corrected (ID-12). Raises InvalidName, IdentityFixed."""
    now = clock.now()
    return await change(store.candidates, candidate_id, lambda known: with_name(known, name, at=now))
