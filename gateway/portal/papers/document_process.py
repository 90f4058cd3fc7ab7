"""Papers drawn outside the gateway's process: a third of a second of a processor, during which no page would be
answered, and a tenth of a gigabyte, which goes back with the process that used it.
"""

import subprocess
import sys
from pathlib import Path
from typing import Final

from chassis.process.thread_pool import ThreadPool
from chassis.telemetry.logs import get_logger
from gateway.errors import PaperNotDrawn
from gateway.portal.papers.content import PaperContent

ROOT: Final = Path(__file__).parents[3]
COMMAND: Final = (sys.executable, "-m", "gateway.portal.papers.document")
MOST_SECONDS: Final = 20.0
MOST_WAITING: Final = 16

_log = get_logger(__name__)
_desk = ThreadPool("papers", most_waiting=MOST_WAITING, workers=1)
"""One is drawn at a time, however many are asked for; the threads only wait."""


async def drawn(content: PaperContent) -> bytes:
    """The PDF of a paper. Raises Overloaded where too many wait, PaperNotDrawn."""
    return await _desk.do(_drawn, content.to_json())


def _drawn(content: bytes) -> bytes:
    try:
        # The process is given nothing of this one's environment, where the keys are.
        done = subprocess.run(  # noqa: S603  # our own module
            COMMAND, input=content, capture_output=True, cwd=ROOT, env={}, timeout=MOST_SECONDS, check=True
        )
    except subprocess.SubprocessError as failed:
        # What the process says of itself may quote a name.
        _log.error("a paper was not drawn", error=type(failed).__name__)
        raise PaperNotDrawn() from None
    return done.stdout
