"""Candidates of a running suite by the thousand: copies of some who came there over HTTP, and tokens for them."""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bench.seeding.row_copies import KeyedTable, Original, Words, keyed_by, read_original, write_copies
from bench.seeding.walked_candidates import AwaitedOrder, Draft, Walked, WalkedCandidate, walk
from bench.suites.measured_suite import MeasuredSuite
from chassis.clock import SystemClock
from chassis.ids import new_id

TOKEN_LASTS: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class SuiteTables:
    """Where a suite keeps what is counted afterwards."""

    orders: KeyedTable
    selections: KeyedTable


@dataclass(slots=True)
class SuiteCandidates:
    """Makes candidates of one suite. `walked`, `tables`: filled by `prepare`."""

    suite: MeasuredSuite
    walked: Walked | None = None
    tables: SuiteTables | None = None
    _originals: dict[str, Original] = field(default_factory=dict)

    async def prepare(self) -> None:
        """Brings one candidate of each kind so far, once. Raises Deviation and NothingToCopy."""
        if self.walked is None:
            self.walked = await walk(self.suite)
            payer = self.walked.before_payment
            assert payer.order is not None
            url, candidate_id = self.suite.owner_url, payer.candidate_id
            self.tables = SuiteTables(
                await keyed_by(url, "payment", payer.order.order_id, candidate_id),
                await keyed_by(url, "enrollment", payer.drafts[0].selection_id, candidate_id),
            )

    async def copies(self, original: WalkedCandidate, count: int, other_url: str = "") -> list[WalkedCandidate]:
        """So many who stand where the original stands, each with a token that the suite has not seen before; in the
        suite's database, or in another one that holds what the suite's held before.
        """
        url, words = self.suite.owner_url, original.words
        if original.candidate_id not in self._originals:
            self._originals[original.candidate_id] = await read_original(url, words, SystemClock().now())
        written = await write_copies(other_url or url, self._originals[original.candidate_id], count)
        forge = TokenForge.like(original.token, self.suite.private_keys())
        return [_copy(original, renamed, forge) for renamed in written]


@dataclass(frozen=True, slots=True)
class TokenForge:
    """Signs tokens like one that the suite has given: whatever its claims are called, only whose it is, in which login
    session, and how long it lasts are other ones.
    """

    header: str
    claims: Mapping[str, Any]
    key: Ed25519PrivateKey

    @classmethod
    def like(cls, token: str, keys: Mapping[str, Ed25519PrivateKey]) -> "TokenForge":
        """Raises LookupError where no key has signed the token."""
        header, claims, signature = token.split(".")
        for key in keys.values():
            signed = _base64(key.sign(f"{header}.{claims}".encode()))
            if signed == signature:  # Ed25519 signs the same the same way
                return cls(header, json.loads(base64.urlsafe_b64decode(claims + "==")), key)
        raise LookupError("no key of the suite has signed the token that it gave")

    def sign(self, candidate_id: str, previous_id: str) -> str:
        """A token of `candidate_id`, where the given one was of `previous_id`."""
        session = {name: new_id() for name in ("sid", "jti") if name in self.claims}
        lasting = {"exp": int((SystemClock().now() + TOKEN_LASTS).timestamp())}
        owned = {name: candidate_id for name, value in self.claims.items() if value == previous_id}
        claims = _base64(json.dumps({**self.claims, **session, **lasting, **owned}).encode())
        return f"{self.header}.{claims}.{_base64(self.key.sign(f'{self.header}.{claims}'.encode()))}"


def _copy(original: WalkedCandidate, renamed: Words, forge: TokenForge) -> WalkedCandidate:
    candidate_id = renamed[original.candidate_id]
    return replace(
        original,
        candidate_id=candidate_id,
        token=forge.sign(candidate_id, original.candidate_id),
        registration_id=renamed[original.registration_id],
        ticket_number=renamed[original.ticket_number],
        drafts=_drafts(original.drafts, renamed),
        order=_order(original.order, renamed),
    )


def _drafts(drafts: Sequence[Draft], renamed: Words) -> tuple[Draft, ...]:
    return tuple(replace(draft, selection_id=renamed[draft.selection_id]) for draft in drafts)


def _order(order: AwaitedOrder | None, renamed: Words) -> AwaitedOrder | None:
    if order is None:
        return None
    return replace(
        order,
        order_id=renamed[order.order_id],
        trade=renamed[order.trade],
        platform_trade=renamed[order.platform_trade],
    )


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
