"""What the sandbox can be told, by the environment (prefix `ZIKAO_`)."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from chassis.config import ServerConfig, TelemetryConfig


class Config(BaseSettings):
    """The sandbox's settings; docs/sandbox.md lists them."""

    model_config = SettingsConfigDict(
        env_prefix="ZIKAO_",
        env_nested_delimiter="__",
        nested_model_default_partial_update=True,
        extra="ignore",
        frozen=True,
    )

    server: ServerConfig = ServerConfig(port=8090)
    telemetry: TelemetryConfig = TelemetryConfig()
    sandbox_url: str = Field(
        default="", description="the address that QR codes and links name; by default host and port"
    )
    data_dir: Path = Field(default=Path(".zikao/sandbox"), description="holds the SQLite file")
    keys_dir: Path = Field(
        default=Path(".zikao/keys"), description="holds the folder `sandbox` with platform and merchant keys"
    )
    receipt_delay_seconds: float = Field(
        default=0.0, ge=0, description="until a receipt is available, if the caller does not say"
    )

    @property
    def public_url(self) -> str:
        """The address that QR codes and links name, without a slash at its end."""
        return (self.sandbox_url or f"http://{self.server.host}:{self.server.port}").rstrip("/")
