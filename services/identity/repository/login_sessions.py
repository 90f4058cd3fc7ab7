"""Login sessions and refresh tokens (ID-14)."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, case, delete, exists, func, insert, literal, or_, select, update
from sqlalchemy.dialects.postgresql import BYTEA

from chassis.postgres.rows import from_row, row_of
from services.identity.domain.authentication.second_factors import Proof, StaffLogin
from services.identity.domain.candidates import IdentityState
from services.identity.domain.login_sessions import (
    MOST_LOGIN_SESSIONS,
    REFRESH_TTL,
    AccountKind,
    Credentials,
    LoginSession,
    RefreshToken,
    Renewal,
    StaffLoginLimits,
)
from services.identity.repository.repository_base import Repository
from services.identity.tables import candidates, credentials, login_sessions, refresh_tokens, staff

RENEWAL: Final = tuple(login_sessions.c[one.name] for one in fields(Renewal))


class LoginSessionRepository(Repository):
    """Login sessions with their refresh tokens, of candidates and staff."""

    async def add_login_session(
        self, session: LoginSession, token_hash: bytes, proven: Credentials | None = None
    ) -> bool:
        """A login session with its first refresh token; the account's oldest ones end when there are too many.

        False, and nothing is done, where the account is disabled or the password that was `proven` is no longer its
        own: the rows that say so are locked, so that whoever changes them, and ends all login sessions in the same
        transaction, comes before or after (F-32).
        """
        account = _lock_account(session, proven).cte("account")
        entered = select(account.c.subject_id)
        if proven is not None and proven.password_hash is not None:
            password = _lock_password(proven).cte("password")
            entered = entered.join(password, password.c.subject_id == account.c.subject_id)
        surplus = (
            select(login_sessions.c.login_session_id)
            .where(_live_of(session.subject_id))
            .order_by(login_sessions.c.create_time.desc())
            .offset(MOST_LOGIN_SESSIONS - 1)
        )
        values = row_of(login_sessions, session)
        columns = [login_sessions.c[name] for name in values]
        opened = (
            insert(login_sessions)
            .from_select(
                columns,
                entered.with_only_columns(*(literal(values[one.name], one.type) for one in columns)),
            )
            .returning(login_sessions.c.login_session_id, login_sessions.c.expire_time)
            .cte("opened")
        )
        ended = _ending(session.create_time).where(
            login_sessions.c.login_session_id.in_(surplus), exists(select(opened.c.login_session_id))
        )
        token = insert(refresh_tokens).from_select(
            ["token_hash", "login_session_id", "expire_time"],
            select(literal(token_hash, BYTEA), opened.c.login_session_id, opened.c.expire_time),
        )
        return await self._execution.execute(token.add_cte(ended.cte("ended"))) == 1

    async def rotate_refresh_token(
        self, used: bytes, fresh: bytes, limits: StaffLoginLimits, *, at: datetime, background: bool
    ) -> Renewal | None:
        """Uses up one refresh token and keeps the next; None when the token did not work. One statement, so that of two
        requests with one token one uses it up. What renews in the background keeps no member of staff logged in.
        """
        spent = (
            update(refresh_tokens)
            .where(
                refresh_tokens.c.token_hash == used,
                refresh_tokens.c.use_time.is_(None),
                refresh_tokens.c.expire_time > at,
                refresh_tokens.c.login_session_id == login_sessions.c.login_session_id,
                login_sessions.c.end_time.is_(None),
            )
            .values(use_time=at)
            .returning(refresh_tokens.c.login_session_id)
            .cte("spent")
        )
        renewed = (
            update(login_sessions)
            .where(login_sessions.c.login_session_id == spent.c.login_session_id)
            .values(refresh_time=at, expire_time=_next_end(limits, at, background=background))
            .returning(*RENEWAL)
            .cte("renewed")
        )
        kept = insert(refresh_tokens).from_select(
            ["token_hash", "login_session_id", "expire_time"],
            select(literal(fresh, BYTEA), renewed.c.login_session_id, renewed.c.expire_time),
        )
        row = await self._execution.fetch_one(select(renewed).add_cte(kept.cte("kept")))
        return None if row is None else from_row(Renewal, row)

    async def renew_by_unused_token(
        self, unused: bytes, limits: StaffLoginLimits, *, at: datetime, background: bool
    ) -> Renewal | None:
        """Renews a login session once more without using up its refresh token (GW-8); None when that one is not the
        newest of a live login session.
        """
        newest = (
            select(refresh_tokens.c.login_session_id)
            .where(
                refresh_tokens.c.token_hash == unused,
                refresh_tokens.c.use_time.is_(None),
                refresh_tokens.c.expire_time > at,
            )
            .cte("newest")
        )
        renewed = (
            update(login_sessions)
            .where(login_sessions.c.login_session_id == newest.c.login_session_id, login_sessions.c.end_time.is_(None))
            .values(refresh_time=at, expire_time=_next_end(limits, at, background=background))
            .returning(*RENEWAL)
            .cte("renewed")
        )
        kept = (
            update(refresh_tokens)
            .where(
                refresh_tokens.c.token_hash == unused, refresh_tokens.c.login_session_id == renewed.c.login_session_id
            )
            .values(expire_time=renewed.c.expire_time)
        )
        row = await self._execution.fetch_one(select(renewed).add_cte(kept.cte("kept")))
        return None if row is None else from_row(Renewal, row)

    async def prove_login_session(
        self, login: StaffLogin, fresh: bytes, limits: StaffLoginLimits, *, at: datetime
    ) -> Renewal | None:
        """A second factor was proven in a login session of staff: its earlier refresh tokens are used up, and `fresh`
        is the next. None when it has ended.
        """
        proven = (
            update(login_sessions)
            .where(_own(login), login_sessions.c.expire_time > at)
            .values(
                refresh_time=at,
                proven_time=at,
                factor_time=at,
                expire_time=_next_end(limits, at, background=False),
            )
            .returning(*RENEWAL)
            .cte("proven")
        )
        spent = (
            update(refresh_tokens)
            .where(refresh_tokens.c.login_session_id == proven.c.login_session_id, refresh_tokens.c.use_time.is_(None))
            .values(use_time=at)
        )
        kept = insert(refresh_tokens).from_select(
            ["token_hash", "login_session_id", "expire_time"],
            select(literal(fresh, BYTEA), proven.c.login_session_id, proven.c.expire_time),
        )
        row = await self._execution.fetch_one(select(proven).add_cte(spent.cte("spent"), kept.cte("kept")))
        return None if row is None else from_row(Renewal, row)

    async def prove_again(self, login: StaffLogin, *, at: datetime) -> bool:
        """The password was proven in a login session, anybody's; False when it has ended."""
        live = _own(login), login_sessions.c.expire_time > at
        return await self._execution.execute(update(login_sessions).where(*live).values(proven_time=at)) == 1

    async def find_proof(self, login: StaffLogin, *, at: datetime) -> Proof | None:
        """What was proven in a login session; None when it has ended."""
        columns = login_sessions.c.proven_time, login_sessions.c.factor_time, login_sessions.c.provider_id
        row = await self._execution.fetch_one(select(*columns).where(_own(login), login_sessions.c.expire_time > at))
        return None if row is None else from_row(Proof, row)

    async def end_other_login_sessions(self, login: StaffLogin, *, at: datetime) -> None:
        """Ends all of the account's login sessions but this one."""
        others = login_sessions.c.login_session_id != login.login_session_id
        await self._execution.execute(_ending(at).where(_live_of(login.staff_id), others))

    async def find_refresh_token(self, token_hash: bytes) -> RefreshToken | None:
        """What became of a refresh token."""
        row = await self._execution.fetch_one(
            select(refresh_tokens, login_sessions.c.end_time)
            .join(login_sessions)
            .where(refresh_tokens.c.token_hash == token_hash)
        )
        return None if row is None else from_row(RefreshToken, row, session_ended=row.end_time is not None)

    async def list_live_login_sessions(self, subject_id: str, *, at: datetime) -> Sequence[LoginSession]:
        """The account's live login sessions, the newest first."""
        rows = await self._execution.fetch(
            select(login_sessions)
            .where(_live_of(subject_id), login_sessions.c.expire_time > at)
            .order_by(login_sessions.c.create_time.desc())
        )
        return [from_row(LoginSession, row) for row in rows]

    async def end_login_session(self, login_session_id: str, *, at: datetime) -> None:
        """Ends a login session, whoever's it is."""
        await self._execution.execute(_ending(at).where(login_sessions.c.login_session_id == login_session_id))

    async def end_own_login_session(self, login_session_id: str, subject_id: str, *, at: datetime) -> None:
        """Ends a login session if it is the account's."""
        await self._execution.execute(
            _ending(at).where(login_sessions.c.login_session_id == login_session_id, _live_of(subject_id))
        )

    async def end_all_login_sessions(self, subject_id: str, *, at: datetime) -> int:
        """Ends the account's login sessions; says how many were live."""
        return await self._execution.execute(_ending(at).where(_live_of(subject_id)))

    async def list_ends_of_login_sessions(self, since: datetime) -> Sequence[tuple[str, datetime]]:
        """The ids of the login sessions that have been ended since an instant, and when each was."""
        rows = await self._execution.fetch(
            select(login_sessions.c.login_session_id, login_sessions.c.end_time).where(
                login_sessions.c.end_time >= since
            )
        )
        return [(row.login_session_id, row.end_time) for row in rows]

    async def delete_ended_login_sessions(self, before: datetime) -> int:
        """Removes those that ended or expired before an instant, with their refresh tokens; the number of them."""
        over = or_(login_sessions.c.expire_time < before, login_sessions.c.end_time < before)
        return await self._execution.execute(delete(login_sessions).where(over))


