"""Sign-in through an organisation's own OpenID Connect provider (ID-18)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from services.identity.domain.login_sessions import Account
from services.identity.domain.staff import Staff
from services.identity.errors import ProviderOfAnotherOrganisation, SignInUnknown

ATTEMPT_TTL: Final = timedelta(minutes=10)
"""How long somebody may take at the provider."""


@dataclass(frozen=True, slots=True)
class SignInProvider:
    """A provider of one organisation; `proves_second_factor` where it asks for one itself."""

    provider_id: str
    issuer: str
    organisation: str
    name_zh: str
    name_en: str
    proves_second_factor: bool = False


@dataclass(frozen=True, slots=True)
class SignInStart:
    """Where a browser goes, and what it keeps meanwhile: sealed, so that nobody else's answer fits it."""

    authorization_url: str
    sealed_attempt: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class StaffIdentity:
    """Under which subject of an issuer a member of staff is known there."""

    issuer: str
    subject: str
    staff_id: str
    create_time: datetime


@dataclass(frozen=True, slots=True)
class ProvenIdentity:
    """Whom a provider has vouched for, and when it asked the person, where it says so."""

    provider: SignInProvider
    subject: str
    asked_time: datetime | None = None


def require_own_provider(provider: SignInProvider, staff: Staff) -> None:
    """Raises ProviderOfAnotherOrganisation."""
    if provider.organisation != staff.organisation:
        raise ProviderOfAnotherOrganisation()


def require_account(account: Account | None, provider: SignInProvider) -> Account:
    """The account that may be signed in to. Raises SignInUnknown for one that nobody linked, that is disabled, or that
    has moved to another organisation; which of these is not told.
    """
    if account is None or account.disabled or account.organisation != provider.organisation:
        raise SignInUnknown()
    return account
