"""Access tokens, signed with identity's key (ID-14)."""

from chassis.security.tokens import Access, Principal, Signer
from services.identity.domain.logins import ACCESS_TTL, Account


class SignedTokens:
    """The port `AccessTokens`."""

    def __init__(self, signer: Signer) -> None:
        self._signer = signer

    def issue(self, account: Account, login_session_id: str) -> str:
        """As the port says."""
        principal = Principal(
            Access(account.kind.value),
            account.subject_id,
            login_session_id,
            account.organisation,
            restricted=account.needs_password_change,
        )
        return self._signer.sign(principal, ACCESS_TTL)
