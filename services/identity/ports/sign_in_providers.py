"""Organisations' OpenID Connect providers (ID-18)."""

from collections.abc import Sequence
from typing import Protocol

from services.identity.domain.authentication.sign_in import ProvenIdentity, SignInProvider, SignInStart


class SignInProviders(Protocol):
    """Speaks to the providers that the configuration names."""

    def listed(self) -> Sequence[SignInProvider]:
        """All of them."""
        ...

    async def start(self, provider_id: str, *, fresh: bool = False) -> SignInStart:
        """A new attempt; a `fresh` one asks the person again. Raises NotFound, SignInProviderUnavailable."""
        ...

    async def complete(self, sealed_attempt: str, state: str, authorization_code: str) -> ProvenIdentity:
        """Whom the provider vouches for. Raises SignInExpired when the answer does not fit the attempt or comes too
        late, SignInRefused when what the provider says proves nobody, SignInProviderUnavailable.
        """
        ...
