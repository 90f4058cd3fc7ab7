"""What payment can be told beside what every service can."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator

from chassis.config import Group, ServerConfig, ServiceConfig, strict
from services.payment.domain.candidate_guidance import Contact
from services.payment.domain.orders import OrderTerms
from services.payment.domain.polling_pace import PollingPace
from services.payment.domain.receipts import ReceiptTerms
from services.payment.domain.reconciliation import ReconciliationTerms
from services.payment.domain.refunds import RefundTerms
from services.payment.domain.work_limits import WorkLimits


class PaymentServer(ServerConfig):
    """Where payment listens."""

    port: int = 7103
    admin_port: int = 7203


class PlatformConfig(Group):
    """How we and a payment platform reach each other."""

    notify_url: str | None = Field(default=None, description="default: the gateway's route for it")
    timeout_seconds: float = Field(default=5.0, gt=0, description="how long the platform may take to answer")
    connections: int = Field(default=64, gt=0)


class SandboxConfig(PlatformConfig):
    """Our account at the simulated public-payment platform."""

    enabled: bool = Field(default=True, description="false in production: anybody can make its keys")
    merchant: str = "zikao"
    private_key: Path | None = Field(default=None, description="default: <keys_dir>/sandbox/merchants/<merchant>.pem")
    platform_keys: Path | None = Field(
        default=None, description="folder of platform*.pub.pem; default: <keys_dir>/sandbox"
    )


class WeChatConfig(PlatformConfig):
    """Our account at WeChat Pay, API v3, Native; docs/providers.md says where each value comes from."""

    merchant: str = Field(description="商户号 mchid")
    app_id: str = Field(description="an appid that is bound to it")
    certificate_serial: str = Field(description="of our API certificate")
    private_key: Path = Field(description="of our API certificate, PEM")
    api_v3_key: SecretStr = Field(description="32 characters")
    platform_keys: Path = Field(description="folder of PUB_KEY_ID_….pem, or of platform certificates")
    base_url: str = "https://api.mch.weixin.qq.com"


class Config(ServiceConfig):
    """The payment service."""

    server: PaymentServer = PaymentServer()
    gateway_url: str = Field(default="http://127.0.0.1:8080", description="where the platform reaches us")
    sandbox_url: str = Field(default="http://127.0.0.1:8090", description="the simulated platform")
    sandbox: SandboxConfig = SandboxConfig()
    provider: Literal["sandbox", "wechat"] = Field(default="sandbox", description="where new payments go (PA-13)")
    wechat: WeChatConfig | None = None
    terms: OrderTerms = strict(OrderTerms)()
    pace: PollingPace = strict(PollingPace)()
    sweep: WorkLimits = strict(WorkLimits)()
    receipts_url: str | None = Field(default=None, description="the receipt portal; default: the sandbox")
    receipts: ReceiptTerms = strict(ReceiptTerms)()
    reconciliation: ReconciliationTerms = strict(ReconciliationTerms)()
    refunds: RefundTerms = strict(RefundTerms)()
    field_key: SecretStr = Field(description="64 hex digits: encrypts bank details given for refunds")
    retired_field_keys: tuple[SecretStr, ...] = Field(default=(), description="earlier ones, which only decrypt")
    contact: Contact = strict(Contact)()

    @model_validator(mode="after")
    def _account_where_payments_go(self) -> Self:
        if self.provider == "wechat" and self.wechat is None:
            raise ValueError("provider wechat needs the settings ZIKAO_WECHAT__*")
        if self.provider == "sandbox" and not self.sandbox.enabled:
            raise ValueError("provider sandbox is not enabled; name another with ZIKAO_PROVIDER")
        return self

    def notify_url(self, platform: str, configured: str | None) -> str:
        """Where a platform sends its notifications: as configured, or the gateway's route for it."""
        return configured or f"{self.gateway_url}/v1/payment-notifications/{platform}"
