"""Files that travel to the browser and back between a check and what was checked, so that nothing of them is kept here
(GW-2).
"""

import base64
import binascii
from typing import Final

MOST_BYTES: Final = 3 * 1024 * 1024
"""Of the files of one form."""


def written(content: bytes) -> str:
    """A file as the value of a hidden input."""
    return base64.b64encode(content).decode()


def read(value: object) -> bytes | None:
    """The file that such an input sends back; None where it sends none."""
    if not isinstance(value, str):
        return None
    try:
        return base64.b64decode(value, validate=True)
    except binascii.Error:
        return None
