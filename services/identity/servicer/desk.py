"""What LoginService works with."""

from dataclasses import dataclass

from zikao.identity.v1.login_service_pb2_grpc import LoginServiceServicer

from chassis.clock import Clock
from chassis.security.rate_limits import RateLimiter
from services.identity.domain.documents import DocumentType
from services.identity.domain.phone_changes import PhoneChangeRules
from services.identity.ports import Store
from services.identity.ports.images import BlobStore, ProofImages
from services.identity.ports.logins import AccessTokens, Passwords
from services.identity.usecases.contact import ContactCodes
from services.identity.usecases.phone_changes import PhoneChangeLimits
from services.identity.usecases.recoveries import RecoveryLimits
from services.identity.usecases.throttle import LoginThrottle


@dataclass(frozen=True, slots=True)
class LoginDesk:
    """The ports and settings of the use cases behind LoginService."""

    store: Store
    clock: Clock
    passwords: Passwords
    tokens: AccessTokens
    throttle: LoginThrottle
    initial_for: frozenset[DocumentType]
    rates: RateLimiter
    codes: ContactCodes
    blobs: BlobStore
    images: ProofImages
    recovery_limits: RecoveryLimits
    change_limits: PhoneChangeLimits
    change_rules: PhoneChangeRules


class AtLoginDesk(LoginServiceServicer):
    """A part of LoginService."""

    def __init__(self, desk: LoginDesk) -> None:
        self._desk = desk
