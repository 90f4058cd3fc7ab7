"""A connection to another service that follows its certificates: when the files change, calls take a new channel."""

import asyncio
import json
import time
from collections.abc import Iterable
from typing import Any, Final

import grpc
from google.protobuf.descriptor import ServiceDescriptor
from google.protobuf.descriptor_pb2 import MethodOptions

from chassis.config import TlsConfig
from chassis.rpc.error_details import METADATA_BYTES
from chassis.rpc.tls import WatchedFiles, channel_credentials
from chassis.telemetry.logs import get_logger

_log = get_logger(__name__)

SCHEMES: Final = ("unix:", "ipv4:", "ipv6:")
"""Of targets that are no plain address; `ipv4:` and `ipv6:` name several, with commas between."""
LOOK_EVERY_SECONDS: Final = 30.0
OLD_CHANNEL_SECONDS: Final = 60.0
MESSAGE_BYTES: Final = 64 * 1024 * 1024
RETRY_POLICY: Final = {
    "maxAttempts": 4,
    "initialBackoff": "0.05s",
    "maxBackoff": "1s",
    "backoffMultiplier": 3,
    "retryableStatusCodes": ["UNAVAILABLE"],
}


class FreshChannel:
    """The channel to one address."""

    def __init__(self, address: str, services: Iterable[ServiceDescriptor], tls: TlsConfig | None) -> None:
        self._target = address if "://" in address or address.startswith(SCHEMES) else f"dns:///{address}"
        self._options = channel_options(services)
        self._tls = tls
        self._watched = WatchedFiles(tls.cert_file, tls.key_file, tls.ca_file) if tls else None
        self._next_look = time.monotonic() + LOOK_EVERY_SECONDS
        self._closing: set[asyncio.Task[None]] = set()
        self._channel = self._open()

    def current(self) -> grpc.aio.Channel:
        """The channel to make the next call on."""
        if self._watched is not None and time.monotonic() >= self._next_look:
            self._next_look = time.monotonic() + LOOK_EVERY_SECONDS
            self._follow(self._watched)
        return self._channel

    async def close(self) -> None:
        """Ends the calls in progress and the connections."""
        await asyncio.gather(self._channel.close(None), *self._closing)

    def _follow(self, watched: WatchedFiles) -> None:
        try:
            if not watched.changed():
                return
            replaced, self._channel = self._channel, self._open()
            watched.mark_read()
        except OSError as error:
            _log.error("the certificate cannot be read again; the old one stays in use", exc_info=error)
            return
        closing = asyncio.create_task(replaced.close(OLD_CHANNEL_SECONDS))
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)

    def _open(self) -> grpc.aio.Channel:
        if self._tls is None:
            return grpc.aio.insecure_channel(self._target, self._options)
        return grpc.aio.secure_channel(self._target, channel_credentials(self._tls), self._options)


def channel_options(services: Iterable[ServiceDescriptor]) -> list[tuple[str, Any]]:
    """Balances over all addresses of the name, and repeats a call that found nobody where its contract allows that."""
    repeatable = [
        {"service": service.full_name, "method": method.name}
        for service in services
        for method in service.methods
        if method.GetOptions().idempotency_level != MethodOptions.IDEMPOTENCY_UNKNOWN
    ]
    service_config: dict[str, Any] = {"loadBalancingConfig": [{"round_robin": {}}]}
    if repeatable:
        service_config["methodConfig"] = [{"name": repeatable, "retryPolicy": RETRY_POLICY}]
    return [
        ("grpc.service_config", json.dumps(service_config)),
        ("grpc.max_receive_message_length", MESSAGE_BYTES),
        ("grpc.max_send_message_length", MESSAGE_BYTES),
        ("grpc.max_metadata_size", METADATA_BYTES),
        ("grpc.absolute_max_metadata_size", METADATA_BYTES * 2),
        ("grpc.keepalive_time_ms", 60_000),
        ("grpc.initial_reconnect_backoff_ms", 100),
        # For all its name, how long one attempt to connect may take: a busy peer needs more than the first backoff.
        ("grpc.min_reconnect_backoff_ms", 5_000),
        ("grpc.max_reconnect_backoff_ms", 2_000),
        # A name is looked up again this soon after a peer went, not thirty seconds later: a rolling restart moves them.
        ("grpc.dns_min_time_between_resolutions_ms", 1_000),
    ]
