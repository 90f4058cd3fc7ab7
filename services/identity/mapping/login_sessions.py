"""Login sessions, tokens and recoveries of passwords."""

from collections.abc import Iterable

from zikao.identity.v1 import login_service_pb2, resources_pb2, revocation_service_pb2

from chassis.rpc.message_mapping import message_of
from chassis.security.revocations import News
from services.identity.domain.authentication.password_recoveries import PasswordRecovery
from services.identity.domain.contact_addresses import ContactChannel
from services.identity.domain.login_sessions import IssuedTokens, LoginSession


def tokens_message(issued: IssuedTokens) -> resources_pb2.Tokens:
    """A pair of tokens in the contract's terms."""
    account = issued.account
    return message_of(
        resources_pb2.Tokens,
        issued,
        kind=account.kind.value,
        subject_id=account.subject_id,
        needs_password_change=account.needs_password_change,
    )


def login_session_messages(sessions: Iterable[LoginSession], current: str) -> list[resources_pb2.LoginSession]:
    """Login sessions in the contract's terms; `current` is the caller's own."""
    return [
        message_of(resources_pb2.LoginSession, session, current=session.login_session_id == current)
        for session in sessions
    ]


def revocation_messages(news: News) -> list[revocation_service_pb2.Revocation]:
    """Ends of login sessions in the contract's terms."""
    return [message_of(revocation_service_pb2.Revocation, each) for each in news]


def recovery_channel(value: int) -> ContactChannel:
    """The contract's channel in ours."""
    return ContactChannel[login_service_pb2.CreatePasswordRecoveryRequest.Channel.Name(value)]


def recovery_message(recovery: PasswordRecovery) -> resources_pb2.PasswordRecovery:
    """A recovery in the contract's terms: the same for somebody and for nobody."""
    return resources_pb2.PasswordRecovery(
        password_recovery_id=recovery.password_recovery_id, expire_time=recovery.expire_time
    )
