"""Passwords, login sessions and refresh tokens."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, literal, null, or_, select, union_all, update
from sqlalchemy.dialects.postgresql import BYTEA
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.sql.selectable import Select

from services.identity.domain.documents import normal_form, person_key_of
from services.identity.domain.logins import (
    MOST_LOGIN_SESSIONS,
    Account,
    AccountKind,
    Credentials,
    LoginSession,
    RefreshToken,
)
from services.identity.repository.sealing import Sealer
from services.identity.repository.statements import Statements
from services.identity.tables import candidates, credentials, login_names, login_sessions, refresh_tokens, staff


class LoginRepository:
    """The port `Logins` in PostgreSQL."""

    def __init__(self, run: Statements, sealer: Sealer) -> None:
        self._run = run
        self._sealer = sealer

    async def find(self, login_name: str) -> Credentials | None:
        """As the port says: one statement, whatever the name is."""
        person = self._sealer.person_index(person_key_of(login_name))
        ticket = self._sealer.ticket_index(normal_form(login_name))
        holder = select(login_names.c.candidate_id).where(login_names.c.name_index == ticket).scalar_subquery()
        found = union_all(
            _candidates(1).where(candidates.c.person_index == person),
            _candidates(2).where(candidates.c.candidate_id == holder),
            _staff(3).where(staff.c.login_name == login_name.strip().lower()),
        ).subquery()
        return self._credentials(await self._run.fetch_one(select(found).order_by(found.c.place).limit(1)))

    async def credentials(self, subject_id: str) -> Credentials | None:
        """As the port says."""
        return self._credentials(await self._run.fetch_one(_account(subject_id)))

    def _credentials(self, row: Row[Any] | None) -> Credentials | None:
        if row is None:
            return None
        document = self._sealer.document(row) if row.document_cipher and row.password_hash is None else None
        return Credentials(_account_of(row), row.password_hash, document)

    async def set_password(self, subject_id: str, password_hash: str, *, expected: str | None, at: datetime) -> bool:
        """As the port says."""
        row = {"subject_id": subject_id, "password_hash": password_hash, "update_time": at}
        if expected is None:
            return await self._run.execute(upsert(credentials).values(row).on_conflict_do_nothing()) == 1
        in_force = (credentials.c.subject_id == subject_id) & (credentials.c.password_hash == expected)
        return await self._run.execute(update(credentials).where(in_force).values(row)) == 1

    async def open(self, session: LoginSession, token_hash: bytes) -> None:
        """As the port says."""
        surplus = (
            select(login_sessions.c.login_session_id)
            .where(_live_of(session.subject_id))
            .order_by(login_sessions.c.create_time.desc())
            .offset(MOST_LOGIN_SESSIONS - 1)
        )
        ended = _ending(session.create_time).where(login_sessions.c.login_session_id.in_(surplus))
        token = {
            "token_hash": token_hash,
            "login_session_id": session.login_session_id,
            "expire_time": session.expire_time,
        }
        await self._run.execute(
            insert(login_sessions)
            .values({name: getattr(session, name) for name in _SESSION} | {"kind": session.kind.value})
            .add_cte(ended.cte("ended"), insert(refresh_tokens).values(token).cte("token"))
        )

    async def rotate(
        self, used: bytes, fresh: bytes, *, at: datetime, expire_time: datetime
    ) -> tuple[str, Account] | None:
        """As the port says: one statement, so that of two requests with one token one gets the next."""
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
            .values(refresh_time=at, expire_time=expire_time)
            .returning(login_sessions.c.login_session_id, login_sessions.c.subject_id)
            .cte("renewed")
        )
        kept = insert(refresh_tokens).from_select(
            ["token_hash", "login_session_id", "expire_time"],
            select(literal(fresh, BYTEA), renewed.c.login_session_id, literal(expire_time)),
        )
        row = await self._run.fetch_one(
            select(renewed.c.login_session_id, renewed.c.subject_id).add_cte(kept.cte("kept"))
        )
        if row is None:
            return None
        owner = await self._run.fetch_one(_account(row.subject_id))
        return None if owner is None else (row.login_session_id, _account_of(owner))

    async def refresh_token(self, token_hash: bytes) -> RefreshToken | None:
        """As the port says."""
        row = await self._run.fetch_one(
            select(refresh_tokens, login_sessions.c.end_time)
            .join(login_sessions)
            .where(refresh_tokens.c.token_hash == token_hash)
        )
        if row is None:
            return None
        return RefreshToken(row.login_session_id, row.expire_time, row.use_time, row.end_time is not None)

    async def live(self, subject_id: str, *, at: datetime) -> Sequence[LoginSession]:
        """As the port says."""
        rows = await self._run.fetch(
            select(login_sessions)
            .where(_live_of(subject_id), login_sessions.c.expire_time > at)
            .order_by(login_sessions.c.create_time.desc())
        )
        return [
            LoginSession(**{name: getattr(row, name) for name in _SESSION} | {"kind": AccountKind(row.kind)})
            for row in rows
        ]

    async def end(self, login_session_id: str, *, at: datetime) -> None:
        """As the port says."""
        await self._run.execute(_ending(at).where(login_sessions.c.login_session_id == login_session_id))

    async def end_own(self, login_session_id: str, subject_id: str, *, at: datetime) -> None:
        """As the port says."""
        await self._run.execute(
            _ending(at).where(login_sessions.c.login_session_id == login_session_id, _live_of(subject_id))
        )

    async def end_all(self, subject_id: str, *, at: datetime) -> int:
        """As the port says."""
        return await self._run.execute(_ending(at).where(_live_of(subject_id)))

    async def forget_ended(self, before: datetime) -> int:
        """As the port says."""
        over = or_(login_sessions.c.expire_time < before, login_sessions.c.end_time < before)
        return await self._run.execute(delete(login_sessions).where(over))


_SESSION = ("login_session_id", "subject_id", "kind", "user_agent", "create_time", "refresh_time", "expire_time")


def _candidates(place: int) -> Select[Any]:
    return select(
        literal(place).label("place"),
        candidates.c.candidate_id,
        literal(AccountKind.CANDIDATE.value).label("kind"),
        literal("").label("organisation"),
        candidates.c.needs_password_change,
        literal(False).label("disabled"),
        candidates.c.document_type,
        candidates.c.document_cipher,
        credentials.c.password_hash,
    ).outerjoin_from(candidates, credentials, credentials.c.subject_id == candidates.c.candidate_id)


def _staff(place: int) -> Select[Any]:
    return select(
        literal(place).label("place"),
        staff.c.staff_id.label("candidate_id"),
        staff.c.kind,
        staff.c.organisation,
        staff.c.needs_password_change,
        staff.c.disabled,
        null().label("document_type"),
        null().label("document_cipher"),
        credentials.c.password_hash,
    ).outerjoin_from(staff, credentials, credentials.c.subject_id == staff.c.staff_id)


def _account(subject_id: str) -> Any:
    return union_all(
        _candidates(1).where(candidates.c.candidate_id == subject_id), _staff(2).where(staff.c.staff_id == subject_id)
    )


def _account_of(row: Row[Any]) -> Account:
    kind = AccountKind(row.kind)
    return Account(row.candidate_id, kind, row.organisation, row.needs_password_change, row.disabled)


def _live_of(subject_id: str) -> Any:
    return (login_sessions.c.subject_id == subject_id) & login_sessions.c.end_time.is_(None)


def _ending(at: datetime) -> Any:
    return update(login_sessions).where(login_sessions.c.end_time.is_(None)).values(end_time=at)
