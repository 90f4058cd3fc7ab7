"""Login sessions, tokens and recoveries of passwords."""

from collections.abc import Iterable

from zikao.identity.v1 import login_service_pb2, resources_pb2

from services.identity.domain.login_sessions import IssuedTokens, LoginSession
from services.identity.domain.password_recoveries import PasswordRecovery, RecoveryChannel
from services.identity.mapping.timestamps import timestamp


def tokens_message(issued: IssuedTokens) -> resources_pb2.Tokens:
    """A pair of tokens in the contract's terms."""
    return resources_pb2.Tokens(
        access_token=issued.access_token,
        access_expire_time=timestamp(issued.access_expire_time),
        refresh_token=issued.refresh_token,
        refresh_expire_time=timestamp(issued.refresh_expire_time),
        login_session_id=issued.login_session_id,
        kind=issued.account.kind.name,
        subject_id=issued.account.subject_id,
        needs_password_change=issued.account.needs_password_change,
    )


def login_session_messages(sessions: Iterable[LoginSession], current: str) -> list[resources_pb2.LoginSession]:
    """Login sessions in the contract's terms; `current` is the caller's own."""
    return [
        resources_pb2.LoginSession(
            login_session_id=session.login_session_id,
            create_time=timestamp(session.create_time),
            refresh_time=timestamp(session.refresh_time),
            expire_time=timestamp(session.expire_time),
            user_agent=session.user_agent,
            current=session.login_session_id == current,
        )
        for session in sessions
    ]


def recovery_channel(value: int) -> RecoveryChannel:
    """The contract's channel in ours."""
    return RecoveryChannel[login_service_pb2.CreatePasswordRecoveryRequest.Channel.Name(value)]


def recovery_message(recovery: PasswordRecovery) -> resources_pb2.PasswordRecovery:
    """A recovery in the contract's terms: the same for somebody and for nobody."""
    return resources_pb2.PasswordRecovery(
        password_recovery_id=recovery.password_recovery_id, expire_time=timestamp(recovery.expire_time)
    )
