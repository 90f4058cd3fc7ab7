"""TLS by configuration.

A certificate put in place of the old one is used from the next connection on, without a restart.
"""

from pathlib import Path

import grpc

from chassis.config import TlsConfig
from chassis.telemetry.logs import get_logger

_log = get_logger(__name__)


class WatchedFiles:
    """Files that may be replaced while the process runs."""

    def __init__(self, *paths: Path | None) -> None:
        self._paths = [path for path in paths if path is not None]
        self._read = self._stamp()

    def changed(self) -> bool:
        """Whether a file differs from what was last read. Raises OSError when one is missing."""
        return self._stamp() != self._read

    def mark_read(self) -> None:
        """Notes that the files have been read as they are now."""
        self._read = self._stamp()

    def _stamp(self) -> list[tuple[int, int]]:
        return [(status.st_mtime_ns, status.st_ino) for status in (path.stat() for path in self._paths)]


def server_credentials(config: TlsConfig) -> grpc.ServerCredentials:
    """Credentials of a server, read again when the files change; clients must show a certificate when an authority
    for them is configured.

    Raises OSError when a file is missing at the start. Later, unreadable files leave the last good certificate in use.
    """
    watched = WatchedFiles(config.cert_file, config.key_file, config.ca_file)

    def renewed() -> grpc.ServerCertificateConfiguration | None:
        try:
            if not watched.changed():
                return None
            certificate = _certificate(config)
        except OSError as error:
            _log.error("the certificate cannot be read again; the old one stays in use", exc_info=error)
            return None
        watched.mark_read()
        return certificate

    first, demanding = _certificate(config), config.require_client_certificate
    return grpc.dynamic_ssl_server_credentials(first, renewed, demanding)  # type: ignore[arg-type]  # None: as before


def channel_credentials(config: TlsConfig) -> grpc.ChannelCredentials:
    """Credentials of a client: who signs servers' certificates, and its own one for mutual TLS. Raises OSError."""
    return grpc.ssl_channel_credentials(_read(config.ca_file), _read(config.key_file), _read(config.cert_file))


def _certificate(config: TlsConfig) -> grpc.ServerCertificateConfiguration:
    key, certificate = _read(config.key_file), _read(config.cert_file)
    if key is None or certificate is None:
        raise ValueError("a TLS server needs both cert_file and key_file")
    return grpc.ssl_server_certificate_configuration([(key, certificate)], _read(config.ca_file))


def _read(path: Path | None) -> bytes | None:
    return path.read_bytes() if path else None
