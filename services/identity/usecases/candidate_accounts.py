"""Making accounts, and the details of a person (ID-5, ID-12, ID-13)."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final

from chassis.clock import SHANGHAI, Clock
from chassis.errors import Contention, InvalidRequest, NotFound, Refusal, RequestIdReused
from chassis.ids import derived_id, new_id
from chassis.optimistic_retry import until_applied
from chassis.security.rate_limits import Rate
from services.identity.dependencies import Dependencies
from services.identity.domain.accounts_of_number import place_for_newcomer
from services.identity.domain.authentication.password_rules import CANDIDATE, require_form
from services.identity.domain.candidates import (
    Application,
    Candidate,
    PaperHolder,
    Standing,
    masked_name,
    new_candidate,
    normal_name,
    standing,
    with_details,
    with_details_confirmed,
    with_name,
)
from services.identity.domain.documents import Document, parse
from services.identity.domain.login_sessions import Account, AccountKind, Device, IssuedTokens
from services.identity.domain.staff import require_own_school
from services.identity.errors import UnverifiedAccountsFull
from services.identity.usecases.account_endings import apply_changes
from services.identity.usecases.authentication.login_sessions import open_login_session
from services.identity.usecases.authentication.new_passwords import require_candidate_password
from services.identity.usecases.candidate_update_loop import change_candidate

PURPOSE: Final = "candidate"
"""Separates ids derived from request ids from all other derived ids."""


def today(clock: Clock) -> date:
    """The day in Shanghai, by which birth dates lie ahead or not."""
    return clock.now().astimezone(SHANGHAI).date()


async def register_candidate(
    deps: Dependencies, application: Application, device: Device
) -> tuple[Candidate, IssuedTokens]:
    """A new candidate's account, and the login session that opens with it (ID-5).

    The repeat of a request, with the same password, is answered with the account that it made. Whether a verified
    account has the number is not told (ID-15). Raises TooManyRequests, InvalidDocumentNumber, InvalidName,
    WeakPassword, UnverifiedAccountsFull, RequestIdReused.
    """
    per_source = Rate("registrations", deps.config.registrations_per_source, timedelta(minutes=1))
    await deps.rates.hit(per_source, device.source)
    candidate = await _registered(deps, application)
    restricted = candidate.needs_password_change
    account = Account(candidate.candidate_id, AccountKind.CANDIDATE, needs_password_change=restricted)
    return candidate, await open_login_session(deps, account, device)


async def _registered(deps: Dependencies, application: Application) -> Candidate:
    document = _document_of(deps, application)
    require_candidate_password(deps, application.password, document, field="password")
    candidate_id = derived_id(PURPOSE, application.request_id) if application.request_id else new_id()
    candidate = new_candidate(candidate_id, document, application.name, application.school_code, at=deps.clock.now())
    password_hash = await deps.password_hasher.hashed(application.password)

    async def attempt() -> Candidate | None:
        try:
            async with deps.transaction() as together:
                return await _added(together, candidate, password_hash)
        except Contention:
            return None

    try:
        return await until_applied(attempt)
    except (RequestIdReused, UnverifiedAccountsFull):
        made = await _made_before(deps, candidate, application.password)
        if made is None:
            raise
        return made


def _document_of(deps: Dependencies, application: Application) -> Document:
    """The document, where nothing else of the form is wrong either. Raises what is, and InvalidRequest naming each
    where several things are: they are mended at once.
    """
    wrong: list[Refusal] = []
    for check in (
        lambda: normal_name(application.name),
        lambda: require_form(application.password, CANDIDATE, field="password"),
    ):
        try:
            check()
        except Refusal as refusal:
            wrong.append(refusal)
    try:
        document = parse(application.document_type, application.document_number, today=today(deps.clock))
    except Refusal as refusal:
        wrong.insert(0, refusal)
    if len(wrong) > 1:
        raise InvalidRequest(fields=[field for refusal in wrong for field in refusal.fields])
    if wrong:
        raise wrong[0]
    return document


async def _added(deps: Dependencies, candidate: Candidate, password_hash: str) -> Candidate:
    """The account in its place, with one that gives way for it (ID-15). Raises UnverifiedAccountsFull, RequestIdReused,
    Contention.
    """
    carriers = await deps.candidates.list_carriers([candidate.document])
    unverified = [one for one in carriers if one.unverified_place is not None]
    place = place_for_newcomer(unverified, at=candidate.create_time)
    if place.displaced is not None:
        await apply_changes(deps, [place.displaced])
    placed = replace(candidate, unverified_place=place.number)
    await deps.candidates.add_candidate(placed, password_hash)
    return placed


async def _made_before(deps: Dependencies, candidate: Candidate, password: str) -> Candidate | None:
    """The account that an earlier run of the same request made, if one did."""
    known = await deps.credentials.find_by_subject(candidate.candidate_id)
    if known is None or not await deps.password_hasher.fits(password, known.password_hash):
        return None
    made = await deps.candidates.get_candidate(candidate.candidate_id)
    return made if made.document.person_key == candidate.document.person_key else None


async def get_candidate(deps: Dependencies, candidate_id: str, *, only_of: str | None = None) -> Candidate:
    """The account; that of a school's own candidate where `only_of` names the school (RE-2). Raises NotFound."""
    candidate = await deps.candidates.get_candidate(candidate_id)
    if only_of is not None:
        require_own_school(candidate, only_of)
    return candidate


async def get_standing(deps: Dependencies, candidate_id: str) -> Standing:
    """What other services gate on, as it is now (EN-2). Raises NotFound."""
    return standing(await deps.candidates.get_candidate(candidate_id))


async def get_paper_holder(deps: Dependencies, candidate_id: str) -> PaperHolder:
    """Whom a paper is about (EN-18). Raises NotFound, also for an account that has ended (ID-15)."""
    candidate = await deps.candidates.get_candidate(candidate_id)
    if candidate.ended:
        raise NotFound()
    digest = deps.candidates.paper_digest(candidate)
    return PaperHolder(masked_name(candidate.name), candidate.document.number[-4:], digest)


async def update_details(
    deps: Dependencies, candidate_id: str, changes: dict[str, Any], *, login_session_id: str
) -> Candidate:
    """Details written (ID-12). Raises InvalidDetails, and RecentProofRequired where a verified e-mail is replaced
    (ID-17).
    """
    now, day = deps.clock.now(), today(deps.clock)
    return await change_candidate(
        deps,
        candidate_id,
        lambda known: with_details(known, changes, today=day, at=now),
        login_session_id=login_session_id,
    )


async def confirm_details(deps: Dependencies, candidate_id: str, etag: str) -> Candidate:
    """Details confirmed (ID-12). Raises DetailsIncomplete, StaleEtag."""
    now = deps.clock.now()
    return await change_candidate(deps, candidate_id, lambda known: with_details_confirmed(known, etag=etag, at=now))


async def correct_name(deps: Dependencies, candidate_id: str, name: str) -> Candidate:
    """The name corrected (ID-12). Raises InvalidName, IdentityFixed."""
    now = deps.clock.now()
    return await change_candidate(deps, candidate_id, lambda known: with_name(known, name, at=now))
