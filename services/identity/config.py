"""What identity can be told beside what every service can."""

from datetime import timedelta
from pathlib import Path
from typing import Final

from pydantic import Field, SecretStr

from chassis.config import Group, ServerConfig, ServiceConfig
from chassis.security.rate_limits import Rate
from services.identity.domain.colours import colour_of
from services.identity.domain.documents import DocumentType
from services.identity.domain.phone_changes import PhoneChangeRules
from services.identity.domain.photos import Background, PhotoRules
from services.identity.usecases.phone_changes import PhoneChangeLimits
from services.identity.usecases.recoveries import RecoveryLimits
from services.identity.usecases.throttle import LoginLimits

SAMPLE: Final = Path(__file__).with_name("sample.jpg")
"""A drawing that comes with the service."""


class IdentityServer(ServerConfig):
    """Where identity listens."""

    port: int = 7101
    admin_port: int = 7201


class LoginConfig(Group):
    """How wrong passwords are slowed down, per ten minutes (ID-14, F-16)."""

    per_source_and_account: int = Field(default=8, gt=0)
    per_source_and_account_under_attack: int = Field(default=2, gt=0)
    per_account_before_attack: int = Field(default=30, gt=0)
    per_source: int = Field(default=300, gt=0)

    def limits(self) -> LoginLimits:
        """The limits in the rules' terms."""
        return LoginLimits(**self.model_dump())


class BackgroundConfig(Group):
    """A plain background that is accepted."""

    zh: str
    en: str
    colour: str = Field(pattern="^#[0-9A-Fa-f]{6}$", description="in the middle of what the name means")

    def background(self) -> Background:
        """The background in the rules' terms."""
        return Background(self.zh, self.en, colour_of(self.colour))


WHITE: Final = BackgroundConfig(zh="白色", en="white", colour="#FFFFFF")
LIGHT_BLUE: Final = BackgroundConfig(zh="浅蓝色", en="light blue", colour="#AFD5F0")


class RecoveryConfig(Group):
    """How often a forgotten password may be recovered, per ten minutes (ID-4)."""

    per_source: int = Field(default=60, gt=0)
    per_source_and_account: int = Field(default=3, gt=0)
    per_address: int = Field(default=10, gt=0, description="codes to one phone or e-mail, whoever asks")

    def limits(self) -> RecoveryLimits:
        """The limits in the rules' terms."""
        return RecoveryLimits(**self.model_dump())


class PhoneChangeConfig(Group):
    """Changing the phone by review, without logging in (ID-11)."""

    draft_hours: float = Field(default=24, gt=0, description="how long a request waits for its proofs")
    cooling_off_hours: float = Field(default=0, ge=0, description="how long an approved change waits to take effect")
    unmatched_hours: float = Field(default=48, gt=0, description="when a request that fits nobody is rejected")
    codes_per_source: int = Field(default=60, gt=0, description="codes per source and hour")
    per_source: int = Field(default=60, gt=0, description="requests per source and hour")
    per_phone: int = Field(default=5, gt=0, description="requests per new phone and day")

    def rules(self) -> PhoneChangeRules:
        """The times in the rules' terms."""
        return PhoneChangeRules(
            timedelta(hours=self.draft_hours),
            timedelta(hours=self.cooling_off_hours),
            timedelta(hours=self.unmatched_hours),
        )

    def limits(self) -> PhoneChangeLimits:
        """The limits in the rules' terms."""
        return PhoneChangeLimits(self.codes_per_source, self.per_source, self.per_phone)


class PhotoConfig(Group):
    """What a portrait must be (ID-6)."""

    min_width: int = 480
    min_height: int = 640
    max_upload_bytes: int = 5_000_000
    max_upload_pixels: int = 40_000_000
    max_scans: int = Field(default=64, description="of a progressive JPEG")
    min_bytes: int = 20_000
    max_bytes: int = 200_000
    backgrounds: tuple[BackgroundConfig, ...] = Field(default=(WHITE, LIGHT_BLUE), min_length=1)
    max_background_distance: int = Field(default=18, description="in CIELAB, from the nearest accepted background")
    min_plain_permille: int = Field(default=900, description="of the background in one colour")
    noticed_face_permille: int = Field(default=110, description="faces lower than this are not noticed")
    min_face_permille: int = Field(default=250, description="the face's share of the photo's height")
    max_face_permille: int = 650
    max_face_offset_permille: int = Field(default=100, description="from the vertical middle line")
    min_face_centre_permille: int = Field(default=300, description="from the upper edge")
    max_face_centre_permille: int = 600
    min_sharpness: int = Field(default=40, description="of the face; 0 accepts any")
    sample_uri: str = Field(default="/v1/photo-rules/sample", description="where a sample can be seen")
    sample: Path = Field(default=SAMPLE, description="the portrait that this process shows there")

    def rules(self) -> PhotoRules:
        """The limits in the rules' terms."""
        limits = self.model_dump(exclude={"backgrounds", "sample"})
        return PhotoRules(**limits, backgrounds=tuple(one.background() for one in self.backgrounds))


class PoliceConfig(Group):
    """A real police register, asked as docs/police-register.md says (ID-7)."""

    url: str = Field(pattern="^https?://")
    client_id: str = Field(min_length=1, description="our name there")
    secret: SecretStr = Field(min_length=16, description="signs what is asked")
    seconds: float = Field(default=5.0, gt=0, description="how long a whole answer may take")
    connections: int = Field(default=32, gt=0, description="questions under way at once")
    ca_file: Path | None = Field(default=None, description="who signs its certificate; the system's without it")
    cert_file: Path | None = Field(default=None, description="our certificate, for mutual TLS")
    key_file: Path | None = None


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
    register_seconds: float = Field(default=3.0, gt=0, description="how long the sandbox's register may take")
    messages_url: str | None = Field(default=None, description="the message sender; the sandbox's without it")
    messages_seconds: float = Field(default=3.0, gt=0, description="how long the message sender may take")
    bootstrap_operator_login: str | None = Field(
        default=None, description="the first operator, made at the first start"
    )
    bootstrap_operator_password: SecretStr | None = Field(default=None, description="to be changed at the first login")
    login: LoginConfig = LoginConfig()
    recovery: RecoveryConfig = RecoveryConfig()
    phone_change: PhoneChangeConfig = PhoneChangeConfig()
    photo: PhotoConfig = PhotoConfig()
    initial_passwords_for: frozenset[DocumentType] = Field(
        default=frozenset(DocumentType), description="whose document's end is an imported candidate's first password"
    )
    registrations_per_source: int = Field(default=1200, gt=0, description="new accounts per source and minute")
    passwords_waiting: int = Field(default=64, ge=0, description="password hashes that may wait; more are refused")
    photos_waiting: int = Field(default=32, ge=0, description="photos that may wait; more are refused")

    def registrations(self) -> Rate:
        """How many accounts a source may make."""
        return Rate("registrations", self.registrations_per_source, timedelta(minutes=1))
