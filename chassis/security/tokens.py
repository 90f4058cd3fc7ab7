"""Who a caller is, and the signed tokens that prove it.

Every service holds one Ed25519 key. Identity's key speaks for people and for identity itself; every other key speaks
for its own service only, so a stolen payment key cannot make a candidate. Private keys are `<name>.pem` in the keys
folder; public keys are `<name>.pub.pem`, or `<name>.<anything>.pub.pem` while a key is being replaced (both verify
until the old file is taken away).
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Final, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from chassis.clock import Clock
from chassis.errors import Unauthenticated
from chassis.security.revocations import Revocations, RevocationsUnknown

ALGORITHM: Final = "Ed25519"
SPEAKS_FOR_PEOPLE: Final = "identity"
KEY_HOLDERS: Final = ("identity", "enrollment", "payment", "review")
"""The gateway has none: it passes on people's tokens and states nothing that a service believes (OP-8, F-31)."""
REMEMBERED_TOKENS: Final = 20_000


class Access(Enum):
    """The kinds of caller, named as in `zikao.common.v1.Access`."""

    PUBLIC = "PUBLIC"
    CANDIDATE = "CANDIDATE"
    REVIEWER = "REVIEWER"
    OPERATOR = "OPERATOR"
    SERVICE = "SERVICE"


STAFF: Final = frozenset({Access.REVIEWER, Access.OPERATOR})
PEOPLE: Final = STAFF | {Access.CANDIDATE}
STAFF_COME_AGAIN: Final = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Principal:
    """A proven caller.

    `subject_id` is the candidate's or staff member's id, or the service's name. `organisation` is a reviewer's school
    code or `AUTHORITY` (RE-2). A `restricted` login session may only do what leads to a new password (ID-3), one
    `without_factor` what proves or enrols a second factor (ID-18).
    """

    kind: Access
    subject_id: str
    login_session_id: str = ""
    organisation: str = ""
    restricted: bool = False
    without_factor: bool = False


class Signer:
    """Signs tokens with the key of one service."""

    def __init__(self, name: str, private_key: bytes, clock: Clock) -> None:
        """`private_key`: in PEM."""
        self.name = name
        self._key = OKPKey.import_key(private_key)
        self._private_key = private_key
        self._clock = clock
        self._header = {"alg": ALGORITHM, "kid": _key_id(name, self._key)}

    @classmethod
    def load(cls, keys_dir: Path, name: str, clock: Clock) -> Self:
        """The signer of the service `name`, its key read from `keys_dir`. Raises FileNotFoundError."""
        return cls(name, (keys_dir / f"{name}.pem").read_bytes(), clock)

    def derive_key(self, purpose: str) -> bytes:
        """32 bytes that only holders of this service's private key can have, others for each purpose (HKDF, RFC 5869).

        With another private key they are others: use them for what need not outlast one.
        """
        return HKDF(SHA256(), 32, salt=None, info=f"zikao {self.name} {purpose}".encode()).derive(self._private_key)

    def sign(self, principal: Principal, ttl: timedelta, *, audience: str = "") -> str:
        """A token that proves `principal` for `ttl`; a SERVICE token names the one service that may accept it."""
        now = int(self._clock.now().timestamp())
        claims: dict[str, object] = {
            "iss": self.name,
            "sub": principal.subject_id,
            "kind": principal.kind.value,
            "iat": now,
            "exp": now + int(ttl.total_seconds()),
        }
        optional = {
            "aud": audience,
            "sid": principal.login_session_id,
            "org": principal.organisation,
            "restricted": principal.restricted,
            "without_factor": principal.without_factor,
        }
        claims.update((name, value) for name, value in optional.items() if value)
        return jwt.encode(self._header, claims, self._key, algorithms=[ALGORITHM])

    def sign_as_service(self, audience: str, ttl: timedelta) -> str:
        """A token by which this service proves itself to the service `audience`, and to no other."""
        return self.sign(Principal(Access.SERVICE, self.name), ttl, audience=audience)


