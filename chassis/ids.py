"""Ids: UUIDs as text. New ones grow with time, so that indexes grow at one end; derived ones are the same for the same
parts.
"""

import uuid
from typing import Final

import uuid_utils.compat

_NAMESPACE: Final = uuid.UUID("6f1c8f0e-2c1b-5f64-9d53-0a6c2f7b9e11")
_SEPARATOR: Final = "\x1f"


def new_id() -> str:
    """A new id (UUID version 7)."""
    return str(uuid_utils.compat.uuid7())


def secret_id() -> str:
    """A new id that nobody can guess (UUID version 4): for what is open to whoever knows its id."""
    return str(uuid.uuid4())


def short_number(entity_id: str) -> str:
    """What people quote of an id on the telephone and read in messages: how it begins, as `6138-C7E0`."""
    return f"{entity_id[:4]}-{entity_id[4:8]}".upper()


def derived_id(*parts: str) -> str:
    """The id that belongs to `parts` (UUID version 5): the same parts give the same id in every process, for ever."""
    return str(uuid.uuid5(_NAMESPACE, _SEPARATOR.join(parts)))
