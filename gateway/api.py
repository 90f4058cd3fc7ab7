"""The API as a bare ASGI application: finds the route, has it answer, renders what goes wrong, and counts."""

from datetime import timedelta
from typing import Final

from prometheus_client import Gauge, Histogram

from chassis.logs import get_logger
from chassis.telemetry import LATENCY_BUCKETS

_log = get_logger(__name__)

HEAD: Final = "HEAD"
OPTIONS: Final = "OPTIONS"
RETRY_WHEN_FULL: Final = timedelta(seconds=2)
NO_ROUTE: Final = "none"
NO_SNIFFING: Final = (b"x-content-type-options", b"nosniff")

SECONDS: Final = Histogram(
    "zikao_http_seconds", "Time taken to answer a request.", ["route", "status"], buckets=LATENCY_BUCKETS
)
IN_PROGRESS: Final = Gauge("zikao_http_in_progress", "Requests being answered.", ["kind"])
