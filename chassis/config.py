"""Configuration: environment variables with the prefix `ZIKAO_`, groups joined by `__` (`ZIKAO_SERVER__PORT`). Nothing
is read from files but keys.

Every value has a default that suits a laptop, except what would be dangerous to guess.
"""

from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, with_config
from pydantic_settings import BaseSettings, SettingsConfigDict

Settings = TypeVar("Settings")


class Group(BaseModel):
    """A group of settings: frozen, and a misspelt name is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def strict(kind: type[Settings]) -> type[Settings]:
    """Makes a misspelt name an error in a dataclass of a domain too, which stands in a configuration as a group."""
    return with_config(ConfigDict(extra="forbid"))(kind)


def _known_networks(networks: str) -> str:
    for one in filter(None, (one.strip() for one in networks.split(","))):
        ip_network(one, strict=False)
    return networks


Networks = Annotated[str, AfterValidator(_known_networks)]
"""IP addresses and networks with commas between; a name, or `*` for everybody, is an error."""


class TlsConfig(Group):
    """Certificates, as paths to PEM files; renewed files are picked up without a restart."""

    cert_file: Path | None = None
    key_file: Path | None = None
    ca_file: Path | None = Field(default=None, description="who signs our peers' certificates")
    require_client_certificate: bool = Field(
        default=False, description="mutual TLS: callers show a certificate of `ca_file`"
    )


class ServerConfig(Group):
    """Where and how a gRPC server listens."""

    host: str = "127.0.0.1"
    port: int = Field(default=0, description="0 takes any free port")
    admin_port: int = Field(default=0, description="health and metrics over HTTP; 0 takes any free port")
    target_seconds: float = Field(
        default=0.4, gt=0, description="within which half of what is admitted is answered; the excess is refused"
    )
    max_concurrency: int = Field(default=1024, gt=0, description="calls under way at once, however fast they are")
    max_streams: int = Field(default=15_000, gt=0, description="streams open at once")
    max_message_bytes: int = Field(default=16 * 1024 * 1024, gt=0)
    drain_seconds: float = Field(
        default=0.0, ge=0, description="between not ready and not accepting, for load balancers"
    )
    grace_seconds: float = Field(default=10.0, ge=0, description="for calls under way when told to stop")
    max_connection_age_seconds: int = Field(default=300, gt=0, description="so that new replicas get their share")
    gateways: Networks = Field(
        default="", description="networks of the gateways, whose word for their caller's address is believed"
    )
    reflection: bool = Field(
        default=False, description="tells every caller what RPCs there are, for tools like grpcurl"
    )
    reuse_port: bool = Field(default=False, description="several processes on one port")
    tls: TlsConfig | None = None


class DatabaseConfig(Group):
    """The PostgreSQL of a service; its schema and role are the service's own."""

    url: str = Field(
        default="postgresql://127.0.0.1:7432/zikao", description="postgresql://user:password@host:port/database"
    )
    pool_size: int = Field(default=12, gt=0, description="connections for ordinary statements")
    driver_pool_size: int = Field(default=8, gt=0, description="connections for the hot few")
    statement_timeout_seconds: float = Field(default=5.0, gt=0)
    lock_timeout_seconds: float = Field(default=2.0, gt=0)
    silence_seconds: float = Field(
        default=2.5, gt=0, description="without any answer from the database, after which it counts as away"
    )


class PeersConfig(Group):
    """Where the other services are: gRPC targets such as `127.0.0.1:7101` or `dns:///identity:7101`."""

    identity: str = "127.0.0.1:7101"
    enrollment: str = "127.0.0.1:7102"
    payment: str = "127.0.0.1:7103"
    review: str = "127.0.0.1:7104"
    tls: TlsConfig | None = None


class TelemetryConfig(Group):
    """Logs, metrics and traces."""

    log_level: str = "info"
    otlp_endpoint: str | None = Field(
        default=None, description="where traces go, such as http://collector:4317; none are exported without it"
    )
    sample_ratio: float = Field(
        default=0.01, ge=0, le=1, description="share of traces that start here and are exported"
    )


class ServiceConfig(BaseSettings):
    """What every process of the suite can be told; each service adds its own settings to it."""

    # A group that is named in part keeps the process's own defaults for the rest, its ports among them.
    model_config = SettingsConfigDict(
        env_prefix="ZIKAO_",
        env_nested_delimiter="__",
        nested_model_default_partial_update=True,
        extra="ignore",
        frozen=True,
    )

    server: ServerConfig = ServerConfig()
    database: DatabaseConfig = DatabaseConfig()
    peers: PeersConfig = PeersConfig()
    telemetry: TelemetryConfig = TelemetryConfig()
    redis_url: str | None = Field(
        default=None, description="shared rate limits, codes and live updates; without it they live in the process"
    )
    keys_dir: Path = Field(default=Path(".zikao/keys"), description="holds <service>.pem and every *.pub.pem")
