"""What identity can be told beside what every service can."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field, SecretStr

from chassis.config import Group, ServerConfig, ServiceConfig, strict
from chassis.security.encryption import FieldCipher
from services.identity.domain.attempt_limits import CodeLimits, LoginLimits, RecoveryLimits
from services.identity.domain.contact_addresses import SERVED_PREFIXES
from services.identity.domain.documents import DocumentType
from services.identity.domain.login_sessions import LoginTokenRules, StaffLoginLimits
from services.identity.domain.photos.photo_rules import PhotoRules
from services.identity.domain.reviewed_phone_changes import PhoneChangeRules
from services.identity.domain.staff import StaffKind

SAMPLE: Final = Path(__file__).with_name("sample.jpg")
"""A drawing that comes with the service."""


class IdentityServer(ServerConfig):
    """Where identity listens."""

    port: int = 7101
    admin_port: int = 7201


class PoliceConfig(Group):
    """A real police register, asked as docs/police-register.md says (ID-7)."""

    url: str = Field(pattern="^https?://")
    client_id: str = Field(min_length=1, description="our name there")
    secret: SecretStr = Field(min_length=16, description="signs what is asked")
    timeout: timedelta = Field(default=timedelta(seconds=5), gt=timedelta(0), description="for a whole answer")
    connections: int = Field(default=32, gt=0, description="questions under way at once")
    ca_file: Path | None = Field(default=None, description="who signs its certificate; the system's without it")
    cert_file: Path | None = Field(default=None, description="our certificate, for mutual TLS")
    key_file: Path | None = None


def _with_backgrounds_read(photo: Any) -> Any:
    """An environment variable has the list of backgrounds as JSON."""
    if isinstance(photo, dict) and isinstance(photo.get("backgrounds"), str):
        return {**photo, "backgrounds": json.loads(photo["backgrounds"])}
    return photo


class OidcProviderConfig(Group):
    """An OpenID Connect provider of an organisation, by which its staff sign in (ID-18)."""

    issuer: str = Field(
        pattern=r"^(https://|http://(localhost|127\.0\.0\.1)[:/])", description="exactly as its tokens say it"
    )
    client_id: str = Field(min_length=1, description="our name there")
    client_secret: SecretStr = Field(min_length=1, description="proves us there")
    organisation: str = Field(pattern="^([0-9]{5}|AUTHORITY)$", description="whose staff it vouches for")
    name_zh: str = Field(min_length=1, description="what people call it, in Chinese")
    name_en: str = Field(min_length=1, description="the same in English")
    proves_second_factor: bool = Field(default=False, description="it asks for a second factor itself")
    timeout: timedelta = Field(default=timedelta(seconds=5), gt=timedelta(0), description="for each of its answers")


class Config(ServiceConfig):
    """The identity service."""

    server: ServerConfig = IdentityServer()
    field_key: SecretStr = Field(description="64 hex digits: encrypts document numbers, names, details, phones, images")
    retired_field_keys: tuple[SecretStr, ...] = Field(default=(), description="earlier ones, which only decrypt")
    index_key: SecretStr = Field(description="64 hex digits: finds persons and login names; cannot be changed")
    blobs_url: str = Field(
        default="file:///var/lib/zikao/portraits", description="file:///folder or s3://bucket/prefix"
    )
    blobs_options: dict[str, str] = Field(default={}, description="region, endpoint and the like for s3://")
    sandbox_url: str = Field(default="http://127.0.0.1:8090", description="the simulated outside world")
    police: PoliceConfig | None = Field(default=None, description="a real register; the sandbox's without it")
    register_url: str | None = Field(default=None, description="the sandbox's register, where it is elsewhere")
    register_timeout: timedelta = Field(default=timedelta(seconds=3), gt=timedelta(0), description="for its answer")
    messages_url: str | None = Field(default=None, description="the message sender; the sandbox's without it")
    messages_timeout: timedelta = Field(default=timedelta(seconds=3), gt=timedelta(0), description="for its answer")
    bootstrap_operator_login: str | None = Field(
        default=None, description="the first operator, made at the first start"
    )
    bootstrap_operator_password: SecretStr | None = Field(default=None, description="to be changed at the first login")
    login: LoginLimits = strict(LoginLimits)()
    login_tokens: LoginTokenRules = strict(LoginTokenRules)()
    proof_good_for: timedelta = Field(
        default=timedelta(minutes=5),
        gt=timedelta(0),
        description="how long after a login or another proof what recovers an account may change",
    )
    unverified_kept_for: timedelta = Field(
        default=timedelta(days=30),
        ge=timedelta(days=1),
        description="how long an account is kept that nobody verified and nobody uses",
    )
    public_origin: str = Field(
        default="http://localhost:8080",
        pattern=r"^https?://[^/]+$",
        description="where browsers find the pages; passkeys need it to have a name",
    )
    second_factor_required_for: frozenset[StaffKind] = Field(
        default=frozenset(), description="the roles of staff that must have a second factor"
    )
    sign_in_providers: dict[str, OidcProviderConfig] = Field(
        default={}, description="OpenID Connect providers by which staff sign in, by name"
    )
    staff_login: StaffLoginLimits = strict(StaffLoginLimits)()
    recovery: RecoveryLimits = strict(RecoveryLimits)()
    codes: CodeLimits = strict(CodeLimits)()
    phone_prefixes: tuple[str, ...] = Field(
        default=SERVED_PREFIXES, min_length=1, description="how the phones begin that codes are sent to, with a +"
    )
    phone_change: PhoneChangeRules = strict(PhoneChangeRules)()
    photo: Annotated[PhotoRules, BeforeValidator(_with_backgrounds_read)] = strict(PhotoRules)()
    photo_sample: Path = Field(default=SAMPLE, description="the portrait that is shown as a sample")
    initial_passwords_for: frozenset[DocumentType] = Field(
        default=frozenset(DocumentType), description="whose document's end is an imported candidate's first password"
    )
    registrations_per_source: int = Field(default=30, gt=0, description="new accounts per source and minute")
    passwords_waiting: int = Field(default=64, ge=0, description="password hashes that may wait; more are refused")
    photos_waiting: int = Field(default=32, ge=0, description="photos that may wait; more are refused")
    images_memory_bytes: int = Field(
        default=320 * 1024 * 1024, gt=0, description="for decoding images, in a container at most 0.4 of its memory"
    )

    def field_cipher(self) -> FieldCipher:
        """What encrypts under the field key, and decrypts under the earlier ones too."""
        return FieldCipher.of(*(secret.get_secret_value() for secret in (self.field_key, *self.retired_field_keys)))
