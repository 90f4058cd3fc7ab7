"""What review can be told, beside what every process can."""

from datetime import timedelta

from pydantic import Field, SecretStr

from chassis.config import ServiceConfig


class Config(ServiceConfig):
    """Review's settings."""

    blobs_url: str = Field(default="file:///tmp/zikao/materials", description="file:///folder or s3://bucket/prefix")
    blobs_options: dict[str, str] = Field(
        default={}, description="for S3: endpoint, region, keys, as obstore names them"
    )
    field_key: SecretStr = Field(description="64 hexadecimal digits: encrypts names, notes and images")
    retired_field_keys: tuple[SecretStr, ...] = Field(default=(), description="earlier ones, which only decrypt")
    claim_lease: timedelta = Field(default=timedelta(minutes=30), description="how long a claimed case stays claimed")
    undo_time: timedelta = Field(
        default=timedelta(seconds=10),
        ge=timedelta(0),
        description="from a decision to its effect: until then whoever decided can undo it",
    )
    images_waiting: int = Field(default=32, ge=0, description="images that may wait for a thread; more are refused")
    images_memory_bytes: int = Field(
        default=320 * 1024 * 1024, gt=0, description="for decoding images, in a container at most 0.4 of its memory"
    )
    double_review_share: float = Field(
        default=0.05, ge=0, le=1, description="share of decisions that a second reviewer judges too"
    )
