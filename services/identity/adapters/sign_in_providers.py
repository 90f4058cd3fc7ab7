"""OpenID Connect: the authorization code flow with PKCE (RFC 7636), state and nonce, and tokens checked by joserfc."""

import asyncio
import base64
import hashlib
import json
import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from chassis.clock import Clock
from chassis.errors import NotFound
from chassis.external_systems.passive_health import SERVER_ERROR, Monitor, MonitoredClient, Role
from chassis.security.encryption import FieldCipher, Undecipherable
from chassis.telemetry.logs import get_logger
from services.identity.config import Config, OidcProviderConfig
from services.identity.domain.authentication.sign_in import ATTEMPT_TTL, ProvenIdentity, SignInProvider, SignInStart
from services.identity.errors import SignInExpired, SignInProviderUnavailable, SignInRefused

_log = get_logger(__name__)

ALGORITHMS: Final = ["RS256", "PS256", "ES256", "EdDSA", "Ed25519"]
"""Asymmetric ones: a client secret that leaks signs nothing."""

CALLBACK: Final = "/sign-in"
"""The page that providers send browsers back to."""

LEEWAY_SECONDS: Final = 60
MOST_BYTES: Final = 256 * 1024
SUBJECT_LENGTH: Final = 255
DISCOVERY_TTL: Final = timedelta(hours=1)
SEALED_FOR: Final = "sign-in attempt"
OK: Final = 200
REFUSED: Final = frozenset({400, 401, 403})
RANDOM_BYTES: Final = 32
ASK_AGAIN: Final = {"prompt": "login", "max_age": "0"}
MOST_SECONDS: Final = 2**33
OTHER_ISSUER: Final = "OtherIssuer"
UNUSABLE: Final = "UnusableAnswer"
"""Failures of a provider that answers, as operators read them."""


@dataclass(frozen=True, slots=True)
class _Discovered:
    """What a provider says of itself, and when that was read."""

    authorization_endpoint: str
    token_endpoint: str
    keys: KeySet
    stale_time: float


@asynccontextmanager
async def oidc_sign_in_providers(
    config: Config, clock: Clock, monitor: Callable[[int, str], Monitor]
) -> AsyncIterator["OidcSignInProviders"]:
    """The configured providers for the length of a block, each with a monitor of its own."""
    async with AsyncExitStack() as open_clients:
        clients = {
            name: await open_clients.enter_async_context(
                MonitoredClient(monitor(Role.SIGN_IN_PROVIDER, name), trust_env=False)
            )
            for name in config.sign_in_providers
        }
        yield OidcSignInProviders(clients, config, config.field_cipher(), clock)


