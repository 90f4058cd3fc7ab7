"""Forms that were sent when their login session had ended, on their way through the next login (GW-8).

The gateway keeps none of them (GW-2): what was typed is sealed into the login page, and comes back with it. Where the
login leads over an organisation's provider, a cookie holds it meanwhile.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from chassis.security.encryption import FieldCipher, Undecipherable

LATE_FIELD: Final = "late_form"
"""The input with which a sealed form comes along."""
MOST_SEALED_BYTES: Final = 128 * 1024
"""Of what was typed, as UTF-8: sealed it fits into a form without files."""
KEPT_FOR: Final = timedelta(days=1)
LATE: Final = "zikao_late_form"
"""The cookie that holds a sealed form while its browser is at a sign-in provider, which takes nothing along."""
MOST_IN_COOKIE: Final = 3_500
"""Characters of a sealed form: browsers keep 4,096 bytes of a cookie, name and attributes among them."""

_PURPOSE: Final = b"late forms"


@dataclass(frozen=True, slots=True)
class LateForm:
    """What was typed, where it was sent to, and the token it was sent with, which tells whose it is."""

    address: str
    token: str
    typed: Sequence[tuple[str, str]]


class LateForms:
    """Seals them and opens them again: browsers hold them meanwhile, and can neither read nor change them."""

    def __init__(self, key: bytes) -> None:
        """`key`: the same 32 bytes in every gateway of the suite."""
        self._cipher = FieldCipher({"late": hmac.digest(key, _PURPOSE, hashlib.sha256)})

    def seal(self, form: LateForm, now: datetime) -> str:
        """The form as text for an input; empty where it is too large to be kept."""
        content = json.dumps([now.timestamp(), form.address, form.token, list(form.typed)], ensure_ascii=False).encode()
        if len(content) > MOST_SEALED_BYTES:
            return ""
        return base64.urlsafe_b64encode(self._cipher.seal(content)).decode()

    def open(self, sealed: str, now: datetime) -> LateForm | None:
        """The form again; none where the text is not ours, or older than a day."""
        try:
            content = json.loads(self._cipher.unseal(base64.urlsafe_b64decode(sealed.encode())))
        except (Undecipherable, ValueError):
            return None
        sealed_at, address, token, typed = content
        if now.timestamp() - sealed_at > KEPT_FOR.total_seconds():
            return None
        return LateForm(address, token, [(name, text) for name, text in typed])
