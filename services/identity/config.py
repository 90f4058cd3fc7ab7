"""What identity can be told beside what every service can."""

from datetime import timedelta

from pydantic import Field, SecretStr

from chassis.config import Group, ServerConfig, ServiceConfig
from chassis.rates import Rate
from services.identity.domain.photos import PhotoRules
from services.identity.usecases.throttle import LoginLimits


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


class PhotoConfig(Group):
    """What a portrait must be (ID-6)."""

    min_width: int = 480
    min_height: int = 640
    max_upload_bytes: int = 5_000_000
    max_upload_pixels: int = 40_000_000
    min_bytes: int = 20_000
    max_bytes: int = 200_000
    backgrounds: tuple[str, ...] = ("白色", "浅蓝色")
    sample_uri: str = ""

    def rules(self) -> PhotoRules:
        """The limits in the rules' terms."""
        return PhotoRules(**self.model_dump())


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
    register_url: str | None = Field(default=None, description="the police register; the sandbox's without it")
    register_seconds: float = Field(default=3.0, gt=0, description="how long the register may take")
    messages_url: str | None = Field(default=None, description="the message sender; the sandbox's without it")
    messages_seconds: float = Field(default=3.0, gt=0, description="how long the message sender may take")
    bootstrap_operator_login: str | None = Field(
        default=None, description="the first operator, made at the first start"
    )
    bootstrap_operator_password: SecretStr | None = Field(default=None, description="to be changed at the first login")
    login: LoginConfig = LoginConfig()
    photo: PhotoConfig = PhotoConfig()
    registrations_per_source: int = Field(default=1200, gt=0, description="new accounts per source and minute")
    passwords_waiting: int = Field(default=64, ge=0, description="password hashes that may wait; more are refused")
    photos_waiting: int = Field(default=32, ge=0, description="photos that may wait; more are refused")

    def registrations(self) -> Rate:
        """How many accounts a source may make."""
        return Rate("registrations", self.registrations_per_source, timedelta(minutes=1))