class OidcSignInProviders:
    """The providers of the configuration, each found by discovery and asked within a deadline."""

    def __init__(self, http: Mapping[str, MonitoredClient], config: Config, cipher: FieldCipher, clock: Clock) -> None:
        self._http = http
        self._configs = config.sign_in_providers
        self._cipher = cipher
        self._clock = clock
        self._redirect_uri = config.public_origin + CALLBACK
        self._discovered: dict[str, _Discovered] = {}

    def listed(self) -> Sequence[SignInProvider]:
        """All of them."""
        return [_provider(name, config) for name, config in self._configs.items()]

    async def start(self, provider_id: str, *, fresh: bool = False) -> SignInStart:
        """A new attempt; a `fresh` one asks the person again (OpenID Connect Core, 3.1.2.1). Raises NotFound,
        SignInProviderUnavailable.
        """
        config = self._configs.get(provider_id)
        if config is None:
            raise NotFound()
        found = await self._discover(provider_id, config)
        state, nonce, verifier = (secrets.token_urlsafe(RANDOM_BYTES) for _ in range(3))
        now = self._clock.now()
        fresh_since = now.timestamp() if fresh else 0
        attempt = json.dumps([provider_id, state, nonce, verifier, (now + ATTEMPT_TTL).timestamp(), fresh_since])
        asked = {
            "response_type": "code",
            "client_id": config.client_id,
            "redirect_uri": self._redirect_uri,
            "scope": "openid",
            "state": state,
            "nonce": nonce,
            "code_challenge": _text(hashlib.sha256(verifier.encode()).digest()),
            "code_challenge_method": "S256",
            **(ASK_AGAIN if fresh else {}),
        }
        joined = "&" if "?" in found.authorization_endpoint else "?"
        url = f"{found.authorization_endpoint}{joined}{urlencode(asked)}"
        return SignInStart(url, _text(self._cipher.encrypt(attempt, context=SEALED_FOR)))

    async def complete(self, sealed_attempt: str, state: str, authorization_code: str) -> ProvenIdentity:
        """Whom the provider vouches for. Raises SignInExpired, SignInRefused, SignInProviderUnavailable."""
        provider_id, expected_state, nonce, verifier, expire_time, fresh_since = self._attempt(sealed_attempt)
        fits = secrets.compare_digest(expected_state.encode(), state.encode())
        config = self._configs.get(provider_id)
        if not fits or expire_time <= self._clock.now().timestamp() or config is None:
            raise SignInExpired()
        id_token = await self._exchange(provider_id, config, authorization_code, verifier)
        claims = await self._verified(provider_id, config, id_token)
        if not secrets.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
            raise SignInRefused()
        asked_time = _asked_time(claims)
        if fresh_since and (asked_time is None or asked_time.timestamp() < fresh_since - LEEWAY_SECONDS):
            raise SignInRefused()
        return ProvenIdentity(_provider(provider_id, config), str(claims["sub"]), asked_time)

    def _attempt(self, sealed: str) -> list[Any]:
        try:
            stored = base64.urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4))
            attempt: list[Any] = json.loads(self._cipher.decrypt(stored, context=SEALED_FOR))
        except (ValueError, Undecipherable) as error:
            raise SignInExpired() from error
        return attempt

    async def _exchange(self, provider_id: str, config: OidcProviderConfig, code: str, verifier: str) -> str:
        found = await self._discover(provider_id, config)
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect_uri,
            "code_verifier": verifier,
            "client_id": config.client_id,
            "client_secret": config.client_secret.get_secret_value(),
        }
        told = await self._asked(provider_id, config, "POST", found.token_endpoint, form)
        return str(told.get("id_token", ""))

    async def _verified(self, provider_id: str, config: OidcProviderConfig, id_token: str) -> Mapping[str, Any]:
        """The claims of a token that is the provider's, for us, and of now. Keys that are not known are fetched once
        more: providers change them.
        """
        try:
            try:
                token = jwt.decode(id_token, (await self._discover(provider_id, config)).keys, ALGORITHMS)
            except (JoseError, ValueError):
                found = await self._discover(provider_id, config, anew=True)
                token = jwt.decode(id_token, found.keys, ALGORITHMS)
            self._claims(config).validate(token.claims)
        except (JoseError, ValueError, TypeError) as wrong:
            _log.warning("a sign-in was refused", provider=provider_id, error=type(wrong).__name__)
            raise SignInRefused() from wrong
        audience, subject = token.claims["aud"], token.claims["sub"]
        for_others = not isinstance(audience, str) and list(audience) != [config.client_id]
        if for_others or not isinstance(subject, str) or len(subject) > SUBJECT_LENGTH:
            raise SignInRefused()
        return token.claims

    def _claims(self, config: OidcProviderConfig) -> jwt.JWTClaimsRegistry:
        return jwt.JWTClaimsRegistry(
            now=lambda: int(self._clock.now().timestamp()),
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": config.issuer},
            aud={"essential": True, "value": config.client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
        )

    async def _discover(self, provider_id: str, config: OidcProviderConfig, *, anew: bool = False) -> _Discovered:
        now = self._clock.now().timestamp()
        known = self._discovered.get(provider_id)
        if known is not None and known.stale_time > now and not anew:
            return known
        told = await self._asked(
            provider_id, config, "GET", config.issuer.rstrip("/") + "/.well-known/openid-configuration"
        )
        if told.get("issuer") != config.issuer:
            self._http[provider_id].monitor.failed(OTHER_ISSUER)
            raise SignInProviderUnavailable()
        keys = await self._asked(provider_id, config, "GET", str(told.get("jwks_uri", "")))
        try:
            found = _Discovered(
                str(told["authorization_endpoint"]),
                str(told["token_endpoint"]),
                KeySet.import_key_set({"keys": list(keys["keys"])}),
                now + DISCOVERY_TTL.total_seconds(),
            )
        except (KeyError, TypeError, ValueError, JoseError) as wrong:
            self._http[provider_id].monitor.failed(UNUSABLE)
            raise SignInProviderUnavailable() from wrong
        self._discovered[provider_id] = found
        return found

    async def _asked(
        self,
        provider_id: str,
        config: OidcProviderConfig,
        method: str,
        url: str,
        form: Mapping[str, str] | None = None,
    ) -> Mapping[str, Any]:
        """The JSON object that a provider answers with, in time and of a sensible size. Raises SignInRefused where it
        refuses a code, SignInProviderUnavailable for anything else.
        """
        try:
            async with asyncio.timeout(config.timeout.total_seconds()):
                async with self._http[provider_id].stream(method, url, data=form, timeout=None) as answer:
                    content = await _bounded(answer)
            refused = form is not None and answer.status_code in REFUSED
            told = json.loads(content) if answer.status_code == OK else None
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValueError) as silent:
            _log.warning("a sign-in provider did not answer", provider=provider_id, error=type(silent).__name__)
            raise SignInProviderUnavailable() from silent
        if refused:
            raise SignInRefused()
        if not isinstance(told, dict):
            if answer.status_code < SERVER_ERROR:  # such an answer is reported by its number
                self._http[provider_id].monitor.failed(UNUSABLE)
            raise SignInProviderUnavailable()
        return told


def _asked_time(claims: Mapping[str, Any]) -> datetime | None:
    """When the provider asked the person, where it says so."""
    stated = claims.get("auth_time")
    if isinstance(stated, bool) or not isinstance(stated, int) or not 0 < stated < MOST_SECONDS:
        return None
    return datetime.fromtimestamp(stated, UTC)


async def _bounded(answer: httpx.Response) -> bytes:
    content = b""
    async for piece in answer.aiter_bytes():
        content += piece
        if len(content) > MOST_BYTES:
            raise ValueError("too long")
    return content


def _provider(provider_id: str, config: OidcProviderConfig) -> SignInProvider:
    return SignInProvider(
        provider_id=provider_id,
        issuer=config.issuer,
        organisation=config.organisation,
        name_zh=config.name_zh,
        name_en=config.name_en,
        proves_second_factor=config.proves_second_factor,
    )


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