def _next_end(limits: StaffLoginLimits, at: datetime, *, background: bool) -> Any:
    """When a login session ends whose tokens are refreshed `at` (ID-18)."""
    active = func.least(literal(at + limits.idle), login_sessions.c.create_time + limits.longest)
    of_staff = login_sessions.c.expire_time if background else active
    return case((login_sessions.c.kind == AccountKind.CANDIDATE.value, literal(at + REFRESH_TTL)), else_=of_staff)


def _lock_account(session: LoginSession, proven: Credentials | None) -> Select[Any]:
    """The account's row while it may be entered; what a password proved was proven in the state that it was read in."""
    if session.kind is AccountKind.CANDIDATE:
        table, of_account = candidates, candidates.c.candidate_id
        enabled = candidates.c.identity_state != IdentityState.ENDED.value
    else:
        table, of_account = staff, staff.c.staff_id
        enabled = ~staff.c.disabled
    row = select(of_account.label("subject_id")).where(of_account == session.subject_id, enabled)
    if proven is not None:
        row = row.where(table.c.needs_password_change == proven.account.needs_password_change)
    return row.with_for_update(read=True)


def _lock_password(proven: Credentials) -> Select[Any]:
    """The row of the password that was proven, while it is in force."""
    in_force = (
        credentials.c.subject_id == proven.account.subject_id,
        credentials.c.password_hash == proven.password_hash,
    )
    return select(credentials.c.subject_id).where(*in_force).with_for_update(read=True)


def _live_of(subject_id: str) -> Any:
    return (login_sessions.c.subject_id == subject_id) & login_sessions.c.end_time.is_(None)


def _own(login: StaffLogin) -> Any:
    return (login_sessions.c.login_session_id == login.login_session_id) & _live_of(login.staff_id)


def _ending(at: datetime) -> Any:
    return update(login_sessions).where(login_sessions.c.end_time.is_(None)).values(end_time=at)
