"""What payment can be told beside what every service can."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator

from chassis.config import Group, ServerConfig, ServiceConfig


class PaymentServer(ServerConfig):
    """Where payment listens."""

    port: int = 7103
    admin_port: int = 7203


class SandboxConfig(Group):
    """Our account at the simulated public-payment platform."""

    enabled: bool = Field(default=True, description="false in production: anybody can make its keys")
    merchant: str = "zikao"
    private_key: Path | None = Field(default=None, description="default: <keys_dir>/sandbox/merchants/<merchant>.pem")
    platform_keys: Path | None = Field(
        default=None, description="folder of platform*.pub.pem; default: <keys_dir>/sandbox"
    )
    notify_url: str | None = Field(default=None, description="default: the gateway's route for it")
    timeout_seconds: float = Field(default=5.0, gt=0, description="how long the platform may take to answer")
    connections: int = Field(default=64, gt=0)


class WeChatConfig(Group):
    """Our account at WeChat Pay, API v3, Native; docs/providers.md says where each value comes from."""

    merchant: str = Field(description="商户号 mchid")
    app_id: str = Field(description="an appid that is bound to it")
    certificate_serial: str = Field(description="of our API certificate")
    private_key: Path = Field(description="of our API certificate, PEM")
    api_v3_key: SecretStr = Field(description="32 characters")
    platform_keys: Path = Field(description="folder of PUB_KEY_ID_….pem, or of platform certificates")
    base_url: str = "https://api.mch.weixin.qq.com"
    notify_url: str | None = Field(default=None, description="default: the gateway's route for it")
    timeout_seconds: float = Field(default=5.0, gt=0)
    connections: int = Field(default=64, gt=0)


class TermsConfig(Group):
    """How long things last."""

    qr_minutes: float = Field(default=30, gt=0, description="PA-3")
    order_hours: float = Field(
        default=24, gt=0, description="how long a QR code can be asked for before an order that has none ends"
    )
    bank_minutes: float = Field(
        default=30, gt=0, description="PA-4: after which an order at the bank enters the operator's queue"
    )


class PaceConfig(Group):
    """When the platform is asked about an unsettled order (PA-4)."""

    first_seconds: float = Field(default=10, gt=0)
    longest_seconds: float = Field(default=60, gt=0, description="heals a lost notification within two minutes")
    growth: float = Field(default=1.5, ge=1)
    held_seconds: float = Field(default=600, gt=0, description="for money that only an operator can settle")
    throttle_seconds: float = Field(default=3, gt=0, description="least time between two questions about one order")
    page_seconds: float = Field(default=4, gt=0, description="an open page's interval")
    watch_seconds: float = Field(default=240, gt=0, description="after which a page opens its stream again")


class SweepConfig(Group):
    """How hard a replica's sweep works."""

    batch: int = Field(default=100, gt=0)
    concurrency: int = Field(default=16, gt=0)
    per_second: float = Field(default=100, gt=0)
    lease_seconds: float = Field(default=60, gt=0)
    pause_seconds: float = Field(default=1, gt=0)


class ReceiptsConfig(Group):
    """How receipts are fetched from the portal (PA-9)."""

    timeout_seconds: float = Field(default=5.0, gt=0, description="how long the portal may take to answer")
    batch: int = Field(default=100, gt=0)
    concurrency: int = Field(default=8, gt=0)
    per_second: float = Field(default=50, gt=0)
    lease_seconds: float = Field(default=120, gt=0)
    pause_seconds: float = Field(default=1, gt=0)
    first_seconds: float = Field(default=5, gt=0, description="the first look after asking")
    growth: float = Field(default=3, ge=1)
    longest_seconds: float = Field(default=900, gt=0, description="between two looks once a receipt is due")
    overdue_days: float = Field(default=2, gt=0, description="after which a receipt enters the operator's queue")


class RefundsConfig(Group):
    """How money is given back, and how hard a replica works at it (PA-6, PA-12)."""

    days: int = Field(default=7, gt=0, description="by when a refund should have arrived, as candidates are told")
    first_seconds: float = Field(default=5, gt=0, description="before a platform that did not answer is asked again")
    longest_seconds: float = Field(default=300, gt=0)
    growth: float = Field(default=2, ge=1)
    batch: int = Field(default=200, gt=0)
    concurrency: int = Field(default=16, gt=0)
    per_second: float = Field(default=100, gt=0)
    lease_seconds: float = Field(default=60, gt=0)
    pause_seconds: float = Field(default=1, gt=0)


class ReconcilingConfig(Group):
    """When and how days are reconciled with the platform's bill (PA-10)."""

    hour: int = Field(default=10, ge=0, le=23, description="from when, in Asia/Shanghai; every morning")
    days: int = Field(default=10, gt=0, description="how many days back, so that receipts and refunds are followed")
    pause_seconds: float = Field(default=300, gt=0, description="between two looks whether something is due")
    lines: int = Field(default=1000, gt=0, description="of a bill kept at once")
    concurrency: int = Field(default=8, gt=0, description="questions at a time to heal differences")
    lease_seconds: float = Field(default=120, gt=0, description="after which a run without life is taken over")


class ContactConfig(Group):
    """Whom candidates contact when no rule can settle their money."""

    zh: str = "请致电考试院服务热线 021-12345，并提供订单号。"
    en: str = "Call the exam authority's service line, 021-12345, and give the order number."


class Config(ServiceConfig):
    """The payment service."""

    server: PaymentServer = PaymentServer()
    gateway_url: str = Field(default="http://127.0.0.1:8080", description="where the platform reaches us")
    sandbox_url: str = Field(default="http://127.0.0.1:8090", description="the simulated platform")
    sandbox: SandboxConfig = SandboxConfig()
    provider: Literal["sandbox", "wechat"] = Field(default="sandbox", description="where new payments go (PA-13)")
    wechat: WeChatConfig | None = None
    terms: TermsConfig = TermsConfig()
    pace: PaceConfig = PaceConfig()
    sweep: SweepConfig = SweepConfig()
    receipts_url: str | None = Field(default=None, description="the receipt portal; default: the sandbox")
    receipts: ReceiptsConfig = ReceiptsConfig()
    reconciling: ReconcilingConfig = ReconcilingConfig()
    refunds: RefundsConfig = RefundsConfig()
    field_key: SecretStr = Field(description="64 hex digits: encrypts bank details given for refunds")
    retired_field_keys: tuple[SecretStr, ...] = Field(default=(), description="earlier ones, which only decrypt")
    contact: ContactConfig = ContactConfig()

    @model_validator(mode="after")
    def _account_where_payments_go(self) -> Self:
        if self.provider == "wechat" and self.wechat is None:
            raise ValueError("provider wechat needs the settings ZIKAO_WECHAT__*")
        if self.provider == "sandbox" and not self.sandbox.enabled:
            raise ValueError("provider sandbox is not enabled; name another with ZIKAO_PROVIDER")
        return self
