"""gRPC in a process that starts programs."""

import os
from typing import Final

SUPPORT: Final = "GRPC_ENABLE_FORK_SUPPORT"


def import_grpc_without_fork_handlers() -> None:
    """Imports gRPC so that it does nothing when this process forks; call it before anything else imports gRPC.

    Some contenders hold channels of services in the load generator's process, which meanwhile starts programs: the
    suite's, a browser, PostgreSQL's. All of these replace the copy of the process at once, so there is nothing for
    gRPC's handlers to do; they would only complain that they cannot.
    """
    os.environ[SUPPORT] = "0"
    import grpc  # noqa: F401 (reads the variable, once for the process)

    # The suite's processes are to run as they always do.
    del os.environ[SUPPORT]