class Verifier:
    """Verifies tokens, and remembers those it has verified until they expire: a thousandth of the cost.

    Whether a token's login session has ended meanwhile is asked of `revocations` every time (F-32).
    """

    def __init__(
        self,
        public_keys: Iterable[tuple[str, bytes]],
        clock: Clock,
        *,
        audience: str,
        revocations: Revocations | None = None,
    ) -> None:
        """`public_keys`: names of key holders and their keys in PEM; `audience`: the name of the verifying service;
        `revocations`: what is known of ended login sessions, nothing by default.
        """
        self.revocations = revocations or Revocations(clock)
        self._clock = clock
        self._audience = audience
        self._keys: dict[str, tuple[str, OKPKey]] = {}
        for name, pem in public_keys:
            key = OKPKey.import_key(pem)
            self._keys[_key_id(name, key)] = (name, key)
        self._verified: dict[str, tuple[Principal, datetime]] = {}

    @classmethod
    def load(cls, keys_dir: Path, clock: Clock, *, audience: str, revocations: Revocations | None = None) -> Self:
        """The verifier of the service `audience`, with every public key in `keys_dir`."""
        files = sorted(keys_dir.glob("*.pub.pem"))
        return cls(
            [(file.name.split(".")[0], file.read_bytes()) for file in files],
            clock,
            audience=audience,
            revocations=revocations,
        )

    def verify(self, token: str, *, expired_for: timedelta = timedelta()) -> Principal:
        """The principal whom `token` proves, or proved until it expired: no longer than `expired_for` ago.

        Raises Unauthenticated when it is forged, expired, malformed, meant for another service or of a login session
        that has ended; RevocationsUnknown for staff while nobody says whose have (F-32). Candidates' tokens then work
        until they expire, but in a process that has just started and waits for the first word.
        """
        now = self._clock.now()
        known = self._verified.get(token)
        if known is None:
            known = self._check(token)
            self._remember(token, known, now)
        principal, expire_time = known
        if expire_time + expired_for <= now:
            self._verified.pop(token, None)
            raise Unauthenticated()
        self._require_going_on(principal)
        return principal

    def _require_going_on(self, principal: Principal) -> None:
        if principal.kind is Access.SERVICE:
            return
        if self.revocations.has_ended(principal.login_session_id):
            raise Unauthenticated()
        if self.revocations.starting or (principal.kind in STAFF and self.revocations.unknown):
            raise RevocationsUnknown(retry_after=STAFF_COME_AGAIN)

    def _check(self, token: str) -> tuple[Principal, datetime]:
        try:
            decoded = jwt.decode(token, self._key_of, algorithms=[ALGORITHM])
            owner, _ = self._keys[str(decoded.header["kid"])]
            claims = decoded.claims
            principal = Principal(
                kind=Access(claims["kind"]),
                subject_id=str(claims["sub"]),
                login_session_id=str(claims.get("sid", "")),
                organisation=str(claims.get("org", "")),
                restricted=bool(claims.get("restricted", False)),
                without_factor=bool(claims.get("without_factor", False)),
            )
            expire_time = datetime.fromtimestamp(int(claims["exp"]), UTC)
        except (JoseError, KeyError, ValueError, TypeError, OverflowError, OSError, RecursionError) as error:
            raise Unauthenticated() from error
        if not self._may_speak(owner, principal, claims):
            raise Unauthenticated()
        return principal, expire_time

    def _key_of(self, token: object) -> OKPKey:
        header: Mapping[str, object] = token.headers()  # type: ignore[attr-defined]
        return self._keys[str(header["kid"])][1]

    def _may_speak(self, owner: str, principal: Principal, claims: Mapping[str, object]) -> bool:
        if claims.get("iss") != owner:
            return False
        if principal.kind is Access.SERVICE:
            return principal.subject_id == owner and claims.get("aud") == self._audience
        return owner == SPEAKS_FOR_PEOPLE and principal.kind in PEOPLE

    def _remember(self, token: str, known: tuple[Principal, datetime], now: datetime) -> None:
        if len(self._verified) >= REMEMBERED_TOKENS:
            self._verified = {key: value for key, value in self._verified.items() if value[1] > now}
            for oldest in list(self._verified)[: len(self._verified) - REMEMBERED_TOKENS // 2]:
                del self._verified[oldest]
        self._verified[token] = known


def ensure_keys(keys_dir: Path) -> None:
    """Makes the keys missing in `keys_dir`: for a laptop and for tests; in production the keys are mounted there."""
    keys_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in KEY_HOLDERS:
        private, public = keys_dir / f"{name}.pem", keys_dir / f"{name}.pub.pem"
        if not private.exists():
            key = Ed25519PrivateKey.generate()
            _write_once(private, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), 0o600)
        if not public.exists():
            pair = OKPKey.import_key(private.read_bytes()).public_key
            _write_once(public, pair.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), 0o644)


def ensure_own_keys(keys_dir: Path, process: str) -> Path:
    """The folder of one process below `keys_dir`, as it is mounted in production: everybody's public keys, and its own
    private one if it has one.
    """
    own = keys_dir / process
    own.mkdir(mode=0o700, exist_ok=True)
    wanted = {path.name: path for path in keys_dir.glob("*.pub.pem")}
    if process in KEY_HOLDERS:
        wanted[f"{process}.pem"] = keys_dir / f"{process}.pem"
    for name, path in wanted.items():
        _write_once(own / name, path.read_bytes(), path.stat().st_mode & 0o777)
    return own


def _write_once(path: Path, content: bytes, mode: int) -> None:
    """Several processes may start at once: the first to link its file wins, and nobody ever reads half a key."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_bytes(content)
    draft.chmod(mode)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _key_id(name: str, key: OKPKey) -> str:
    return f"{name}.{key.thumbprint()[:16]}"
