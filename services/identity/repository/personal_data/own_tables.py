"""What identity holds about a candidate, table by table (ID-20)."""

from typing import Final

from sqlalchemy import ColumnElement, Table, select

from chassis.personal_data.own_rows import OWNER, Erasure, OwnRows
from services.identity.tables import (
    account_erasures,
    candidates,
    credentials,
    login_names,
    login_sessions,
    message_deliveries,
    message_preferences,
    messages,
    password_recoveries,
    phone_changes,
    refresh_tokens,
)

_SESSIONS: Final = select(login_sessions.c.login_session_id).where(login_sessions.c.subject_id == OWNER)

_MESSAGES: Final = select(messages.c.message_id).where(messages.c.candidate_id == OWNER)


def _own(table: Table) -> ColumnElement[bool]:
    return table.c.candidate_id == OWNER


OWN_TABLES: Final = (
    OwnRows(
        refresh_tokens,
        refresh_tokens.c.login_session_id.in_(_SESSIONS),
        Erasure.GONE,
        secret=frozenset({"token_hash"}),
    ),
    OwnRows(
        login_sessions,
        login_sessions.c.subject_id == OWNER,
        Erasure.BLANKED,
        # The row stays for seven days, so that every process hears that its tokens work no more (F-32).
        {"user_agent": ""},
    ),
    OwnRows(
        password_recoveries,
        _own(password_recoveries),
        Erasure.GONE,
        secret=frozenset({"code_cipher", "address_index"}),
    ),
    OwnRows(phone_changes, _own(phone_changes), Erasure.GONE),
    OwnRows(message_deliveries, message_deliveries.c.message_id.in_(_MESSAGES), Erasure.GONE),
    OwnRows(messages, _own(messages), Erasure.GONE),
    OwnRows(message_preferences, _own(message_preferences), Erasure.GONE),
    OwnRows(login_names, _own(login_names), Erasure.GONE, secret=frozenset({"name_index"})),
    OwnRows(credentials, credentials.c.subject_id == OWNER, Erasure.GONE, secret=frozenset({"password_hash"})),
    OwnRows(
        candidates,
        _own(candidates),
        Erasure.GONE,
        secret=frozenset({"person_index", "phone_index", "caller_indexes", "unverified_place"}),
    ),
    OwnRows(account_erasures, _own(account_erasures), Erasure.KEPT),
)
"""In the order in which they go: what refers to others first."""

STAFF: Final = "accounts of staff"
OTHER_TABLES: Final = {
    **dict.fromkeys(("staff", "totps", "passkeys", "backup_codes", "passkey_challenges", "staff_identities"), STAFF),
    "register_questions": "keyed counts by document number, whoever carries it; gone after a week",
    "registration_windows": "when registration is open",
}
"""Tables without anybody's rows, and why."""
