"""What identity's use cases work with."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.clock import Clock
from chassis.media.blobs import SealedBlobs
from chassis.security.one_time_codes import OneTimeCodes
from chassis.security.rate_limits import RateLimiter
from chassis.security.revocations import Revocations
from chassis.security.tokens import Signer
from services.identity.config import Config
from services.identity.ports.candidate_data import CandidateData
from services.identity.ports.device_tokens import DeviceTokenSealer
from services.identity.ports.face_matcher import FaceMatcher
from services.identity.ports.image_checkers import PhotoChecker, ProofChecker
from services.identity.ports.message_sender import MessageSender
from services.identity.ports.numbering_plans import NumberingPlans
from services.identity.ports.passkey_verifier import PasskeyVerifier
from services.identity.ports.password_guesser import PasswordGuesser
from services.identity.ports.password_hasher import PasswordHasher
from services.identity.ports.review_cases import ReviewCases
from services.identity.ports.sign_in_providers import SignInProviders
from services.identity.repository.audit_log import AuditLogRepository
from services.identity.repository.authentication.second_factors import SecondFactorRepository
from services.identity.repository.authentication.staff_identities import StaffIdentityRepository
from services.identity.repository.candidates import CandidateRepository
from services.identity.repository.credentials import CredentialRepository
from services.identity.repository.login_sessions import LoginSessionRepository
from services.identity.repository.messages import MessageRepository
from services.identity.repository.password_recoveries import PasswordRecoveryRepository
from services.identity.repository.personal_data.account_erasures import AccountErasureRepository
from services.identity.repository.personal_data.own_data import OwnDataRepository
from services.identity.repository.registration_windows import RegistrationWindowRepository
from services.identity.repository.reviewed_phone_changes import PhoneChangeRepository
from services.identity.repository.staff import StaffRepository
from services.identity.repository.transactions import Transactions


@dataclass(frozen=True, slots=True)
class Dependencies:
    """Repositories, ports, clock and settings; built once by `main.dependencies`."""

    config: Config
    clock: Clock
    candidates: CandidateRepository
    credentials: CredentialRepository
    login_sessions: LoginSessionRepository
    staff: StaffRepository
    second_factors: SecondFactorRepository
    staff_identities: StaffIdentityRepository
    password_recoveries: PasswordRecoveryRepository
    phone_changes: PhoneChangeRepository
    registration_windows: RegistrationWindowRepository
    messages: MessageRepository
    account_erasures: AccountErasureRepository
    own_data: OwnDataRepository
    audit_log: AuditLogRepository
    transactions: Transactions
    blobs: SealedBlobs
    signer: Signer
    revocations: Revocations
    rates: RateLimiter
    codes: OneTimeCodes
    device_tokens: DeviceTokenSealer
    numbering_plans: NumberingPlans
    password_hasher: PasswordHasher
    password_guesser: PasswordGuesser
    passkey_verifier: PasskeyVerifier
    sign_in_providers: SignInProviders
    photo_checker: PhotoChecker
    proof_checker: ProofChecker
    face_matcher: FaceMatcher
    message_sender: MessageSender
    review_cases: ReviewCases
    candidate_data: CandidateData
    photo_sample: bytes
    """The portrait that is shown as a sample: a JPEG."""

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator["Dependencies"]:
        """The same for the length of a block, with repositories whose changes stand together or not at all."""
        async with self.transactions.open() as repositories:
            yield replace(self, **repositories)

    def within(self, connection: AsyncConnection) -> "Dependencies":
        """The same inside a transaction that somebody else opened: the one that notes an event as received."""
        return replace(self, **self.transactions.within(connection))
