"""What was raised in the operator's queue and has healed itself since."""

from typing import Final

from services.payment.domain.exceptions import SYSTEM, Resolution

_HEALED: Final = Resolution.HEALED.value


def heal(key: int) -> str:
    """Takes an entry out of the operator's queue: `$2` is the time, parameter `key` what the entry is counted by."""
    return f"""
UPDATE exceptions SET state = 'RESOLVED', resolved_by = '{SYSTEM}', resolution_note = '{_HEALED}', resolve_time = $2,
  version = version + 1
WHERE key = ${key}::text AND state = 'OPEN'
"""
