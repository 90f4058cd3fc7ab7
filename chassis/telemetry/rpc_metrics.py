"""What is counted of every RPC, served and made; always kept, and scraped from the admin port."""

from typing import Final

from prometheus_client import Counter

from chassis.telemetry.lock_free_metrics import DurationHistogram, Gauge

SERVER_SECONDS: Final = DurationHistogram(
    "zikao_rpc_server_seconds", "Time taken to answer an RPC.", ["service", "method", "code"]
)
SERVER_DEADLINE_LEFT: Final = DurationHistogram(
    "zikao_rpc_server_deadline_left_seconds", "Time the caller would still have waited.", ["service", "method"]
)
SERVER_IN_PROGRESS: Final = Gauge("zikao_rpc_server_in_progress", "RPCs being answered.", ["service", "method"])
CLIENT_SECONDS: Final = DurationHistogram(
    "zikao_rpc_client_seconds", "Time taken by an RPC of another service.", ["peer", "method", "code"]
)
REFUSALS: Final = Counter("zikao_refusals_total", "Answers that were not OK.", ["method", "reason"])
