"""Which rows of a service's tables are about a candidate, and what an erasure makes of them (ID-20).

A service lists every one of its tables, as its own rows or with the reason why nobody's are in it, so that a new table
shows by itself: `tests/contract/test_personal_data_tables.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from sqlalchemy import BindParameter, ColumnElement, Table, bindparam
from sqlalchemy.dialects.postgresql import UUID

OWNER: Final[BindParameter[str]] = bindparam("owner_id", type_=UUID(as_uuid=False))
"""The candidate, in the conditions of `OwnRows`."""


class Erasure(Enum):
    """What becomes of rows when their candidate's account is erased."""

    GONE = "GONE"
    BLANKED = "BLANKED"
    """Ids, codes and times stay."""
    KEPT = "KEPT"
    """They hold nothing else."""


@dataclass(frozen=True, slots=True)
class OwnRows:
    """The rows of one table that are about a candidate. `blank`: what its columns hold afterwards, where that is the
    same in all rows. `secret` columns are nobody's to read: keys, hashes and what they are found by.
    """

    table: Table
    whose: ColumnElement[bool]
    erasure: Erasure
    blank: Mapping[str, Any] | None = None
    secret: frozenset[str] = frozenset()


SHARED: Final[Mapping[str, str]] = {
    "outbox": "on its way to others; taken back at an erasure, and gone once it has arrived",
    "inbox": "ids of events",
    "kept_answers": "first answers, sealed; gone at an erasure, and after two days",
    "external_systems": "no person",
    "refusal_counts": "counts by the minute",
    "audit_entries": "ids and codes; looks are shown by themselves, and what people typed goes at an erasure",
}
"""The tables of the chassis, which every service has, and why none of their rows is exported."""
