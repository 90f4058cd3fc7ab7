"""Who may call what, read off the contracts: the options `access`, `open_to_restricted` and `varies_by_caller` of
`zikao.common.v1`.

Access is denied unless an RPC names the caller's kind, and an RPC that names nobody keeps its server from starting.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.descriptor_pb2 import MethodOptions
from zikao.common.v1 import access_pb2

from chassis.errors import Code, PermissionDenied, Refusal, Unauthenticated
from chassis.security.tokens import Access, Principal


class PasswordChangeRequired(Refusal):
    """A login session opened with an initial password may only be used to choose a new one (ID-3)."""

    reason = "PASSWORD_CHANGE_REQUIRED"
    code = Code.PERMISSION_DENIED
    zh = "首次登录须先修改密码。"
    en = "Change the initial password first."


class UndeclaredAccess(Exception):
    """A contract has RPCs that do not say who may call them; its server must not start."""

    def __init__(self, methods: Iterable[str]) -> None:
        super().__init__(f"these RPCs declare no (zikao.common.v1.access): {', '.join(methods)}")


@dataclass(frozen=True, slots=True)
class AccessRule:
    """Who may call one RPC."""

    kinds: tuple[Access, ...]
    open_to_restricted: bool
    same_for_all: bool
    """Whether it is a public read that answers everybody alike, and so never learns who asks."""

    @property
    def public(self) -> bool:
        """Whether anybody may call, with or without a token."""
        return Access.PUBLIC in self.kinds

    def admit(self, principal: Principal | None) -> None:
        """Raises Unauthenticated, PermissionDenied or PasswordChangeRequired when `principal` may not call."""
        if self.public:
            return
        if principal is None:
            raise Unauthenticated()
        if principal.kind not in self.kinds:
            raise PermissionDenied()
        if principal.restricted and not self.open_to_restricted:
            raise PasswordChangeRequired()


def access_rule(method: MethodDescriptor) -> AccessRule:
    """The rule that `method` declares. Raises UndeclaredAccess."""
    options: Any = method.GetOptions()
    declared = [access_pb2.Access.Name(value) for value in options.Extensions[access_pb2.access]]
    if not declared or "ACCESS_UNSPECIFIED" in declared:
        raise UndeclaredAccess([method.full_name])
    kinds = tuple(Access[name] for name in declared)
    public_read = Access.PUBLIC in kinds and options.idempotency_level == MethodOptions.NO_SIDE_EFFECTS
    return AccessRule(
        kinds,
        open_to_restricted=options.Extensions[access_pb2.open_to_restricted],
        same_for_all=public_read and not options.Extensions[access_pb2.varies_by_caller],
    )


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
