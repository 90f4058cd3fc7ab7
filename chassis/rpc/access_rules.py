"""Who may call and state what, read off the contracts: the options `access`, `called_by`, `open_to_restricted`,
`open_without_factor`, `varies_by_caller` and `stated_by` of `zikao.common.v1`.

Access is denied unless an RPC names the caller's kind, and of services the caller by name (OP-8, F-31). An RPC that
names nobody keeps its server from starting, and so does an event type that nobody states.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.descriptor_pb2 import MethodOptions
from google.protobuf.message import Message
from zikao.common.v1 import access_pb2

from chassis.errors import Code, PermissionDenied, Refusal, SecondFactorRequired, Unauthenticated
from chassis.security.tokens import Access, Principal


class PasswordChangeRequired(Refusal):
    """A login session opened with an initial password may only be used to choose a new one (ID-3)."""

    reason = "PASSWORD_CHANGE_REQUIRED"
    code = Code.PERMISSION_DENIED
    zh = "首次登录须先修改密码。"
    en = "Change the initial password first."


class ServiceNotNamed(Refusal):
    """The caller is a service of the suite, and the contract of the RPC does not name it (OP-8, F-31)."""

    reason = "SERVICE_NOT_NAMED"
    code = Code.PERMISSION_DENIED
    zh = "此操作不向该服务开放。"
    en = "This operation is not open to that service."


class UndeclaredAccess(Exception):
    """A contract has RPCs that do not say who may call them; its server must not start."""

    def __init__(self, methods: Iterable[str]) -> None:
        super().__init__(
            "these RPCs declare no (zikao.common.v1.access), or SERVICE and no (zikao.common.v1.called_by): "
            f"{', '.join(methods)}"
        )


class UnstatedEvent(Exception):
    """An event type does not say which service states it; nobody must follow it."""

    def __init__(self, event_type: str) -> None:
        super().__init__(f"{event_type} declares no (zikao.common.v1.stated_by)")


@dataclass(frozen=True, slots=True)
class AccessRule:
    """Who may call one RPC."""

    kinds: tuple[Access, ...]
    services: frozenset[str]
    """The services that may call, by name; none where no service may."""
    open_to_restricted: bool
    open_without_factor: bool
    same_for_all: bool
    """Whether it is a public read that answers everybody alike, and so never learns who asks."""

    @property
    def public(self) -> bool:
        """Whether anybody may call, with or without a token."""
        return Access.PUBLIC in self.kinds

    def admit(self, principal: Principal | None) -> None:
        """Raises Unauthenticated, PermissionDenied, ServiceNotNamed, SecondFactorRequired or PasswordChangeRequired
        when `principal` may not call.
        """
        if self.public:
            return
        if principal is None:
            raise Unauthenticated()
        if principal.kind not in self.kinds:
            raise PermissionDenied()
        if principal.kind is Access.SERVICE and principal.subject_id not in self.services:
            raise ServiceNotNamed()
        self._require_completed(principal)

    def _require_completed(self, principal: Principal) -> None:
        """What a login session is yet to bring: a password of one's own first, since whoever has only the initial one
        enrols no factor (ID-3, ID-18). Raises PasswordChangeRequired, SecondFactorRequired.
        """
        if principal.restricted and not self.open_to_restricted:
            raise PasswordChangeRequired()
        if principal.without_factor and not self.open_without_factor:
            raise SecondFactorRequired()


def access_rule(method: MethodDescriptor) -> AccessRule:
    """The rule that `method` declares. Raises UndeclaredAccess."""
    options: Any = method.GetOptions()
    declared = [access_pb2.Access.Name(value) for value in options.Extensions[access_pb2.access]]
    services = frozenset(options.Extensions[access_pb2.called_by])
    if not declared or "ACCESS_UNSPECIFIED" in declared or ("SERVICE" in declared) is not bool(services):
        raise UndeclaredAccess([method.full_name])
    kinds = tuple(Access[name] for name in declared)
    public_read = Access.PUBLIC in kinds and options.idempotency_level == MethodOptions.NO_SIDE_EFFECTS
    return AccessRule(
        kinds,
        services,
        open_to_restricted=options.Extensions[access_pb2.open_to_restricted],
        open_without_factor=options.Extensions[access_pb2.open_without_factor],
        same_for_all=public_read and not options.Extensions[access_pb2.varies_by_caller],
    )


def stating_service(event_type: type[Message]) -> str:
    """The one service that states events of a type. Raises UnstatedEvent."""
    options: Any = event_type.DESCRIPTOR.GetOptions()
    service: str = options.Extensions[access_pb2.stated_by]
    if not service:
        raise UnstatedEvent(event_type.DESCRIPTOR.full_name)
    return service


def access_rules(services: Iterable[ServiceDescriptor]) -> dict[str, AccessRule]:
    """The rules of all RPCs of `services`, by full method name. Raises UndeclaredAccess naming all that have none."""
    rules: dict[str, AccessRule] = {}
    undeclared: list[str] = []
    for method in (method for service in services for method in service.methods):
        try:
            rules[method.full_name] = access_rule(method)
        except UndeclaredAccess:
            undeclared.append(method.full_name)
    if undeclared:
        raise UndeclaredAccess(undeclared)
    return rules
